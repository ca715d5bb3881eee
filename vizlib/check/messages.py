"""What a check says about bugs that are possible in any exercise. Each is a name, a sentence and a hint."""

import torch

from vizlib.check.catalogue import read
from vizlib.check.outcome import Value

CARDS = """
    not written yet: The function still raises NotImplementedError.
        Replace that line with your code. The docstring says what is wanted.
    not a function: The check needs the function itself, not what it returns.
        Write the name without parentheses: check.{name}({name}).
    cannot be looked at: The check looked at your function, its signature and what it uses, and met a {kind}.
        Write it with def, with the line as it was given.
    borrowed: Your function uses {part}.
        Here you write it yourself: of vizlib only plotting, data and models may be used.
    not finished: The check did not come to its end. Run it once more.
    does not come to an end: The function did not stop: {text}.
        Is there a while loop whose condition never becomes false? Count the steps, and stop at the limit.
    the gradient is cut off: No gradient flows back from the result to the input.
        Somewhere on the way stands .data, .detach(), .item(), float(), torch.tensor(…), NumPy or torch.no_grad().
        Each of them makes a plain number that has forgotten where it came from.
    the graph is kept: The image still hangs on the graph of the steps before it.
        Cut each step off with detach(). Else memory and time grow with every step.
    another gradient: The value is right, but not the gradient that flows back from it.
        Is each term computed from the input itself, and not from a copy that is cut off?
    swallows an error: The network raised an error, and your function went on as if nothing had happened.
        Let the error go on to the caller: try and finally, without except.
    nothing changes: After the call, {name} is as it was.
        The docstring says what is to be different afterwards. Is it done to the thing itself, not to a copy?
    changes it wrongly: After the call, {name} is not what it should be. Do a step by hand.
    changes its input: Your function changed its argument {name}.
        Operations that end in an underscore, and +=, -=, *=, change a tensor in place. Work on a copy.
    switches requires_grad of its input: After the call, requires_grad of {name} is not what it was.
        {name} belongs to the caller. Work on a copy: {name}.detach().clone().requires_grad_().
    leaves a gradient behind: After the call, {name}.grad is not what it was.
        backward() adds to .grad of every leaf. Use torch.autograd.grad, or work on a copy of {name}.
    changes the weights: Your function changed the weights of {name}.
        The network is only looked at here. What may change is the image.
    touches the gradients of the weights: After the call, .grad of the weights of {name} is not what it was.
        backward() fills .grad of every weight that wants gradients. torch.autograd.grad asks for one only.
    changes the mode: After the call, {name} is not in the mode (train or eval) in which it came.
        Remember model.training first, and put it back at the end with model.train(before).
    leaves a hook behind: After the call, a hook still hangs on {name}.
        Keep the handle, and call handle.remove() in a finally block, so that it happens after an error too.
    uses the global random state: Your function drew from, or seeded, the random numbers that everybody shares.
        Nothing random is needed unless the docstring gives you a generator; if it does, hand it on.
    changes a global setting: Your function changed a setting for everybody: gradients, or the default dtype or device.
        Use torch.no_grad() in a with block, so that the setting comes back.
"""
CARDS = {bug.name: bug.card for bug in read(CARDS)}
EFFECTS = {
    "value": "changes its input",
    "requires_grad": "switches requires_grad of its input",
    "grad": "leaves a gradient behind",
    "weights": "changes the weights",
    "grads": "touches the gradients of the weights",
    "mode": "changes the mode",
    "hooks": "leaves a hook behind",
    "random": "uses the global random state",
    "settings": "changes a global setting",
}
ERRORS = """
    does not require grad: The chain from the input to the result is cut, or the leaf was never told to record:
        requires_grad_() is missing, or .detach(), .data, .item() or torch.no_grad() stands in the way.
    backward through the graph a second time: The graph of an earlier step is still attached.
        Start each step from a fresh leaf: detach() before requires_grad_().
    a leaf Variable that requires grad: PyTorch does not let you change a leaf in place while it records.
        Do the update inside torch.no_grad(), or make a new tensor.
    only for scalar outputs: backward() and autograd.grad start from a single number. Add the numbers up first.
    appears to not have been used: The result does not depend on that tensor.
        Is the score computed from the same tensor that you ask the gradient for?
    Can't call numpy(): Stay with torch operations. NumPy cannot carry gradients.
    object has no attribute: Is it a tensor at this point? Print type(…) just before the line.
    must match: Two shapes do not fit together. Print both shapes just before the line.
    out of: Which axis holds the classes or channels, and which one the images? Print the shape.
    the network takes images: Look at the shape of what you hand to the network, and at what the docstring gives.
    to match target batch_size: The loss wants one label for each image of the batch, however many there are.
"""
ERRORS = {bug.name: " ".join(bug.card[1:]).strip() for bug in read(ERRORS)}


def card(about: str, **words) -> tuple:
    """Name, sentence and hint that are said of any answer, with what is to be filled in."""
    return tuple(part.format(**words) for part in CARDS[about])


def error(kind: str, text: str) -> tuple:
    """Name, sentence and hint for an error that an answer raised."""
    if kind == "NotImplementedError" and not text:
        return card("not written yet")
    if kind == "Endless":
        return card("does not come to an end", text=text)
    fallback = "Call your function by hand on a small input, and print what you have just before that line."
    hint = next((hint for words, hint in ERRORS.items() if words in f"{kind}: {text}"), fallback)
    return "raises an error", f"Your function raised {kind}: {text}", hint


def wrong_type(got: Value, wanted: Value):
    """Name, sentence and hint if ``got`` has not the type of ``wanted``, else None."""
    if got.kind == "None" and wanted.kind != "None":
        hint = "Is there a return at the end, on every way through? (.grad is None too, where no gradient arrived.)"
        return "returns nothing", "Your function returns None.", hint
    if wanted.kind == "list":
        return _wrong_list(got, wanted)
    if got.kind == wanted.kind:
        return None
    kind = f"{'an' if got.kind[0].lower() in 'aeiou' else 'a'} {got.kind}"
    if wanted.kind == "tensor":
        hint = "Return one tensor only." if got.kind == "list" else "Return the tensor."
        if got.kind in ("ndarray", "float32", "float64"):
            hint = "Stay with torch operations all the way: NumPy knows neither gradients nor GPUs."
        elif got.kind in ("float", "int"):
            hint = "Do not call .item() or float(): a plain number has forgotten where it came from."
        elif got.kind.startswith("tensor of"):
            hint = "An ordinary one is wanted, of floats and with all its numbers: to_dense() and float() make one."
        return "not a tensor", f"It should return a torch.Tensor, but it returned {kind}.", hint
    name, convert = {
        "bool": ("True or False", "bool(…)"),
        "int": ("a whole number", "int(…)"),
        "float": ("a plain Python float", ".item()"),
        "None": ("None", "None"),
    }[wanted.kind]
    return f"not {name}", f"It should return {name}, but it returned {kind}.", f"Make it one with {convert}."


def _wrong_list(got, wanted):
    if got.kind != "list":
        sentence = f"It should return {len(wanted.data)} things, but it returned one {got.kind}."
        return "not a list", sentence, "What is to be in it, and in which order? A tensor has tolist()."
    if len(got.data) != len(wanted.data):
        sentence = f"It should return {len(wanted.data)} things, but it returned {len(got.data)}."
        return "another number of things", sentence, "Count what the docstring asks for."
    return next((card for a, b in zip(got.data, wanted.data, strict=True) if (card := wrong_type(a, b))), None)


def wrong_value(got: Value, wanted: Value) -> tuple:
    """Name, sentence and hint for a result of the right type that no bug explains."""
    if wanted.kind == "tensor":
        if got.shape != wanted.shape:
            sentence = f"The shape should be {tuple(wanted.shape)}, but it is {tuple(got.shape)}."
            return "another shape", sentence, "Which axis did your code add up, drop or add? Print the shapes."
        if got.device != wanted.device:
            sentence = f"The result is on the device {got.device}, but the input is on {wanted.device}."
            return "another device", sentence, "Make new tensors like the input: torch.zeros_like(image)."
    if wanted.kind in ("tensor", "float") and not torch.as_tensor(got.data).isfinite().all():
        hint = "Look for a division by zero, a log of zero or an overflowing exp."
        return "not finite", "The result has nan or inf in it.", hint
    hint = "Go through the formula term by term, on an input small enough to do by hand."
    return "other values", "The type and shape are right, but not the values.", hint


def wrong_dtype(got: Value, wanted: Value):
    """Name, sentence and hint if a tensor, or one in a list, has another dtype than it should; else None."""
    if wanted.kind == "list":
        cards = (wrong_dtype(a, b) for a, b in zip(got.data, wanted.data, strict=True))
        return next((card for card in cards if card), None)
    if got.dtype == wanted.dtype:
        return None
    sentence = f"The dtype should be {wanted.dtype}, but it is {got.dtype}."
    return "another dtype", sentence, "Make new tensors like the input: torch.zeros_like(image), or dtype=image.dtype."


def both(wanted: Value, got: Value) -> list[str]:
    """What was expected and what came back, for the card."""
    return [f"    expected  {_show(wanted)}", f"    got       {_show(got)}"]


def _show(value):
    if value.kind == "list":
        text = f"[{', '.join(map(_show, value.data))}]"
    elif value.kind != "tensor":
        text = repr(value.data) if value.kind in ("float", "int", "bool", "None") else value.kind
    elif value.data is None or value.data.size == 0:
        text = f"tensor of shape {tuple(value.shape)} on {value.device}"
    else:
        numbers = " ".join(f"{number:.4g}" for number in value.data.ravel()[:4].tolist())
        more = " …" if value.data.size > 4 else ""
        text = f"shape {tuple(value.shape)}: {numbers}{more}" if value.shape else f"tensor({numbers})"
    return text if len(text) < 80 else f"{text[:76]} …"
