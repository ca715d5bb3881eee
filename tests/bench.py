"""``make bench``: what a step costs, and what the recipes reach. Prints one table; the numbers are of this machine."""

import asyncio
import statistics
import time

import torch
from efficientnet_lite_pytorch import EfficientNet
from torchvision.transforms import Normalize
from tqdm.auto import tqdm

from vizlib import models, recipes, widgets
from vizlib.rendering import Rendering

CLASSES = ["dumbbell", "cup", "dalmatian", "bell pepper", "lemon"]
RECIPES = ["simonyan2013", "cs231n", "default"]


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
    shipped.load_state_dict(torch.load(models.weights_file("efficientnet_lite0"), weights_only=True))
    network = torch.nn.Sequential(Normalize(ours.mean.flatten(), ours.std.flatten()), shipped)
    network.layers, network.category = {"logits": shipped._fc}, ours.category
    return network


def forward_and_back(network):
    image = torch.rand(1, 3, 224, 224, requires_grad=True)
    wanted = [image, *(weights for weights in network.parameters() if weights.requires_grad)]
    return lambda: torch.autograd.grad(network(image)[0, 543], wanted)


def step_as_shipped(recipe, network):
    """The same step by hand, as a beginner writes it: ``backward`` computes what nobody needs, too."""
    rendering = Rendering("dumbbell", recipe, size=224)
    rendering.model = network
    pixels = rendering.image.parameters()
    optimizer = recipes.OPTIMIZERS[rendering.recipe.optimizer](pixels, lr=rendering.recipe.lr)

    def step():
        network.zero_grad()
        optimizer.zero_grad()
        rendering._loss()[0].backward()
        optimizer.step()

    return step


def steps():
    ours = models.load("efficientnet_lite0", "cpu")
    shipped = as_shipped(ours)
    loops = {recipe: iter(Rendering("dumbbell", recipe, size=224, steps=10_000)) for recipe in RECIPES}
    bare = "bare forward + gradient to the input"
    jobs = {bare: forward_and_back(ours)} | {name: lambda it=it: next(it) for name, it in loops.items()}
    slow = {bare: forward_and_back(shipped)} | {name: step_as_shipped(name, shipped) for name in loops}
    took = milliseconds(
        {(name, which): job[name] for name in jobs for which, job in (("ours", jobs), ("shipped", slow))}
    )
    print("(a, b) one step at 224 px, median of 25, interleaved; as shipped: not folded, with weight gradients")
    print(f"{'':46}     ms   × bare   as shipped, ms   ÷ ours")
    for name in jobs:
        label = name if name == bare else f"a step of the loop, recipe {name}"
        mine, theirs = took[name, "ours"], took[name, "shipped"]
        print(f"{label:46} {mine:6.1f}   {mine / took[bare, 'ours']:6.2f}   {theirs:14.1f}   {theirs / mine:6.1f}")


def make(name, recipe):
    rendering = Rendering(name, recipe)
    start = time.perf_counter()
    for _ in rendering:
        pass
    seconds = time.perf_counter() - start
    return seconds, rendering.result()


def five_classes():
    print("\n(c) five classes; P = probability; * = put first")
    print(f"{'recipe':13} {'class':12} {'s':>5} {'own P':>6} {'lite1':>6}  {'lite2':>6}")
    for recipe in RECIPES:
        for name in CLASSES:
            seconds, result = make(name, recipe)
            said = "  ".join(f"{o.probability:5.2f}{'*' if o.rank == 1 else ' '}" for o in result.opinions)
            print(f"{recipe:13} {name:12} {seconds:5.1f} {result.own.probability:6.2f} {said}", flush=True)


def many_classes():
    print("\n(d) classes of ImageNet drawn with seed 0; mean probability and share of first places")
    print(
        f"{'recipe':13} classes  {'s':>5} {'own P':>6} {'first':>6} {'lite1':>6} {'first':>6} {'lite2':>6} {'first':>6}"
    )
    drawn = torch.randperm(1000, generator=torch.Generator().manual_seed(0)).tolist()
    for recipe, count in (("default", 100), ("cs231n", 20), ("simonyan2013", 20)):
        made = [make(name, recipe) for name in tqdm(drawn[:count], desc=recipe, leave=False)]
        columns = []
        for said in zip(*((result.own, *result.opinions) for _, result in made), strict=True):
            columns += [statistics.mean(o.probability for o in said), statistics.mean(o.rank == 1 for o in said)]
        seconds = statistics.mean(seconds for seconds, _ in made)
        print(f"{recipe:13} {count:7}  {seconds:5.1f} " + " ".join(f"{value:6.2f}" for value in columns), flush=True)


def drawing():
    """What it costs to watch: the same steps in a control that draws, and in a bare loop, turn by turn."""

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
        control = widgets.class_dreamer(models.load())
        control._finish = lambda: None  # the other networks are asked after the run
        return zip(*[(plain(), await watched(control)) for _ in range(5)], strict=True)

    bare, drawn = map(statistics.median, asyncio.run(compare()))
    print("\n(e) 60 steps at 224 px, median of 5, interleaved")
    print(f"bare loop {bare:.2f} s, class_dreamer {drawn:.2f} s: drawing costs {drawn / bare - 1:.1%}")


if __name__ == "__main__":
    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads")
    steps()
    drawing()
    five_classes()
    many_classes()
