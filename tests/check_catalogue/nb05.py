"""Answers to notebook 05, fire any neuron."""

import torch

from . import right, wrong


@wrong("leaves a hook behind")
def record_leaves_the_hook(model, layer, images):
    recorded = []
    layer.register_forward_hook(lambda module, inputs, output: recorded.append(output.clone()))
    model(images)
    return recorded[0]


@wrong("finally block")
def record_leaves_the_hook_after_an_error(model, layer, images):
    recorded = []
    handle = layer.register_forward_hook(lambda module, inputs, output: recorded.append(output.clone()))
    model(images)
    handle.remove()
    return recorded[0]


@wrong("Take a clone() of it")
def record_without_clone(model, layer, images):
    recorded = []
    handle = layer.register_forward_hook(lambda module, inputs, output: recorded.append(output))
    try:
        model(images)
    finally:
        handle.remove()
    return recorded[0]


@wrong("gradient is cut off")
def record_detached(model, layer, images):
    recorded = []
    handle = layer.register_forward_hook(lambda module, inputs, output: recorded.append(output.detach().clone()))
    try:
        model(images)
    finally:
        handle.remove()
    return recorded[0]


@wrong("what goes into the layer")
def record_input(model, layer, images):
    recorded = []
    handle = layer.register_forward_hook(lambda module, inputs, output: recorded.append(inputs[0].clone()))
    try:
        model(images)
    finally:
        handle.remove()
    return recorded[0]


@wrong("what the whole network puts out")
def record_logits(model, layer, images):
    return model(images)


@wrong("Return one tensor only")
def record_list(model, layer, images):
    recorded = []
    handle = layer.register_forward_hook(lambda module, inputs, output: recorded.append(output.clone()))
    try:
        model(images)
    finally:
        handle.remove()
    return recorded


@wrong("Only the first image")
def record_first(model, layer, images):
    recorded = []
    handle = layer.register_forward_hook(lambda module, inputs, output: recorded.append(output[0].clone()))
    try:
        model(images)
    finally:
        handle.remove()
    return recorded[0]


@wrong("gradient is cut off")
def record_no_grad(model, layer, images):
    recorded = []
    handle = layer.register_forward_hook(lambda module, inputs, output: recorded.append(output.clone()))
    try:
        with torch.no_grad():
            model(images)
    finally:
        handle.remove()
    return recorded[0]


@wrong("hooks of others")
def record_clears_all_hooks(model, layer, images):
    recorded = []
    layer.register_forward_hook(lambda module, inputs, output: recorded.append(output.clone()))
    try:
        model(images)
    finally:
        layer._forward_hooks.clear()
    return recorded[0]


@right
def record_with_handle(model, layer, images):
    with layer.register_forward_hook(lambda module, inputs, output: kept.append(output.clone())):
        kept = []
        model(images)
    return kept[0]


@right
def record_dict(model, layer, images):
    store = {}

    def keep(module, inputs, output):
        store["activation"] = output * 1

    handle = layer.register_forward_hook(keep)
    try:
        model(images)
        return store["activation"]
    finally:
        handle.remove()


@right
def record_class(model, layer, images):
    class Recorder:
        def __call__(self, module, inputs, output):
            self.output = output.clone()

    recorder = Recorder()
    handle = layer.register_forward_hook(recorder)
    try:
        model(images)
    except Exception:
        raise
    finally:
        handle.remove()
    return recorder.output


@wrong("does not pick the channel")
def channel_objective_image(activation, channel):
    return activation[:, :, channel].mean()


@wrong("out of bounds")
def channel_objective_first_axis(activation, channel):
    return activation[channel].mean()


@wrong("It adds")
def channel_objective_sum(activation, channel):
    return activation[:, channel].sum()


@wrong("Only the first image")
def channel_objective_first(activation, channel):
    return activation[0, channel].mean()


@wrong("Only one place")
def channel_objective_max(activation, channel):
    return activation[:, channel].max()


@wrong("All channels count")
def channel_objective_all(activation, channel):
    return activation.mean()


@wrong("plain number has forgotten")
def channel_objective_item(activation, channel):
    return activation[:, channel].mean().item()


@wrong("gradient is cut off")
def channel_objective_data(activation, channel):
    return activation.data[:, channel].mean()


@wrong("The sign of the activations")
def channel_objective_absolute(activation, channel):
    return activation[:, channel].abs().mean()


@wrong("more than one number")
def channel_objective_per_image(activation, channel):
    return activation[:, channel].mean((1, 2))


@right
def channel_objective_select(activation, channel):
    return activation.select(1, channel).mean()


@right
def channel_objective_sizes(activation, channel):
    n, _, h, w = activation.shape
    return activation[:, channel].sum() / (n * h * w)


@right
def channel_objective_means(activation, channel):
    return activation.mean(dim=(0, 2, 3))[channel]


@wrong("y counts rows")
def neuron_objective_swapped(activation, channel, y, x):
    return activation[:, channel, x, y].mean()


@wrong("Only the first image")
def neuron_objective_first(activation, channel, y, x):
    return activation[0, channel, y, x]


@wrong("adds the images up")
def neuron_objective_sum(activation, channel, y, x):
    return activation[:, channel, y, x].sum()


@wrong("whole channel counts")
def neuron_objective_channel(activation, channel, y, x):
    return activation[:, channel].mean()


@wrong("plain number has forgotten")
def neuron_objective_item(activation, channel, y, x):
    return activation[:, channel, y, x].mean().item()


@wrong("more than one number")
def neuron_objective_per_image(activation, channel, y, x):
    return activation[:, channel, y, x]


@wrong("count from 0")
def neuron_objective_off_by_one(activation, channel, y, x):
    return activation[:, channel, y - 1, x - 1].mean()


@wrong("gradient is cut off")
def neuron_objective_detached(activation, channel, y, x):
    return activation.detach()[:, channel, y, x].mean()


@wrong("Every channel counts")
def neuron_objective_all_channels(activation, channel, y, x):
    return activation[:, :, y, x].mean()


@right
def neuron_objective_steps(activation, channel, y, x):
    return activation[:, channel][:, y][:, x].mean()


@right
def neuron_objective_mean_first(activation, channel, y, x):
    return activation.mean(0)[channel, y, x]


@right
def neuron_objective_mask(activation, channel, y, x):
    mask = torch.zeros_like(activation)
    mask[:, channel, y, x] = 1
    return (activation * mask).sum() / len(activation)


@wrong("switched off")
def neuron_image_downhill(model, layer, channel, lr, steps, size):
    kept, image = {}, torch.zeros(1, 3, size, size)
    with layer.register_forward_hook(lambda module, inputs, output: kept.update(a=output.clone())):
        for _ in range(steps):
            image.requires_grad_()
            model(image)
            g = torch.autograd.grad(kept["a"][:, channel].mean(), image)[0]
            image = image.detach() - lr * g / g.norm().clamp_min(1e-12)
    return image


@wrong("steps do not have length lr")
def neuron_image_not_normalized(model, layer, channel, lr, steps, size):
    kept, image = {}, torch.zeros(1, 3, size, size)
    with layer.register_forward_hook(lambda module, inputs, output: kept.update(a=output.clone())):
        for _ in range(steps):
            image.requires_grad_()
            model(image)
            g = torch.autograd.grad(kept["a"][:, channel].mean(), image)[0]
            image = image.detach() + lr * g
    return image


@wrong("hook still hangs")
def neuron_image_leaves_hooks(model, layer, channel, lr, steps, size):
    kept, image = {}, torch.zeros(1, 3, size, size)
    for _ in range(steps):
        layer.register_forward_hook(lambda module, inputs, output: kept.update(a=output.clone()))
        image.requires_grad_()
        model(image)
        g = torch.autograd.grad(kept["a"][:, channel].mean(), image)[0]
        image = image.detach() + lr * g / g.norm().clamp_min(1e-12)
    return image


@wrong("in-place ReLU")
def neuron_image_without_clone(model, layer, channel, lr, steps, size):
    kept, image = {}, torch.zeros(1, 3, size, size)
    with layer.register_forward_hook(lambda module, inputs, output: kept.update(a=output)):
        for _ in range(steps):
            image.requires_grad_()
            model(image)
            g = torch.autograd.grad(kept["a"][:, channel].mean(), image)[0]
            image = image.detach() + lr * g / g.norm().clamp_min(1e-12)
    return image


@wrong("model.zero_grad() does not reach")
def neuron_image_never_zeroes(model, layer, channel, lr, steps, size):
    kept, image = {}, torch.zeros(1, 3, size, size, requires_grad=True)
    with layer.register_forward_hook(lambda module, inputs, output: kept.update(a=output.clone())):
        for _ in range(steps):
            model.zero_grad()
            model(image)
            kept["a"][:, channel].mean().backward()
            image.data += lr * image.grad / image.grad.norm()
    return image.detach()


@wrong("exactly steps steps")
def neuron_image_one_more(model, layer, channel, lr, steps, size):
    kept, image = {}, torch.zeros(1, 3, size, size)
    with layer.register_forward_hook(lambda module, inputs, output: kept.update(a=output.clone())):
        for _ in range(steps + 1):
            image.requires_grad_()
            model(image)
            g = torch.autograd.grad(kept["a"][:, channel].mean(), image)[0]
            image = image.detach() + lr * g / g.norm().clamp_min(1e-12)
    return image


@wrong("draws another channel")
def neuron_image_every_channel(model, layer, channel, lr, steps, size):
    kept, image = {}, torch.zeros(1, 3, size, size)
    with layer.register_forward_hook(lambda module, inputs, output: kept.update(a=output.clone())):
        for _ in range(steps):
            image.requires_grad_()
            model(image)
            g = torch.autograd.grad(kept["a"].mean(), image)[0]
            image = image.detach() + lr * g / g.norm().clamp_min(1e-12)
    return image


@wrong("what the network says at its end")
def neuron_image_of_a_class(model, layer, channel, lr, steps, size):
    image = torch.zeros(1, 3, size, size)
    for _ in range(steps):
        image.requires_grad_()
        g = torch.autograd.grad(model(image)[0, channel - 2], image)[0]
        image = image.detach() + lr * g / g.norm().clamp_min(1e-12)
    return image


@wrong("does not start from zeros")
def neuron_image_from_half(model, layer, channel, lr, steps, size):
    kept, image = {}, torch.full((1, 3, size, size), 0.5)
    with layer.register_forward_hook(lambda module, inputs, output: kept.update(a=output.clone())):
        for _ in range(steps):
            image.requires_grad_()
            model(image)
            g = torch.autograd.grad(kept["a"][:, channel].mean(), image)[0]
            image = image.detach() + lr * g / g.norm().clamp_min(1e-12)
    return image


@right
def neuron_image_hook_each_step(model, layer, channel, lr, steps, size):
    image = torch.zeros(1, 3, size, size, requires_grad=True)
    for _ in range(steps):
        kept = []
        handle = layer.register_forward_hook(lambda module, inputs, output, kept=kept: kept.append(output.clone()))
        try:
            model(image)
        finally:
            handle.remove()
        gradient = torch.autograd.grad(kept[0][0, channel].mean(), image)[0]
        step = torch.nn.functional.normalize(gradient.flatten(), dim=0).view_as(gradient)
        image = (image + lr * step).detach().requires_grad_()
    return image


@right
def neuron_image_backward_in_the_hook(model, layer, channel, lr, steps, size):
    image = torch.zeros(1, 3, size, size, requires_grad=True)
    with layer.register_forward_hook(lambda module, inputs, output: output.clone()[:, channel].mean().backward()):
        for _ in range(steps):
            image.grad = None
            model(image)
            with torch.no_grad():
                image += lr * image.grad / (image.grad.norm() + 1e-12)
    return image


@right
def neuron_image_optimizer(model, layer, channel, lr, steps, size):
    kept, pixels = {}, torch.nn.Parameter(torch.zeros(1, 3, size, size))
    optimizer = torch.optim.SGD([pixels], lr=lr, maximize=True)
    handle = layer.register_forward_hook(lambda module, inputs, output: kept.update(a=output.clone()))
    try:
        for _ in range(steps):
            optimizer.zero_grad()
            model(pixels)
            kept["a"].mean(dim=(0, 2, 3))[channel].backward()
            pixels.grad /= pixels.grad.norm().clamp_min(1e-12)
            optimizer.step()
    finally:
        handle.remove()
    return pixels.detach()


@wrong("upside down")
def most_active_weakest(model, layer, images, channel, k):
    kept = {}
    with layer.register_forward_hook(lambda module, inputs, output: kept.update(a=output.clone())):
        model(images)
    return kept["a"][:, channel].mean((1, 2)).argsort()[:k].tolist()


@wrong("tolist()")
def most_active_tensor(model, layer, images, channel, k):
    kept = {}
    with layer.register_forward_hook(lambda module, inputs, output: kept.update(a=output.clone())):
        model(images)
    return kept["a"][:, channel].mean((1, 2)).topk(k).indices


@wrong("not a list of whole numbers")
def most_active_values(model, layer, images, channel, k):
    kept = {}
    with layer.register_forward_hook(lambda module, inputs, output: kept.update(a=output.clone())):
        model(images)
    return kept["a"][:, channel].mean((1, 2)).topk(k).values.tolist()


@wrong("strongest neuron")
def most_active_maximum(model, layer, images, channel, k):
    kept = {}
    with layer.register_forward_hook(lambda module, inputs, output: kept.update(a=output.clone())):
        model(images)
    return kept["a"][:, channel].amax((1, 2)).topk(k).indices.tolist()


@wrong("another channel")
def most_active_all_channels(model, layer, images, channel, k):
    kept = {}
    with layer.register_forward_hook(lambda module, inputs, output: kept.update(a=output.clone())):
        model(images)
    return kept["a"].mean((1, 2, 3)).topk(k).indices.tolist()


@wrong("Use k")
def most_active_every_image(model, layer, images, channel, k):
    kept = {}
    with layer.register_forward_hook(lambda module, inputs, output: kept.update(a=output.clone())):
        model(images)
    return kept["a"][:, channel].mean((1, 2)).argsort(descending=True).tolist()


@wrong("not strongest first")
def most_active_sorted(model, layer, images, channel, k):
    kept = {}
    with layer.register_forward_hook(lambda module, inputs, output: kept.update(a=output.clone())):
        model(images)
    return sorted(kept["a"][:, channel].mean((1, 2)).topk(k).indices.tolist())


@wrong("leaves a hook behind")
def most_active_leaves_the_hook(model, layer, images, channel, k):
    kept = {}
    layer.register_forward_hook(lambda module, inputs, output: kept.update(a=output.clone()))
    model(images)
    return kept["a"][:, channel].mean((1, 2)).topk(k).indices.tolist()


@wrong("in-place ReLU")
def most_active_without_clone(model, layer, images, channel, k):
    kept = {}
    with layer.register_forward_hook(lambda module, inputs, output: kept.update(a=output)):
        model(images)
    return kept["a"][:, channel].mean((1, 2)).topk(k).indices.tolist()


@right
def most_active_sorted_by_key(model, layer, images, channel, k):
    kept = []
    with layer.register_forward_hook(lambda module, inputs, output: kept.append(output.clone())), torch.no_grad():
        for image in images:
            model(image[None])
    strength = [a[0, channel].mean().item() for a in kept]
    return sorted(range(len(images)), key=lambda n: -strength[n])[:k]


@right
def most_active_argsort(model, layer, images, channel, k):
    kept = {}
    handle = layer.register_forward_hook(lambda module, inputs, output: kept.update(a=output.detach().clone()))
    try:
        model(images)
    finally:
        handle.remove()
    return [int(n) for n in kept["a"].mean(dim=(2, 3))[:, channel].argsort(descending=True)[:k]]


@right
def most_active_batches(model, layer, images, channel, k):
    means = []
    with layer.register_forward_hook(lambda module, inputs, output: means.append(output[:, channel].mean((1, 2)))):
        for batch in images.split(4):
            model(batch)
    return torch.cat(means).sort(descending=True).indices[:k].tolist()
