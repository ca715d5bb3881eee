"""JupyterLab as the course opens it: the whole course in its file browser, no questions, nothing fetched."""

from pathlib import Path

c = get_config()  # noqa: F821  (Jupyter defines it)

c.ServerApp.root_dir = str(Path(__file__).parents[1])  # else the folder of the notebook, and exercises/ is out of reach
c.LabApp.app_settings_dir = str(Path(__file__).parent)  # overrides.json: without it the question about news is asked
c.LabApp.news_url = None
c.LabApp.check_for_updates_class = "jupyterlab.NeverCheckForUpdate"
c.LabApp.extension_manager = "readonly"  # lists what is installed, and asks no index
