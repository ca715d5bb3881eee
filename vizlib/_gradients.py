"""Can a gradient come back to the pixels? Asked before the first step; every refusal is one sentence."""

from collections.abc import Callable

import torch


def switched_off() -> str | None:
    """The sentence that no gradient can flow here, whatever the network; None where one can."""
    if torch.is_grad_enabled() and not torch.is_inference_mode_enabled():
        return None
    return (
        "Gradients are switched off here: leave the block torch.no_grad() or torch.inference_mode(), "
        "or call torch.set_grad_enabled(True)."
    )


def blocked(model, why: str = "") -> str:
    """The sentence that no gradient comes back through a network."""
    return (
        f"No gradient comes back through {model.name}{why and f' ({why})'}: look in its forward for no_grad, "
        "inference_mode, .detach() or rounding; a quantized network has none, wrap the one that it was made from."
    )


def backward(model, images: torch.Tensor, ask: Callable[[torch.Tensor], torch.Tensor]) -> torch.Tensor:
    """What ``ask`` makes of the images, once a gradient was seen to come back from it to their pixels.

    Raises:
        ValueError: none can, because gradients are switched off or the network blocks them.
    """
    if sentence := switched_off():
        raise ValueError(sentence)
    if any(weights.is_inference() for weights in model.network.parameters()):
        raise ValueError(
            f"{model.name} was made within torch.inference_mode(), so that no gradient can: make it outside."
        )
    images = images.detach().clone().requires_grad_()
    answer = ask(images)
    if not answer.requires_grad:
        raise ValueError(blocked(model))
    try:
        (gradient,) = torch.autograd.grad(answer.sum(), images, allow_unused=True)
    except RuntimeError as error:
        raise ValueError(blocked(model, str(error).splitlines()[0].rstrip("."))) from error
    if gradient is None:
        raise ValueError(blocked(model))
    return answer.detach()
