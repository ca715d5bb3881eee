"""``python -m page.build FOLDER``: the pages that compute on the visitor's own device, for any server of files."""

import argparse
import shutil
from pathlib import Path

from page import export
from vizlib import render
from vizlib.images import to_pil

HERE = Path(__file__).parent
DIST = HERE / "node_modules/onnxruntime-web/dist"
# Without and with WebGPU. Each wants its own WebAssembly, which loads when a visitor presses, and only the one needed.
RUNTIME = [
    "ort.wasm.min.mjs", "ort-wasm-simd-threaded.mjs", "ort-wasm-simd-threaded.wasm",
    "ort.webgpu.min.mjs", "ort-wasm-simd-threaded.asyncify.mjs", "ort-wasm-simd-threaded.asyncify.wasm",
]  # fmt: skip


def film(path: Path, word: str = "dumbbell", frames: int = 20, side: int = 180) -> None:
    """What runs before the visitor presses, once: a picture on its way from grey, by the recipe of the page."""
    made = [to_pil(one[0]).resize((side, side)) for one in render(word, second_opinions=(), frames=frames).frames]
    times = [150] * (len(made) - 1) + [1000]
    made[0].save(path, save_all=True, append_images=made[1:], duration=times, loop=1, quality=60, method=6)


def main(arguments=None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args(arguments).folder
    if not DIST.exists():
        raise SystemExit("The runtime of the pages is not installed: run `make site`, or `npm ci` in the folder page.")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    shutil.copytree(HERE / "src", folder / "src")
    for path in (*HERE.glob("*.html"), HERE / "style.css"):
        shutil.copy(path, folder)
    (folder / "runtime").mkdir()
    for name in RUNTIME:
        shutil.copy(DIST / name, folder / "runtime")
    export.main([str(folder)])
    film(folder / "film.webp")


if __name__ == "__main__":
    main()
