"""What a layer puts out, by a hook that is gone afterwards."""

from vizlib.check.exercise import exercise
from vizlib.check.sample import CannotAnswer, Layers


def cases(draw):
    model, images = Layers(draw), draw.uniform(2, 3, 8, 7).requires_grad_()
    model.seen.register_forward_hook(lambda module, inputs, output: None)  # somebody else's
    yield model, model.seen, images
    # After an error too: these images are too small for the head, which comes after the layer.
    yield model, model.seen, images.detach()[:, :, :4, :4]


@exercise(cases, gradient_to=("images",), raises=CannotAnswer)
def record(model, layer, images):
    recorded = []
    handle = layer.register_forward_hook(lambda module, inputs, output: recorded.append(output.clone()))
    try:
        model(images)
    finally:
        handle.remove()
    return recorded[0]


record.answers(r"""
    removes the hooks of others: A hook that was there before is gone. Which of the hooks is yours to remove?
        handle.remove() → layer._forward_hooks.clear()
    what comes after: output.clone() → output
    the input: It recorded what goes into the layer. What are the three things that a hook is given?
        output.clone() → inputs[0].clone()
    the end of the network: model(images)\n → logits = model(images)\n && return recorded[0] → return logits
    hard-coded batch size: output.clone() → output[0].clone() | output[:1].clone()
    a hook stays after an error: The hook is removed, but not if the network raises an error.
        Where does code stand that runs whatever goes wrong?
        try: → if True: && finally: → if True:
    the gradient is cut off: output.clone() → output.detach().clone()
        model(images)\n → model(images.detach())\n
    leaves a hook behind: handle.remove() → pass
    not a tensor: return recorded[0] → return recorded
    swallows an error: finally: → except RuntimeError:\n        pass\n    finally:
""")
