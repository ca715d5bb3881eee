"""``make bench``: what a step costs, and what the recipes reach. Prints tables; the numbers are of this machine.

``python tests/bench.py steps hundred …`` makes some of them: see ``TABLES``; ``choosing NAME …`` tries recipes.
"""

import asyncio
import base64
import io
import json
import math
import multiprocessing
import os
import statistics
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import torch
import torchvision
from efficientnet_lite_pytorch import EfficientNet
from torchvision.transforms import InterpolationMode, Normalize
from tqdm.auto import tqdm

from vizlib import _efficientnet, models, recipes
from vizlib import regularizers as r
from vizlib.images import to_pil
from vizlib.opinions import JUDGE, count_peaks, log_odds, opinion, probability_map
from vizlib.regularizers import BatchNormStatistics, View
from vizlib.rendering import Rendering

CLASSES = ["dumbbell", "cup", "dalmatian", "bell pepper", "lemon"]
RECIPES = ["simonyan2013", "cs231n", "one_network", "default"]


def drawn(seed: int) -> list[int]:
    """All classes in an order that a seed draws."""
    return torch.randperm(1000, generator=torch.Generator().manual_seed(seed)).tolist()


DRAWN = drawn(0)
REPORTED = DRAWN[:100]  # looked at once a release, after all settings are fixed
CHOOSING = DRAWN[100:130]  # settings are chosen on these


def milliseconds(jobs: dict, rounds: int = 25) -> dict:
    """The median time of each job, interleaved so that a busy machine is unfair to none."""
    times = {name: [] for name in jobs}
    for turn in range(rounds + 3):
        for name, job in jobs.items():
            start = time.perf_counter()
            job()
            if turn >= 3:
                times[name].append(1000 * (time.perf_counter() - start))
    return {name: statistics.median(values) for name, values in times.items()}


def as_shipped(ours):
    """The same network as its package has it: nothing rebuilt, and gradients for every weight."""
    shipped = EfficientNet.from_name("efficientnet-lite0").eval()
    shipped.load_state_dict(torch.load(_efficientnet.weights_file("efficientnet_lite0"), weights_only=True))
    network = torch.nn.Sequential(Normalize(ours.mean.flatten(), ours.std.flatten()), shipped)
    network.layers, network.category = {"logits": shipped._fc}, ours.category
    return network


def forward_and_back(network, side):
    image = torch.rand(1, 3, side, side, requires_grad=True)
    wanted = [image, *(weights for weights in network.parameters() if weights.requires_grad)]
    return lambda: torch.autograd.grad(network(image)[0, 543], wanted)


def step_as_shipped(recipe, network):
    """The same step by hand, as a beginner writes it: ``backward`` computes what nobody needs, too."""
    rendering = Rendering("dumbbell", recipe, size=224)
    rendering.models = [network]
    pixels = rendering.image.parameters()
    optimizer = recipes.OPTIMIZERS[rendering.recipe.optimizer](pixels, lr=rendering.recipe.lr)

    def step():
        network.zero_grad()
        optimizer.zero_grad()
        rendering._loss().backward()
        optimizer.step()

    return step


def without_statistics(recipe):
    return [one for one in recipes.get(recipe).regularizers if not isinstance(one, BatchNormStatistics)]


def steps():
    ours = models.load("efficientnet_lite0", "cpu")
    shipped = as_shipped(ours)
    alone = {"network": "efficientnet_lite0", "steps": 10_000}
    print(
        "(a) one step, median of 25, interleaved; bare: forward + gradient to the input, of what the network is shown"
    )
    kinds = {
        "simonyan2013": (224, {"size": 224}), "cs231n": (224, {"size": 224}),
        "default": (160, {}), "default, no statistics": (160, {"regularizers": without_statistics("default")}),
        "many": (160, {}),
    }  # fmt: skip
    jobs = {side: forward_and_back(ours, side) for side in (160, 224)}
    for name, (_, changes) in kinds.items():
        jobs[name] = Rendering("dumbbell", name.split(",")[0], **alone, **changes).__next__
    took = milliseconds(jobs)
    for name, (side, _) in kinds.items():
        print(
            f"{name:24} {took[name]:6.1f} ms, {took[name] / took[side]:5.2f} x bare at {side} px ({took[side]:.1f} ms)"
        )
    print("(b) the same step at 224 px on the network as shipped: not folded, with weight gradients")
    slow = {name: step_as_shipped(name, shipped) for name in ("simonyan2013", "cs231n")}
    for name, theirs in milliseconds(slow).items():
        print(f"{name:24} {theirs:6.1f} ms, {theirs / took[name]:5.2f} x ours")


def make(name, recipe):
    rendering = Rendering(name, recipe)
    start = time.perf_counter()
    for _ in rendering:
        pass
    seconds = time.perf_counter() - start
    return seconds, rendering.result()


def made(jobs, what):
    """Pictures by as many processes of one thread as there are cores: half as long as one after the other."""
    names, kinds = zip(*jobs, strict=True)
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(os.cpu_count(), spawn, torch.set_num_threads, (1,)) as pool:
        yield from tqdm(pool.map(make, names, kinds), desc=what, total=len(jobs), leave=False)


def five_classes():
    print("\n(c) five classes; P = probability, own = the mean of the networks that looked; * = put first by lite2")
    print(f"{'recipe':13} {'class':12} {'s':>5} {'own P':>6} {'lite2':>6}")
    for recipe in RECIPES:
        for name in CLASSES:
            seconds, result = make(name, recipe)
            own = statistics.mean(said.probability for said in result.optimized)
            judge = result.held_out[-1]
            star = "*" if judge.rank == 1 else " "
            print(f"{recipe:13} {name:12} {seconds:5.1f} {own:6.2f} {judge.probability:6.2f}{star}", flush=True)


def interval(values):
    """Mean and half of its 95 % interval."""
    return statistics.mean(values), 1.96 * statistics.stdev(values) / math.sqrt(len(values))


def many_classes():
    print(
        "\n(d) classes of ImageNet drawn with seed 0; settings were chosen on others. lite2 took no part in a picture"
    )
    print(f"{'recipe':13} {'classes':22} {'s':>5} {'own P':>6}   lite2: P ± 95 %    first")
    for recipe, count in (("default", 100), ("one_network", 20), ("cs231n", 20), ("simonyan2013", 20)):
        results = list(made([(name, recipe) for name in REPORTED[:count]], recipe))
        parts = {f"{count}": results}
        if count == 100:  # every second one, from the first, had been looked at when the recipe was begun
            parts |= {"seen before (1st, 3rd…)": results[::2], "not seen": results[1::2]}
        for label, part in parts.items():
            judge = [result.held_out[-1] for _, result in part]
            own = statistics.mean(said.probability for _, result in part for said in result.optimized)
            mean, half = interval([said.probability for said in judge])
            seconds = statistics.mean(seconds for seconds, _ in part)
            first = sum(said.rank == 1 for said in judge)
            print(
                f"{recipe:13} {label:22} {seconds:5.1f} {own:6.2f}   {mean:.2f} ± {half:.2f}   {first:>7}", flush=True
            )
            if label == "100":
                failed = [
                    result.settings["objective"][0][2][0]
                    for (_, result), o in zip(part, judge, strict=True)
                    if o.rank > 1
                ]
                print("  not first:", ", ".join(models.categories()[index] for index in failed))


SEEDS = (0, 1, 2)
TURNS = (r.Jitter(20), r.Rotate(30), r.Scale(0.7, 1.4))
STATISTICS = r.BatchNormStatistics(0.3)
# Step lengths of the four cells: the best of LENGTHS by lite2 on two other classes (``lengths``). Its log-odds, in this
# order: pixels −8.1, −7.7, −8.3, −8.4; with views −0.6, 0.4, −0.9, −7.5; waves −6.7, −4.8, −5.4, −5.3; with views, from
# the second on, 0.7, 4.1, 2.9.
LENGTHS = {"pixels": (0.003, 0.01, 0.03, 0.1), "waves": (0.007, 0.02, 0.05, 0.15)}
CHOSEN = {"pixels": 0.01, "pixels, views": 0.01, "waves": 0.02, "waves, views": 0.05}


@dataclass(frozen=True)
class Table:
    """Pictures that notebook 04 shows and does not make: recipes by their labels, classes and seeds.

    Attributes:
        tiles: of so many classes, first seed, the picture itself is kept.
        side: of a kept picture.
        together: the classes are one batch, and share their views.
    """

    recipes: dict
    classes: list
    seeds: tuple = SEEDS
    tiles: int = 6
    side: int = 176
    together: bool = False

    def jobs(self):
        """Which pictures are made in one go: a label, classes, a seed."""
        classes = [self.classes] if self.together else [[one] for one in self.classes]
        return [
            (label, some, seed)
            for some in classes
            for seed in self.seeds
            for label, recipe in self.recipes.items()
            if seed == self.seeds[0] or is_random(recipe)
        ]


def is_random(recipe):
    """Whether another seed is another picture: from grey, one network and no view give the same one each time."""
    from_grey = recipe.parametrization == "pixels" and recipe.start == "grey"
    return not from_grey or len(recipe.network) > 1 or bool(recipe.of_kind(View))


def crossed(lengths):
    """Pixels or waves, without or with views: all else is the same."""
    bare = recipes.get("default", ema_decay=0.0, network=models.LOOKED_INTO, size=160, chroma=4.0, steps=80)
    kinds = {"pixels": {"parametrization": "pixels", "start": "noise"}, "waves": {}}
    return {
        name: recipes.get(bare, lr=lr, regularizers=TURNS if "views" in name else (), **kinds[name.split(",")[0]])
        for name, lr in lengths.items()
    }


def one_by_one(lengths):
    """One thing added at a time, each with as many steps as take 10 s of one core; the last has all its steps."""
    of = crossed(lengths)
    waves = recipes.get(of["waves, views"], steps=255)
    natural = recipes.get(waves, chroma=1.2)
    two = recipes.get(natural, network=recipes.BOTH, steps=235)
    return {
        "plain pixels": recipes.get(of["pixels"], steps=275),
        "+ views": recipes.get(of["pixels, views"], steps=265),
        "+ waves": waves,
        "+ natural colours": natural,
        "+ a second network": two,
        "+ statistics": recipes.get(two, regularizers=(STATISTICS, *TURNS), steps=175),
        "+ window, falling steps": recipes.get("patient", steps=90),
        "the same, 700 steps": recipes.get("patient"),
    }


def statistics_of(lengths):
    """Six classes as one batch: without statistics, with those of each picture, with those of the batch."""
    two = recipes.get(one_by_one(lengths)["+ a second network"], steps=100)
    each, batch = r.BatchNormStatistics(1.0), r.BatchStatistics(1.0)
    return {
        "none": two,
        "of each picture": recipes.get(two, regularizers=(each, *TURNS)),
        "of the batch": recipes.get(two, regularizers=(batch, *TURNS)),
    }


# Each recipe with as many steps as take 6 s of one core (a step takes 35 to 70 ms).
PAPERS = {
    "simonyan2013": recipes.get("simonyan2013", steps=100),
    "yosinski2015_1": recipes.get("yosinski2015_1", steps=90),
    "yosinski2015_2": recipes.get("yosinski2015_2", steps=86),
    "yosinski2015_3": recipes.get("yosinski2015_3", steps=95),
    "yosinski2015_4": recipes.get("yosinski2015_4", steps=98),
    "cs231n": recipes.get("cs231n", steps=98),
    "maco": recipes.get("maco", steps=156),
    "one_network": recipes.get("one_network", steps=160),
    "one_network, two looking": recipes.get("one_network", steps=142, network=recipes.BOTH),
    "default, no statistics": recipes.get("default", steps=134, regularizers=without_statistics("default")),
    "default": recipes.get("default", steps=104),
}
STORED = Path(__file__).parent.parent / "notebooks" / "04_recipes.json"
STORED_TABLES = {
    "crossed": Table(crossed(CHOSEN), CHOOSING[:6]),
    "strip": Table(one_by_one(CHOSEN), [CHOOSING[5], CHOOSING[2]], (0,), side=224),
    "statistics": Table(statistics_of(CHOSEN), CHOOSING[:6], (0,), together=True),
    "papers": Table(PAPERS, REPORTED[:6], tiles=3),
}


def lengths(classes=CHOOSING[6:8]):
    """The step length of each of the four cells: which of a few lite2 finds best on classes that the table lacks."""
    torch.set_num_threads(1)
    best = {}
    print("\n(i) mean log-odds of two classes for lite2 by step length, of the four cells of notebook 04")
    for name in CHOSEN:
        found = {}
        for length in LENGTHS[name.partition(",")[0]]:
            recipe = crossed({name: length})[name]
            said = [judged(recipe, [index], 0)[0]["log_odds"][JUDGE] for index in classes]
            found[length] = statistics.mean(said)
        best[name] = max(found, key=found.get)
        print(f"{name:14} " + "   ".join(f"{length}: {odds:.1f}" for length, odds in found.items()), flush=True)
    return best


def compared(path=STORED, tables=STORED_TABLES):
    """The tables of notebook 04, as JSON. It goes on where it was stopped, and makes again what has other settings."""
    torch.set_num_threads(1)
    before = json.loads(path.read_text()) if path.exists() else {}
    whole = {"judge": JUDGE} | {name: before.get(name, {"recipes": {}, "pictures": []}) for name in tables}
    for name, table in tables.items():
        old = whole[name]
        kept = [
            label
            for label, recipe in table.recipes.items()
            if label in old["recipes"] and recipes.Recipe.from_json(old["recipes"][label]) == recipe
        ]
        done = {(one["recipe"], one["index"], one["seed"]): one for one in old["pictures"] if one["recipe"] in kept}
        wanted = [(label, index, seed) for label, some, seed in table.jobs() for index in some]
        plain = {label: recipe.to_json() for label, recipe in table.recipes.items()}
        for label, some, seed in tqdm(table.jobs(), name):
            if not all((label, index, seed) in done for index in some):
                tiles = [index for index in some if seed == table.seeds[0] and index in table.classes[: table.tiles]]
                for one in judged(table.recipes[label], some, seed, tiles, table.side):
                    done[label, one["index"], seed] = {"recipe": label, "seed": seed} | one
            whole[name] = {"recipes": plain, "pictures": [done[job] for job in wanted if job in done]}
            path.write_text(json.dumps(whole, indent=1) + "\n")
        print(f"\n(h) {name}: log-odds of the class for lite2, which took no part: mean ± error over the classes")
        for label in table.recipes:
            summary(label, [done[job] for job in wanted if job[0] == label])


def summary(label, mine):
    """One line of a table: the classes count alike, whatever the number of their seeds."""
    classes = {one["index"] for one in mine}
    means = [statistics.mean(one["log_odds"][JUDGE] for one in mine if one["index"] == index) for index in classes]
    error = statistics.stdev(means) / math.sqrt(len(means)) if len(means) > 1 else math.nan
    first, seconds = sum(one["rank"] == 1 for one in mine), statistics.mean(one["seconds"] for one in mine)
    print(
        f"{label:32} {statistics.mean(means):5.1f} ± {error:.1f}   first: {first:2} of {len(mine):2}   {seconds:.1f} s"
    )


def judged(recipe, classes, seed, tiles=(), side=176):
    """What is kept of each picture: numbers, and where wanted the picture, small, its contrast raised."""
    rendering = Rendering(classes, recipe, seed=seed)
    start = time.process_time()  # of one thread, so that what else the machine does hardly matters
    for _ in rendering:
        pass
    seconds = (time.process_time() - start) / len(classes)
    kept = []
    for index, image in zip(classes, rendering.result(second_opinions=()).images, strict=True):
        said = {name: round(log_odds(image, index, name).item(), 3) for name in models.LITE}
        kept.append({"index": index, "class": models.categories()[index], "log_odds": said})
        kept[-1] |= {"rank": opinion(image, index, JUDGE).rank, "seconds": round(seconds, 2)}
        if index in tiles:
            times = round(max(1.0, 0.15 / image.std().item()), 1)
            small = torch.nn.functional.interpolate(image[None], (side, side), mode="bilinear", antialias=True)[0]
            file = io.BytesIO()
            to_pil((0.5 + times * (small - 0.5)).clamp(0, 1)).save(file, "WEBP", quality=80)
            kept[-1] |= {"contrast": times, "webp": base64.b64encode(file.getvalue()).decode()}
    return kept


def many_places():
    """In how many places of a picture lite2 sees the class, against one object enlarged to the same size."""
    print("\n(f) places at least 120 px apart where lite2 sees the class with P >= 0.5, windows of 200 px")
    print(f"{'class':20} {'s':>5} {'many':>5} {'share':>6}   default, enlarged: places, share")
    counts = {}
    fifteen = REPORTED[1:30:2]
    names = (*CLASSES, *fifteen)
    pairs = [(name, recipe) for name in names for recipe in ("many", "default")]
    pictures = made(pairs, "places")
    for name in names:
        (seconds, result), (_, one) = next(pictures), next(pictures)
        side = result.images.shape[-1]
        single = torch.nn.functional.interpolate(one.images, (side, side), mode="bilinear").clamp(0, 1)
        found = [(len(count_peaks(seen)), (seen >= 0.5).float().mean().item()) for seen in (
            probability_map(picture, name) for picture in (result.images, single)
        )]  # fmt: skip
        counts[name] = [number for number, _ in found]
        title = name if isinstance(name, str) else models.categories()[name]
        (number, share), (alone, part) = found
        print(f"{title:20} {seconds:5.1f} {number:5} {share:6.2f}   {alone:17} {part:7.2f}", flush=True)
        if name == "dumbbell":
            turns(result.images, single)
    for which, label in enumerate(("many", "default, enlarged")):
        print(f"median over the fifteen, {label}: {statistics.median(counts[name][which] for name in fifteen)}")


def turns(many, single, window=200):
    """P(dumbbell) of the first two places by position, and of the picture with one dumbbell, each turned about itself."""
    seen = probability_map(many, "dumbbell", window=window)
    corners = sorted(count_peaks(seen))[:2]
    parts = {
        f"place {corner[:2]}": many.roll((-corner[0], -corner[1]), (2, 3))[..., :window, :window] for corner in corners
    }
    parts["one dumbbell"] = torch.nn.functional.interpolate(single, (window, window), mode="bilinear").clamp(0, 1)
    for label, part in parts.items():
        said = []
        for degrees in range(0, 360, 30):
            turned = torchvision.transforms.functional.rotate(part, degrees, InterpolationMode.BILINEAR, fill=[0.5] * 3)
            said.append(opinion(turned, "dumbbell", JUDGE).probability)
        print(f"  {label:18} P by angle, every 30 degrees: {' '.join(f'{p:.2f}' for p in said)}")


def memory():
    """The most memory that a picture of the default takes, in a process of its own."""
    code = (
        "import resource, torch, torchvision, vizlib\n"
        "rendering = vizlib.Rendering('cup', steps=30)\nlist(rendering)\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20)"
    )
    print(f"\n(g) peak memory: {float(subprocess.check_output([sys.executable, '-c', code])):.2f} GiB")
    code = "import time, torch, torchvision; t = time.time(); import vizlib; vizlib.render; print(time.time() - t)"
    took = [float(subprocess.check_output([sys.executable, "-c", code])) for _ in range(5)]
    print(f"    import vizlib; vizlib.render: {statistics.median(took):.2f} s more than torch and torchvision")


def drawing():
    """What it costs to watch: the same steps in a control that draws, and in a bare loop, turn by turn."""
    from vizlib import widgets  # which no other table needs

    async def watched(control):
        start = time.perf_counter()
        control.reset()
        control.run()
        while control.running:
            await asyncio.sleep(0.01)
        return time.perf_counter() - start

    def plain():
        start = time.perf_counter()
        for _ in Rendering("dumbbell", "simonyan2013"):
            pass
        return time.perf_counter() - start

    async def compare():
        control = widgets.class_dreamer(models.load(), recipe="simonyan2013")
        control.finish = lambda: None  # the other networks are asked after the run
        return zip(*[(plain(), await watched(control)) for _ in range(5)], strict=True)

    bare, drawn = map(statistics.median, asyncio.run(compare()))
    print("\n(e) 60 steps at 224 px, median of 5, interleaved")
    print(f"bare loop {bare:.2f} s, class_dreamer {drawn:.2f} s: drawing costs {drawn / bare - 1:.1%}")


def questions():
    """The table of notebook 09, which ``tests/bench_questions.py`` makes."""
    subprocess.run([sys.executable, "-m", "tests.bench_questions"], cwd=Path(__file__).parents[1], check=True)


def of_grading(table):
    """A table of ``tests/bench_grading.py``, which needs nbgrader."""
    subprocess.run([sys.executable, "-m", "tests.bench_grading", table], cwd=Path(__file__).parents[1], check=True)


def choosing(names=("default",)):
    """What the judge says of recipes on the classes for choosing: ``python tests/bench.py choosing NAME …``."""
    print(f"\nof {len(CHOOSING)} classes for choosing: put first by {JUDGE}, its P, median of its log-odds; seconds")
    for recipe in names:
        results = list(made([(one, recipe) for one in CHOOSING], recipe))
        said = [result.held_out[-1] for _, result in results]
        odds = statistics.median(
            log_odds(result.images, one, JUDGE).item() for (_, result), one in zip(results, CHOOSING, strict=True)
        )
        mean, half = interval([one.probability for one in said])
        seconds = statistics.mean(seconds for seconds, _ in results)
        print(f"{recipe:14} {sum(one.rank == 1 for one in said)}  {mean:.2f} ± {half:.2f}  {odds:.1f}  {seconds:.1f} s")


TABLES = {
    "steps": steps, "drawing": drawing, "memory": memory,
    "five": five_classes, "places": many_places, "lengths": lengths, "compared": compared, "hundred": many_classes,
    "questions": questions,
    "checks": lambda: of_grading("checks"), "grading": lambda: of_grading("grading"),
    "teaching": lambda: of_grading("teaching"),
}  # fmt: skip

if __name__ == "__main__":
    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads")
    if sys.argv[1:2] == ["choosing"]:
        choosing(sys.argv[2:] or ("default",))
    else:
        for table in sys.argv[1:] or TABLES:
            TABLES[table]()
