"""What notebook 09 shows and does not compute: ``python tests/bench_questions.py`` writes it as JSON, in minutes."""

import itertools
import json
import statistics
import time
from pathlib import Path

import torch

from vizlib import data, dictionary, models, places, render, saliency
from vizlib.inversion import invert, mismatch
from vizlib.opinions import JUDGE, log_odds

STORED = Path(__file__).parent.parent / "notebooks" / "09_questions.json"
PHOTOS = ("chelsea", "coffee", "camera", "motorcycle", "china")
SEEDS = (0, 1, 2)
DEPTHS = (1, 10, 50)  # layers with weights that are drawn anew, counted from the logits
LAYERS = ("block_1", "block_4", "block_9", "block_12", "head", "logits")
SIDE = 112  # of an inverted photo
STEPS = 40
LAYER, FEATURES, ACTIVE = "block_9", 448, 8
POOL = 600  # places of the quiz


def last(maps):
    """What an iterator gives at the end."""
    *_, final = maps
    return final


def maps(model, photo, target):
    """A map for every method, ``(H, W)``; that of the edges asks no network, and one keeps the sign."""
    plain, smooth = saliency.gradient(model, photo, target), last(saliency.smoothed(model, photo, target))
    grey = photo.mean(dim=0)
    edges = torch.zeros_like(grey)
    edges[1:] += grey.diff(dim=0).abs()
    edges[:, 1:] += grey.diff(dim=1).abs()
    return {
        "gradient": saliency.strength(plain),
        "smoothed": saliency.strength(smooth),
        "smoothed × input": saliency.strength(smooth * photo),
        "smoothed, with its sign": smooth.sum(dim=0),
        "occlusion": last(saliency.occlusion(model, photo, target)),
        "edges of the photo": edges,
    }


def alike(one, other):
    return round(saliency.rank_correlation(saliency.blocks(one, 8), saliency.blocks(other, 8)), 3)


def of_saliency():
    """Rank correlations with networks drawn anew, and what is left of the score when squares are deleted."""
    model = models.load()
    photos = {name: data.photo(name) for name in PHOTOS}
    target = {name: model(photo[None])[0].argmax().item() for name, photo in photos.items()}
    own = {name: maps(model, photos[name], target[name]) for name in PHOTOS}
    redrawn = {method: {} for method in own[PHOTOS[0]]}
    for depth in DEPTHS:
        other = saliency.redrawn(model, depth)
        again = {name: maps(other, photos[name], target[name]) for name in PHOTOS}
        for name, method in itertools.product(PHOTOS, redrawn):
            redrawn[method].setdefault(str(depth), []).append(alike(own[name][method], again[name][method]))
    # A likeness of maps of two photos says nothing of either: both favour the middle, say. One of the two is, as in
    # the comparison, of the network that knows nothing.
    floor = {
        method: [alike(own[a][method], again[b][method]) for a, b in itertools.permutations(PHOTOS, 2)]
        for method in redrawn
    }
    y, x = torch.meshgrid(torch.arange(14) - 6.5, torch.arange(14) - 6.5, indexing="ij")
    deleted = {}
    for name in PHOTOS:

        def fall(order, name=name):
            left = saliency.without(photos[name], order, 0.2)
            both = log_odds(torch.stack([photos[name], left]), target[name], model)
            return round((both[0] - both[1]).item(), 2)

        generator = torch.Generator().manual_seed(0)
        orders = {method: saliency.blocks(values, 16) for method, values in own[name].items()}
        orders["a blob in the middle"] = -torch.hypot(y, x)
        for method, order in orders.items():
            deleted.setdefault(method, []).append(fall(order))
        drawn = [fall(torch.rand(14, 14, generator=generator)) for _ in range(10)]
        deleted.setdefault("at random", []).append(round(statistics.mean(drawn), 2))
    return {"photos": PHOTOS, "other photo": floor, "redrawn": redrawn, "deleted": deleted}


def of_inversion():
    """How far from the photo what was made from a layer is, in pixels and in the eyes of lite2."""
    model, judge = models.load(), models.load(JUDGE)
    photos = torch.stack([data.photo(name, SIDE) for name in PHOTOS])
    middle = places.seen_by(judge, torch.stack([data.photo(name, SIDE) for name in data.PHOTOS]), 224).mean(dim=0)
    seen = lambda pictures: places.seen_by(judge, pictures, 224) - middle  # noqa: E731

    def measured(pictures):
        return {
            "pixels": [round(v, 3) for v in (pictures - photos).square().flatten(1).mean(dim=1).sqrt().tolist()],
            "judge": [round(v, 3) for v in torch.cosine_similarity(seen(pictures), seen(photos)).tolist()],
        }

    rows = []
    for layer, (seed, steps) in itertools.product(LAYERS, [*((seed, STEPS) for seed in SEEDS), (0, 10 * STEPS)]):
        pictures = last(invert(model, photos, layer, steps, seed=seed))
        left = [round(v, 4) for v in mismatch(model, photos, layer)(pictures).tolist()]
        rows.append({"layer": layer, "seed": seed, "steps": steps, "mismatch": left} | measured(pictures))
    means = {
        steps: {what: [_mean(rows, layer, steps, what) for layer in LAYERS] for what in ("mismatch", "pixels", "judge")}
        for steps in (STEPS, 10 * STEPS)
    }
    classes = [model.title(index) for index in model(photos).argmax(dim=1).tolist()]
    same = render(classes, "one_network", size=SIDE, steps=STEPS, second_opinions=()).images
    grey = torch.full_like(photos, 0.5)
    controls = {"same class": measured(same), "grey": measured(grey), "another photo": measured(photos.roll(1, 0))}
    return {"photos": PHOTOS, "classes": classes, "rows": rows, "means": means, "controls": controls}


def _mean(rows, layer, steps, what):
    """Over photos and seeds."""
    some = [row[what] for row in rows if (row["layer"], row["steps"]) == (layer, steps)]
    return round(statistics.mean(itertools.chain(*some)), 3)


class Basis:
    """Orthogonal directions ``(C, C)`` in place of learned ones, of which as many may be at work."""

    def __init__(self, directions, mean):
        self.directions, self.mean = directions, mean

    def encode(self, vectors):
        return (vectors - self.mean) @ self.directions.T

    def __call__(self, vectors):
        amounts = self.encode(vectors)
        kept = amounts.abs().topk(ACTIVE, dim=1).indices
        return self.mean + torch.zeros_like(amounts).scatter(1, kept, amounts.gather(1, kept)) @ self.directions


def _collected(model, half):
    """The places of all photos; and the same with a 1 at the photo that each is from, in place of its vector."""
    parts = [places.collect(model, LAYER, half, [name]) for name in data.PHOTOS]
    rows = [torch.eye(len(parts))[number].expand(len(one.vectors), -1) for number, one in enumerate(parts)]
    every = places.Places(*map(torch.cat, zip(*parts, strict=True)))
    return every, places.Places(torch.cat(rows), every.patches)


def of_dictionary():
    """How well features, neurons, principal components and random directions do on halves of photos held out."""
    model, reader = models.load(), models.load(JUDGE)
    (left, from_left), (right, from_right) = (_collected(model, half) for half in ("left", "right"))
    known, fresh = places.some(left, POOL), places.some(right, POOL)
    read = [places.seen_by(reader, one.patches) for one in (known, fresh)]
    # A reader that knows nothing of a patch but which photo it is from.
    where = [places.some(one, POOL).vectors for one in (from_left, from_right)]
    channels, mean = left.vectors.shape[1], left.vectors.mean(dim=0)
    components = torch.linalg.svd(left.vectors - mean, full_matrices=False)[2]
    rows = []
    for seed in SEEDS:
        began = time.process_time()
        learned = dictionary.train(left.vectors, FEATURES, ACTIVE, seed=seed)
        seconds = round(time.process_time() - began)
        drawn = torch.randn(channels, channels, generator=torch.Generator().manual_seed(seed))
        kinds = {
            "dictionary": learned,
            "dictionary, not trained": dictionary.Dictionary(left.vectors, FEATURES, ACTIVE, seed).requires_grad_(
                False
            ),
            "neurons": Basis(torch.eye(channels), mean),
            "principal components": Basis(components, mean),
            "random directions": Basis(torch.linalg.qr(drawn).Q, mean),
        }
        for name, kind in kinds.items():
            shares = places.told(*read, kind.encode(known.vectors), kind.encode(fresh.vectors), seed=seed)
            r2 = dictionary.explained(right.vectors, kind(right.vectors))
            rows.append({"kind": name, "seed": seed, "r2": round(r2, 3)})
            rows[-1] |= {"told": round(statistics.mean(shares), 3), "asked": len(shares)}
            shares = places.told(*where, kind.encode(known.vectors), kind.encode(fresh.vectors), seed=seed)
            rows[-1]["told by the photo"] = round(statistics.mean(shares), 3)
            if isinstance(kind, dictionary.Dictionary):
                found = dictionary.quality(kind, right.vectors)
                rows[-1] |= {"active": round(found.active, 2), "dead": round(found.dead, 3)}
        rows[-len(kinds)]["seconds"] = seconds
    sizes = {"channels": channels, "vectors": len(left.vectors), "fresh": len(right.vectors)}
    return {"layer": LAYER, "features": FEATURES, "allowed": ACTIVE, **sizes, "rows": rows}


PARTS = {"saliency": of_saliency, "inversion": of_inversion, "dictionary": of_dictionary}


def questions(names=tuple(PARTS)):
    """Measure some of the parts, and keep the others."""
    torch.set_num_threads(1)
    for name in names:
        began = time.process_time()
        made = PARTS[name]()
        whole = (json.loads(STORED.read_text("utf-8")) if STORED.exists() else {}) | {name: made}
        STORED.write_text(json.dumps(whole, indent=1, ensure_ascii=False) + "\n", "utf-8")
        print(f"(j) {name}: {time.process_time() - began:.0f} s of one core, in {STORED.name}", flush=True)


if __name__ == "__main__":
    import sys

    questions(sys.argv[1:] or tuple(PARTS))
