"""Answers to notebook 02, update the pixels."""

import copy

import torch
import torch.nn.functional as F

from . import right, wrong


@wrong("still in train mode")
def freeze_without_eval(model):
    return model.requires_grad_(False)


@wrong("still want gradients")
def freeze_eval_only(model):
    return model.eval()


@wrong("hangs a new attribute on the model")
def freeze_by_attribute(model):
    model.requires_grad = False
    return model.eval()


@wrong("None, not the model")
def freeze_without_return(model):
    model.eval()
    for weights in model.parameters():
        weights.requires_grad = False


@wrong("not the model it was given")
def freeze_a_copy(model):
    return copy.deepcopy(model).eval().requires_grad_(False)


@wrong("still want gradients")
def freeze_with_no_grad(model):
    with torch.no_grad():
        return model.eval()


@wrong("Still in train mode: features")
def freeze_top_only(model):
    model.training = False
    return model.requires_grad_(False)


@wrong("still want gradients: features")
def freeze_last_layer(model):
    model.classify.requires_grad_(False)
    return model.eval()


@wrong("changed the weights")
def freeze_zeroes(model):
    for weights in model.parameters():
        weights.data.zero_()
    return model.eval().requires_grad_(False)


@right
def freeze_chained(model):
    return model.eval().requires_grad_(False)


@right
def freeze_loop(model):
    model.train(False)
    for weights in model.parameters():
        weights.requires_grad = False
    return model


@right
def freeze_named(model):
    for _, weights in model.named_parameters():
        weights.requires_grad_(False)
    for module in model.modules():
        module.eval()
    return model


@wrong("PyTorch counts rows first")
def blank_image_swapped(height, width, channels=3):
    return torch.zeros(1, channels, width, height, requires_grad=True)


@wrong("batch axis is missing")
def blank_image_no_batch(height, width, channels=3):
    return torch.zeros(channels, height, width, requires_grad=True)


@wrong("The channels come last")
def blank_image_channels_last(height, width, channels=3):
    return torch.zeros(1, height, width, channels, requires_grad=True)


@wrong("requires_grad is False")
def blank_image_wants_nothing(height, width, channels=3):
    return torch.zeros(1, channels, height, width)


@wrong("not a leaf")
def blank_image_no_leaf(height, width, channels=3):
    return torch.ones(1, channels, height, width, requires_grad=True) * 0


@wrong("Zero is grey")
def blank_image_half(height, width, channels=3):
    return torch.full((1, channels, height, width), 0.5, requires_grad=True)


@wrong("global random state")
def blank_image_noise_around_zero(height, width, channels=3):
    return (torch.randn(1, channels, height, width) * 0).requires_grad_()


@wrong("Use the argument channels")
def blank_image_always_three(height, width, channels=3):
    return torch.zeros(1, 3, height, width, requires_grad=True)


@wrong("The default of channels")
def blank_image_grey_by_default(height, width, channels=1):
    return torch.zeros(1, channels, height, width, requires_grad=True)


@wrong("dtype should be torch.float32")
def blank_image_double(height, width, channels=3):
    return torch.zeros(1, channels, height, width, dtype=torch.float64, requires_grad=True)


@right
def blank_image_afterwards(height, width, channels=3):
    image = torch.zeros((1, channels, height, width))
    image.requires_grad = True
    return image


@right
def blank_image_detached(height, width, channels=3):
    return (torch.ones(1, channels, height, width) * 0).detach().requires_grad_()


@right
def blank_image_parameter(height, width, channels=3):
    return torch.nn.Parameter(torch.zeros(1, channels, height, width))


@wrong("wrong sign")
def pixel_gradient_negative(model, image, target):
    image = image.detach().clone().requires_grad_()
    return torch.autograd.grad(-model(image)[:, target].sum(), image)[0]


@wrong("model.zero_grad() clears the weights' gradients")
def pixel_gradient_zeroes_the_model(model, image, target):
    image.requires_grad_()
    model.zero_grad()
    model(image)[:, target].sum().backward()
    return image.grad.clone()


@wrong("gradients are never zeroed")
def pixel_gradient_never_zeroes(model, image, target):
    image.requires_grad_()
    model(image)[:, target].sum().backward()
    return image.grad.clone()


@wrong("after the softmax")
def pixel_gradient_of_probability(model, image, target):
    image = image.detach().clone().requires_grad_()
    return torch.autograd.grad(model(image).softmax(1)[:, target].sum(), image)[0]


@wrong("gradient of a cross-entropy")
def pixel_gradient_of_cross_entropy(model, image, target):
    image = image.detach().clone().requires_grad_()
    loss = F.cross_entropy(model(image), torch.full((len(image),), target))
    return torch.autograd.grad(loss, image)[0]


@wrong("Only one of the images")
def pixel_gradient_first_only(model, image, target):
    image = image.detach().clone().requires_grad_()
    return torch.autograd.grad(model(image)[0, target], image)[0]


@wrong("divided by the number of images")
def pixel_gradient_mean(model, image, target):
    image = image.detach().clone().requires_grad_()
    return torch.autograd.grad(model(image)[:, target].mean(), image)[0]


@wrong("all scores together")
def pixel_gradient_all_scores(model, image, target):
    image = image.detach().clone().requires_grad_()
    return torch.autograd.grad(model(image).sum(), image)[0]


@wrong("another class")
def pixel_gradient_off_by_one(model, image, target):
    image = image.detach().clone().requires_grad_()
    return torch.autograd.grad(model(image)[:, target - 1].sum(), image)[0]


@wrong(".grad is None too")
def pixel_gradient_of_data(model, image, target):
    score = model(image.data)[:, target].sum()
    score.backward()
    return image.grad


@wrong("start from a single number")
def pixel_gradient_not_a_number(model, image, target):
    image = image.detach().clone().requires_grad_()
    return torch.autograd.grad(model(image)[:, target], image)[0]


@wrong("tied to a graph")
def pixel_gradient_keeps_graph(model, image, target):
    image = image.detach().clone().requires_grad_()
    return torch.autograd.grad(model(image)[:, target].sum(), image, create_graph=True)[0]


@wrong("touches the gradients of the weights")
def pixel_gradient_fills_the_weights(model, image, target):
    image = image.detach().clone().requires_grad_()
    model(image)[:, target].sum().backward()
    return image.grad


@wrong("was scaled")
def pixel_gradient_sign(model, image, target):
    image = image.detach().clone().requires_grad_()
    return torch.autograd.grad(model(image)[:, target].sum(), image)[0].sign()


@right
def pixel_gradient_backward_inputs(model, image, target):
    image = image.detach().clone().requires_grad_()
    model(image)[:, target].sum().backward(inputs=[image])
    return image.grad


@right
def pixel_gradient_one_by_one(model, image, target):
    gradients = []
    for one in image.detach():
        one = one[None].clone().requires_grad_()
        gradients.append(torch.autograd.grad(model(one)[0, target], one)[0])
    return torch.cat(gradients)


@right
def pixel_gradient_one_hot(model, image, target):
    image = image.detach().requires_grad_()
    logits = model(image)
    one_hot = torch.zeros_like(logits)
    one_hot[:, target] = 1
    return torch.autograd.grad(logits, image, grad_outputs=one_hot)[0]


@right
def pixel_gradient_func(model, image, target):
    return torch.func.grad(lambda i: model(i)[:, target].sum())(image.detach()).detach()


@wrong("goes down the gradient")
def pixel_step_down(image, gradient, lr):
    return (image.detach() - lr * gradient).requires_grad_()


@wrong("not a leaf")
def pixel_step_keeps_graph(image, gradient, lr):
    return image + lr * gradient


@wrong("does not want gradients")
def pixel_step_wants_nothing(image, gradient, lr):
    return image.detach() + lr * gradient


@wrong("changed its argument image")
def pixel_step_in_place(image, gradient, lr):
    image.data += lr * gradient
    return image


@wrong("were clamped")
def pixel_step_clamps(image, gradient, lr):
    return (image.detach() + lr * gradient).clamp(0, 1).requires_grad_()


@wrong("decided by lr")
def pixel_step_without_lr(image, gradient, lr):
    return (image.detach() + gradient).requires_grad_()


@wrong("normalized")
def pixel_step_normalizes(image, gradient, lr):
    return (image.detach() + lr * gradient / gradient.norm()).requires_grad_()


@wrong("inside torch.no_grad()")
def pixel_step_in_place_on_a_leaf(image, gradient, lr):
    image += lr * gradient
    return image


@wrong("None")
def pixel_step_without_return(image, gradient, lr):
    (image.detach() + lr * gradient).requires_grad_()


@right
def pixel_step_clone(image, gradient, lr):
    new = image.detach().clone()
    new += lr * gradient
    new.requires_grad = True
    return new


@right
def pixel_step_no_grad(image, gradient, lr):
    with torch.no_grad():
        new = torch.add(image, gradient, alpha=lr)
    return new.requires_grad_()


@right
def pixel_step_data(image, gradient, lr):
    return torch.nn.Parameter(image.data + gradient.data * lr)


@wrong("grow")
def ascend_until_downhill(model, image, target, lr, confidence=0.95, max_steps=500):
    image = image.detach().clone()
    for step in range(max_steps + 1):
        image.requires_grad_()
        logits = model(image)
        if logits.softmax(1)[0, target] >= confidence or step == max_steps:
            return image.detach(), step
        image = image.detach() - lr * torch.autograd.grad(logits[0, target], image)[0]
    return None


@wrong("Each step adds the gradients of all steps")
def ascend_until_never_zeroes(model, image, target, lr, confidence=0.95, max_steps=500):
    image = image.detach().clone().requires_grad_()
    for step in range(max_steps + 1):
        logits = model(image)
        if logits.softmax(1)[0, target] >= confidence or step == max_steps:
            return image.detach(), step
        logits[0, target].backward()
        image.data += lr * image.grad
    return None


@wrong("Each step adds the gradients of all steps")
def ascend_until_zeroes_the_model(model, image, target, lr, confidence=0.95, max_steps=500):
    image = image.detach().clone().requires_grad_()
    for step in range(max_steps + 1):
        model.zero_grad()
        logits = model(image)
        if logits.softmax(1)[0, target] >= confidence or step == max_steps:
            return image.detach(), step
        logits[0, target].backward()
        image.data += lr * image.grad
    return None


@wrong("follow the gradient of the probability")
def ascend_until_probability(model, image, target, lr, confidence=0.95, max_steps=500):
    image = image.detach().clone()
    for step in range(max_steps + 1):
        image.requires_grad_()
        p = model(image).softmax(1)[0, target]
        if p >= confidence or step == max_steps:
            return image.detach(), step
        image = image.detach() + lr * torch.autograd.grad(p, image)[0]
    return None


@wrong("follow a cross-entropy")
def ascend_until_cross_entropy(model, image, target, lr, confidence=0.95, max_steps=500):
    image = image.detach().clone()
    for step in range(max_steps + 1):
        image.requires_grad_()
        logits = model(image)
        if logits.softmax(1)[0, target] >= confidence or step == max_steps:
            return image.detach(), step
        loss = F.cross_entropy(logits, torch.tensor([target]))
        image = image.detach() - lr * torch.autograd.grad(loss, image)[0]
    return None


@wrong("compares the score, not the probability")
def ascend_until_score(model, image, target, lr, confidence=0.95, max_steps=500):
    image = image.detach().clone()
    for step in range(max_steps + 1):
        image.requires_grad_()
        score = model(image)[0, target]
        if score >= confidence or step == max_steps:
            return image.detach(), step
        image = image.detach() + lr * torch.autograd.grad(score, image)[0]
    return None


@wrong("steps once more than it should")
def ascend_until_steps_first(model, image, target, lr, confidence=0.95, max_steps=500):
    image = image.detach().clone()
    for step in range(max_steps):  # noqa: B007
        image.requires_grad_()
        logits = model(image)
        image = image.detach() + lr * torch.autograd.grad(logits[0, target], image)[0]
        if logits.softmax(1)[0, target] >= confidence:
            break
    return image, step + 1


@wrong("Use the argument max_steps")
def ascend_until_no_limit(model, image, target, lr, confidence=0.95, max_steps=500):
    image, step = image.detach().clone(), 0
    while True:
        image.requires_grad_()
        logits = model(image)
        if logits.softmax(1)[0, target] >= confidence:
            return image.detach(), step
        image = image.detach() + lr * torch.autograd.grad(logits[0, target], image)[0]
        step += 1


@wrong("did not stop")
def ascend_until_never_moves(model, image, target, lr, confidence=0.95, max_steps=500):
    new, steps = image.detach().clone().requires_grad_(), 0
    while model(image).softmax(1)[0, target] < confidence:
        gradient = torch.autograd.grad(model(new)[0, target], new)[0]
        new = (new.detach() + lr * gradient).requires_grad_()
        steps += 1
    return new, steps


@wrong("as soon as the target comes first")
def ascend_until_first(model, image, target, lr, confidence=0.95, max_steps=500):
    image = image.detach().clone()
    for step in range(max_steps + 1):
        image.requires_grad_()
        logits = model(image)
        if logits.argmax() == target or step == max_steps:
            return image.detach(), step
        image = image.detach() + lr * torch.autograd.grad(logits[0, target], image)[0]
    return None


@wrong("Use the argument confidence")
def ascend_until_fixed_confidence(model, image, target, lr, confidence=0.95, max_steps=500):
    image = image.detach().clone()
    for step in range(max_steps + 1):
        image.requires_grad_()
        logits = model(image)
        if logits.softmax(1)[0, target] >= 0.95 or step == max_steps:
            return image.detach(), step
        image = image.detach() + lr * torch.autograd.grad(logits[0, target], image)[0]
    return None


@wrong("were reported")
def ascend_until_counts_from_one(model, image, target, lr, confidence=0.95, max_steps=500):
    image = image.detach().clone()
    for step in range(max_steps + 1):
        image.requires_grad_()
        logits = model(image)
        if logits.softmax(1)[0, target] >= confidence or step == max_steps:
            return image.detach(), step + 1
        image = image.detach() + lr * torch.autograd.grad(logits[0, target], image)[0]
    return None


@wrong("It should return image and steps")
def ascend_until_image_only(model, image, target, lr, confidence=0.95, max_steps=500):
    image = image.detach().clone()
    for step in range(max_steps + 1):
        image.requires_grad_()
        logits = model(image)
        if logits.softmax(1)[0, target] >= confidence or step == max_steps:
            return image.detach()
        image = image.detach() + lr * torch.autograd.grad(logits[0, target], image)[0]
    return None


@wrong("were clamped")
def ascend_until_clamps(model, image, target, lr, confidence=0.95, max_steps=500):
    image = image.detach().clone()
    for step in range(max_steps + 1):
        image.requires_grad_()
        logits = model(image)
        if logits.softmax(1)[0, target] >= confidence or step == max_steps:
            return image.detach(), step
        image = (image.detach() + lr * torch.autograd.grad(logits[0, target], image)[0]).clamp(0, 1)
    return None


@wrong("changed its argument image")
def ascend_until_on_the_original(model, image, target, lr, confidence=0.95, max_steps=500):
    for step in range(max_steps + 1):
        image.requires_grad_()
        logits = model(image)
        if logits.softmax(1)[0, target] >= confidence or step == max_steps:
            return image, step
        image.data += lr * torch.autograd.grad(logits[0, target], image)[0]
    return None


@wrong("Cut each step off with detach()")
def ascend_until_keeps_the_graph(model, image, target, lr, confidence=0.95, max_steps=500):
    image = image.detach().clone()
    for step in range(max_steps + 1):
        image.requires_grad_()
        logits = model(image)
        if logits.softmax(1)[0, target] >= confidence or step == max_steps:
            return image.detach(), step
        image = image + lr * torch.autograd.grad(logits[0, target], image)[0]
    return None


@right
def ascend_until_while(model, image, target, lr, confidence=0.95, max_steps=500):
    image, steps = image.detach().clone().requires_grad_(), 0
    while steps < max_steps and model(image).softmax(1)[0, target] < confidence:
        image = image.detach().requires_grad_()
        gradient = torch.autograd.grad(model(image)[0, target], image)[0]
        image = (image.detach() + lr * gradient).requires_grad_()
        steps += 1
    return image, steps


@right
def ascend_until_backward(model, image, target, lr, confidence=0.95, max_steps=500):
    image = image.clone().detach().requires_grad_(True)
    for steps in range(max_steps):
        image.grad = None
        logits = model(image)
        if F.softmax(logits, dim=1)[0, target].item() >= confidence:
            return image, steps
        logits[0, target].backward()
        with torch.no_grad():
            image += lr * image.grad
    return image, max_steps


@right
def ascend_until_optimizer(model, image, target, lr, confidence=0.95, max_steps=500):
    pixels = torch.nn.Parameter(image.detach().clone())
    optimizer = torch.optim.SGD([pixels], lr=lr, maximize=True)
    steps = 0
    while True:
        optimizer.zero_grad()
        logits = model(pixels)
        if logits.log_softmax(1)[0, target].exp() >= confidence or steps >= max_steps:
            return pixels.data, steps
        logits[:, target].sum().backward()
        optimizer.step()
        steps += 1
