"""Puts the notebooks and the exercises into the wheel, for ``vizlib course``; all else stands in pyproject.toml."""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

COURSE = ("notebooks", "exercises", "pictures", ".jupyter", "README.md", "LICENSE", "AGENTS.md")


class WithCourse(build_py):
    def run(self):
        super().run()
        if not self.editable_mode:  # a clone has them at hand
            inside = Path(self.build_lib) / "vizlib" / "_course"
            for name in COURSE:
                if Path(name).is_dir():
                    left = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints", "cache")
                    shutil.copytree(name, inside / name, ignore=left, dirs_exist_ok=True)
                else:
                    shutil.copyfile(name, inside / name)


setup(cmdclass={"build_py": WithCourse})
