"""What a check says about bugs that are possible in any exercise. Each is a name, a sentence and a hint."""

import numpy as np
import torch

BLANK = (
    "not written yet",
    "The function still raises NotImplementedError.",
    "Replace that line with your code. The docstring says what is wanted.",
)
NOT_A_FUNCTION = (
    "not a function",
    "The check needs the function itself, not what it returns.",
    "Write the name without parentheses: check.{name}({name}).",
)
ENDLESS = (
    "The function did not stop: {reason}.",
    "Is there a while loop whose condition never becomes false? Count the steps, and stop at the limit.",
)
CUT = (
    "the gradient is cut off",
    "No gradient flows back from the result to the input.",
    "Somewhere on the way stands .data, .detach(), .item(), float(), torch.tensor(…), NumPy or torch.no_grad(). "
    "Each of them makes a plain number that has forgotten where it came from.",
)
GRAPH = (
    "the graph is kept",
    "The image still hangs on the graph of the steps before it.",
    "Cut each step off with detach(). Else memory and time grow with every step.",
)
EFFECTS = {
    "value": (
        "changes its input",
        "Your function changed its argument {name}.",
        "Operations that end in an underscore, and +=, -=, *=, change a tensor in place. Work on a copy or on a "
        "new tensor.",
    ),
    "requires_grad": (
        "switches requires_grad of its input",
        "After the call, requires_grad of {name} is not what it was.",
        "{name} belongs to the caller. Work on a copy: {name}.detach().clone().requires_grad_().",
    ),
    "grad": (
        "leaves a gradient behind",
        "After the call, {name}.grad is not what it was.",
        "backward() adds to .grad of every leaf. Use torch.autograd.grad, or work on a copy of {name}.",
    ),
    "weights": (
        "changes the weights",
        "Your function changed the weights of {name}.",
        "The network is only looked at here. What may change is the image.",
    ),
    "grads": (
        "touches the gradients of the weights",
        "After the call, .grad of the weights of {name} is not what it was.",
        "backward() fills .grad of every weight that wants gradients. torch.autograd.grad(score, image) asks for "
        "one only.",
    ),
    "mode": (
        "changes the mode",
        "After the call, {name} is not in the mode (train or eval) in which it came.",
        "Remember model.training first, and put it back at the end with model.train(before).",
    ),
    "hooks": (
        "leaves a hook behind",
        "After the call, a hook still hangs on {name}.",
        "Keep the handle, and call handle.remove() in a finally block, so that it happens after an error too.",
    ),
    "random": (
        "uses the global random state",
        "Your function drew from, or seeded, the random numbers that everybody shares.",
        "Nothing random is needed unless the docstring gives you a generator; if it does, hand it on: "
        "generator=generator.",
    ),
    "settings": (
        "changes a global setting",
        "Your function changed a setting of PyTorch for everybody (gradients switched off, or the default dtype).",
        "Use torch.no_grad() in a with block, so that the setting comes back.",
    ),
}
ERRORS = {
    "does not require grad": "The chain from the input to the result is cut, or the leaf was never told to record: "
    "requires_grad_() is missing, or .detach(), .data, .item() or torch.no_grad() stands in the way.",
    "backward through the graph a second time": "The graph of an earlier step is still attached. Start each step "
    "from a "
    "fresh leaf: detach() before requires_grad_().",
    "a leaf Variable that requires grad": "PyTorch does not let you change a leaf in place while it records. Do the "
    "update inside torch.no_grad(), or make a new tensor.",
    "only for scalar outputs": "backward() and autograd.grad start from a single number. Add the numbers up first.",
    "appears to not have been used": "The result does not depend on that tensor. Is the score computed from the same "
    "tensor that you ask the gradient for?",
    "Can't call numpy()": "Stay with torch operations; NumPy cannot carry gradients.",
    "object has no attribute": "Is it a tensor at this point? Print type(…) just before the line.",
    "must match": "Two shapes do not fit together. Print both shapes just before the line.",
    "out of bounds": "Which axis holds the classes or channels, and which one the images? Print the shape.",
    "out of range": "Which axis holds the classes or channels, and which one the images? Print the shape.",
    "the network takes images": "Look at the shape of what you hand to the network, and at what the docstring "
    "gives you.",
    "NotImplementedError": "Take out the line raise NotImplementedError().",
}  # fmt: skip


def explain(error: BaseException) -> str:
    """A hint for an error message that PyTorch or Python gives."""
    text = f"{type(error).__name__}: {error}"
    fallback = "Call your function by hand on a small input, and print what you have just before that line."
    return next((hint for words, hint in ERRORS.items() if words in text), fallback)


def wrong_type(got, expected):
    """Name, sentence and hint if ``got`` has not the type of ``expected``, else None."""
    if got is None:
        hint = "Is there a return at the end, on every way through? (.grad is None too, where no gradient arrived.)"
        return "returns nothing", "Your function returns None.", hint
    if isinstance(expected, torch.Tensor):
        if isinstance(got, torch.Tensor):
            return None
        hint = "Return the tensor."
        if isinstance(got, np.ndarray | np.generic):
            hint = "Stay with torch operations all the way: NumPy knows neither gradients nor GPUs."
        elif isinstance(got, float | int):
            hint = "Do not call .item() or float(): a plain number has forgotten where it came from."
        elif isinstance(got, tuple | list):
            hint = "Return one tensor only."
        return "not a tensor", f"It should return a torch.Tensor, but it returned {_a(got)}.", hint
    if isinstance(expected, bool):
        fits, wanted, convert = isinstance(got, bool), "True or False", "bool(…)"
    elif isinstance(expected, int):
        fits, wanted, convert = isinstance(got, int) and not isinstance(got, bool), "a whole number", "int(…)"
    else:
        fits, wanted, convert = isinstance(got, float), "a plain Python float", ".item()"
    if fits:
        return None
    return f"not {wanted}", f"It should return {wanted}, but it returned {_a(got)}.", f"Make it one with {convert}."


def wrong_value(got, expected):
    """Name, sentence and hint for a result of the right type that none of the cases explains."""
    if isinstance(expected, torch.Tensor):
        if got.shape != expected.shape:
            shapes = f"The shape should be {tuple(expected.shape)}, but it is {tuple(got.shape)}."
            hint = "Which axis did your code add up, drop or add? Print the shape line by line."
            return "another shape", shapes, hint
        if got.device != expected.device:
            devices = f"The result is on the device {got.device}, but the input is on {expected.device}."
            hint = "Make new tensors like the input: torch.zeros_like(image), or device=image.device."
            return "another device", devices, hint
        if got.dtype != expected.dtype:
            dtypes = f"The dtype should be {expected.dtype}, but it is {got.dtype}."
            hint = "Make new tensors like the input: torch.zeros_like(image), or dtype=image.dtype."
            return "another dtype", dtypes, hint
    if not isinstance(expected, bool | int) and not torch.as_tensor(got).isfinite().all():
        hint = "Look for a division by zero, a log of zero or an overflowing exp."
        return "not finite", "The result has nan or inf in it.", hint
    return (
        "other values",
        "The type and shape are right, but not the values.",
        ("Go through the formula term by term, on an input small enough to do by hand."),
    )


def both(expected, got) -> tuple[str, str]:
    """What was expected and what came back, for the card."""
    return f"    expected  {_show(expected)}", f"    got       {_show(got)}"


def _a(value):
    kind = type(value).__name__
    return f"{'an' if kind[0].lower() in 'aeiou' else 'a'} {kind}"


def _show(value):
    if not isinstance(value, torch.Tensor):
        return repr(value) if len(repr(value)) < 80 else f"{repr(value)[:76]} …"
    if value.device.type == "meta" or value.numel() == 0:
        return f"tensor of shape {tuple(value.shape)} on {value.device}"
    numbers = " ".join(f"{number:.4g}" for number in value.detach().flatten()[:4].tolist())
    if value.ndim == 0:
        return f"tensor({numbers})"
    return f"shape {tuple(value.shape)}: {numbers}{' …' if value.numel() > 4 else ''}"
