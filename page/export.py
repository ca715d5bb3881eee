"""``python -m page.export FOLDER``: what the pages load. Networks as ONNX in half precision, recipes, names, digits."""

import argparse
import base64
import json
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn

import vizlib
from page.gradient import Climb, Judge
from vizlib import data, models, recipes
from vizlib.images import COLOUR, CONTRAST, to_pil
from vizlib.recipe import Recipe
from vizlib.regularizers import L2, BatchNormStatistics, Jitter, Rotate, Scale, Window

SIDE = 160  # what the networks are shown in the pages, as in the recipe `default`
CLIMBERS, JUDGE = ("efficientnet_lite0", "efficientnet_lite1"), "efficientnet_lite2"
PHOTOS = ("chelsea", "coffee", "astronaut", "rocket")


def halve(model: onnx.ModelProto) -> onnx.ModelProto:
    """Keep weights in half precision, to be cast when a session begins: a browser computes in single precision."""
    graph = model.graph
    for tensor in [one for one in graph.initializer if one.data_type == TensorProto.FLOAT]:
        array = numpy_helper.to_array(tensor)
        if array.size >= 64:
            name = tensor.name
            tensor.CopyFrom(numpy_helper.from_array(array.astype(np.float16), f"{name}_half"))
            graph.node.insert(0, helper.make_node("Cast", [f"{name}_half"], [name], to=TensorProto.FLOAT))
    return model


def write(module: nn.Module, inputs: dict, outputs: list[str], path: Path) -> None:
    """Export a module as it runs on these inputs."""
    with torch.no_grad():
        # Without folding of constants: it would keep each matrix a second time, transposed.
        torch.onnx.export(
            module, tuple(inputs.values()), path, input_names=list(inputs), output_names=outputs,
            opset_version=17, do_constant_folding=False, dynamo=False,
        )  # fmt: skip
    model = halve(onnx.load(path))
    onnx.checker.check_model(model)
    onnx.save(model, path)


def numbers(recipe: Recipe) -> dict:
    """A recipe as the numbers that the pages know; it raises where there is something in it that they do not do."""
    known = {type(one): one for one in recipe.regularizers}
    if strange := set(known) - {BatchNormStatistics, Jitter, Rotate, Scale, Window, L2}:
        raise ValueError(f"The pages do not know {strange}.")
    names = ("parametrization", "optimizer", "steps", "lr", "decay", "chroma", "ema_decay")
    plain = {name: getattr(recipe, name) for name in names} | {"size": recipe.size[0], "networks": list(recipe.network)}
    plain |= {"against": recipe.logsumexp_weight, "sd": 0.01, "contrast": CONTRAST, "colour": COLOUR.tolist()}
    plain |= {"l2": known[L2].weight if L2 in known else 0}
    plain |= {"statistics": known[BatchNormStatistics].weight if BatchNormStatistics in known else 0}
    if Window in known:
        views = {"jitter": known[Jitter].pixels, "degrees": known[Rotate].degrees, "low": known[Scale].low}
        plain |= views | {"high": known[Scale].high, "share": known[Window].share, "window": known[Window].pixels}
    return plain | {"settings": recipe.to_json()}


PRESETS = {
    "many views, two networks": recipes.get("default"),
    "waves alone": recipes.get("one_network", regularizers=(), size=SIDE),
    "plain pixels": recipes.get("simonyan2013", size=SIDE),
}


def encoded(array: np.ndarray) -> str:
    """Bytes as text."""
    return base64.b64encode(np.ascontiguousarray(array)).decode()


def main(arguments=None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args(arguments).folder
    folder.mkdir(parents=True, exist_ok=True)
    image = torch.full((1, 3, SIDE, SIDE), 0.25)
    layers, check = {}, {}
    for name in CLIMBERS:
        climb = Climb(models.load(name, "cpu"))
        layers[name] = climb.channels
        inputs = {
            "image": image, "one_hot": torch.zeros(1, 1000), "against": torch.zeros(1, 1),
            "statistics": torch.zeros(1, 1), "unit": torch.zeros(1, sum(climb.channels)),
        }  # fmt: skip
        write(climb, inputs, ["logits", "means", "gradient"], folder / f"{name}.onnx")
        check[name] = climb(*inputs.values())[0][0, :20].tolist()
    judge = models.load(JUDGE, "cpu")
    side = judge.size or SIDE
    write(Judge(judge), {"image": torch.zeros(1, 3, side, side)}, ["logits"], folder / f"{JUDGE}.onnx")
    settings = {
        "version": vizlib.__version__, "side": SIDE, "judge": JUDGE, "judge_side": side, "layers": layers,
        "categories": list(judge.categories), "check": check,
        "photos": PHOTOS, "presets": {name: numbers(recipe) for name, recipe in PRESETS.items()},
    }  # fmt: skip
    (folder / "settings.json").write_text(json.dumps(settings, ensure_ascii=False))
    for name in PHOTOS:
        to_pil(data.photo(name, SIDE)).save(folder / f"{name}.png")
    images, labels, *_ = data.digits()
    digits = {"images": encoded((images * 16).round().byte().numpy()), "labels": encoded(labels.byte().numpy())}
    (folder / "digits.json").write_text(json.dumps(digits))


if __name__ == "__main__":
    main()
