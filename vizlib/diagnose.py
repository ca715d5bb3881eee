"""Why is my picture grey, or noise? The question that users of such libraries ask most, answered by measuring."""

import torch

from vizlib import _gradients, data, hooks
from vizlib.regularizers import Penalty, View, apply_views
from vizlib.rendering import Rendering

USUAL = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))  # the normalization of most networks trained on ImageNet


def diagnose(rendering: Rendering) -> list[str]:
    """What is wrong with a picture in the making, a sentence each, with the remedy; an empty list if nothing is.

    Some faults show at once, others after some steps: the size of a step after ten. The rendering is left as it was.
    """
    if sentence := _gradients.switched_off():
        return [sentence]
    images = rendering.picture().requires_grad_()
    seen, score, penalty = _through_the_views(rendering, images)
    told = [sentence for model in rendering.models for sentence in _network(model, seen)]
    low, high = (bound.item() for bound in seen.detach().aminmax())
    if low < -0.5 or high > 1.5:
        told.append(
            f"The network looks at pixels from {low:.3g} to {high:.3g}, but was trained on pixels in [0, 1]: "
            "a view must not change their range."
        )
    passed = _length(seen.sum(), images)
    pull = _length(score, images)
    if not passed:
        told.append(
            "A view cuts the gradient off: what the network looks at does not depend on the image. "
            "Look for .detach(), .data, .item(), rounding or no_grad in your views."
        )
    elif pull is None:
        told.append(_gradients.blocked(rendering.models[0]))
    elif pull == 0:
        told.append(
            f"The gradient is zero: {', '.join(map(str, dict.fromkeys(rendering.objectives)))} is silent here. "
            "Start from noise or a photo, ask for what stands before the ReLU, or for another unit."
        )
    return told + _penalty(rendering, images, penalty, pull or 0) + _step(rendering, images)


def _through_the_views(rendering, images):
    """What the first network sees next, its score and the penalties on it, without moving the rendering's generator."""
    generator = torch.Generator()
    generator.set_state(rendering._generator.get_state())
    seen = apply_views(images, rendering.recipe.of_kind(View), generator)
    score, penalty = rendering.ask(rendering.models[0], seen)
    return seen, score.sum(), penalty


def _length(value, images):
    """The L2 norm of ∂value/∂images; None where no gradient comes back."""
    if not isinstance(value, torch.Tensor) or not value.requires_grad:
        return None
    (gradient,) = torch.autograd.grad(value, images, retain_graph=True, allow_unused=True)
    return None if gradient is None else gradient.norm().item()


def _network(model, seen):
    """What is wrong with how a network was given."""
    if model.network.training:
        yield (
            f"{model.name} was given in train mode: it was looked at in eval mode, and does not answer like this where "
            "you train it. Call its .eval()."
        )
    yield from (note + "." for note in model.look(seen.shape[1:]).endings)
    if (model.mean > 1).any() or (model.std > 2).any():
        yield (
            f"The mean and std of {model.name} are in units of 1/255, but pixels lie in [0, 1]: "
            "divide both by 255 in Classifier.wrap."
        )
    elif sentence := _not_normalized(model):
        yield sentence


def _not_normalized(model):
    """Whether the first layers know photographs better after the usual normalization than after the model's own."""
    if model.mean.any() or model.channels != 3 or not model.batch_norm_statistics:
        return None
    photos = torch.stack([data.photo(name, model.size or 224) for name in data.COLOUR_PHOTOS]).to(model.mean)
    mean, std = (torch.tensor(values).to(photos).view(1, 3, 1, 1) for values in USUAL)
    module, (beta, gamma) = next(iter(model.batch_norm_statistics.items()))
    off = []
    for seen in (photos, (photos - mean) / std):
        with torch.no_grad(), hooks.record(model, [module]) as activations:
            model(seen)
        off.append(((activations[module].mean(dim=(0, 2, 3)) - beta) / gamma.clamp_min(0.05)).abs().mean().item())
    if off[0] < 2 * off[1]:
        return None
    return (
        f"{model.name} looks at images that are not normalized: on photographs its first normalized layer is "
        f"{off[0]:.1f} spreads off what it remembers, with the usual mean and std {off[1]:.1f}. "
        "Wrap it with Classifier.wrap(module, mean=…, std=…)."
    )


def _penalty(rendering, images, on_activations, pull):
    told, grey = [], bool(rendering.trace) and images.std().item() < 0.02
    of_images = sum(torch.as_tensor(penalty(images)).sum() for penalty in rendering.recipe.of_kind(Penalty))
    for what, penalty in (("penalties", of_images), ("penalties on activations", on_activations)):
        push = _length(penalty, images) or 0.0
        if push > pull and (grey or push > 10 * pull):
            told.append(
                f"The {what} outweigh the score: their gradient is {push:.3g} long, that of the score {pull:.3g}. "
                "Make their weights smaller."
            )
    return told


def _step(rendering, images):
    if len(rendering.trace) < 10:
        return []
    extreme = ((images < 0.01) | (images > 0.99)).float().mean().item()
    generator = torch.Generator().manual_seed(rendering.seed)
    start = rendering.recipe.first_image(len(images), generator, images.device, rendering.channels)().detach()
    moved = (images.detach() - start).abs().max().item() * 255
    if extreme > 0.5:
        return [
            f"The step is too large: {extreme:.0%} of the pixels are black or white. Divide lr by ten; "
            f"it is {rendering.recipe.lr:g}."
        ]
    if moved < 8 and rendering.trace[-1] != rendering.trace[0]:
        return [
            f"The step is too small: after {len(rendering.trace)} steps no pixel has moved by more than {moved:.1f} of "
            f"its 255 levels. Multiply lr by ten; it is {rendering.recipe.lr:g}."
        ]
    return []
