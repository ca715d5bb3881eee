"""Answers to notebook 03, class images."""

import torch
import torch.nn.functional as F

from . import right, wrong


@wrong("returns probabilities")
def one_hot_score_softmax(logits, target):
    return logits.softmax(1)[:, target]


@wrong("cross-entropy")
def one_hot_score_cross_entropy(logits, target):
    return -logits.log_softmax(1)[:, target]


@wrong("picks an image, not a class")
def one_hot_score_wrong_axis(logits, target):
    return logits[target]


@wrong("one number for all images")
def one_hot_score_sum(logits, target):
    return logits[:, target].sum()


@wrong("zeros of the other classes")
def one_hot_score_not_added(logits, target):
    one_hot = torch.zeros_like(logits)
    one_hot[:, target] = 1
    return one_hot * logits


@wrong("divided by the number of classes")
def one_hot_score_mean(logits, target):
    one_hot = torch.zeros_like(logits)
    one_hot[:, target] = 1
    return (one_hot * logits).mean(1)


@wrong("gradient is cut off")
def one_hot_score_data(logits, target):
    return logits.data[:, target]


@wrong("Classes count from 0")
def one_hot_score_off_by_one(logits, target):
    return logits[:, target - 1]


@wrong("dtype should be torch.float64")
def one_hot_score_single(logits, target):
    one_hot = torch.zeros(logits.shape[1])
    one_hot[target] = 1
    return (one_hot * logits.float()).sum(1)


@right
def one_hot_score_index(logits, target):
    return logits[:, target]


@right
def one_hot_score_matmul(logits, target):
    one_hot = torch.zeros(logits.shape[1], dtype=logits.dtype, device=logits.device)
    one_hot[target] = 1.0
    return logits @ one_hot


@right
def one_hot_score_functional(logits, target):
    one_hot = F.one_hot(torch.tensor(target), logits.shape[1]).to(logits)
    return torch.einsum("nk,k->n", logits, one_hot)


@wrong("large pixels are rewarded")
def class_objective_plus(model, image, target, weight_decay):
    return model(image)[:, target] + weight_decay * image.square().sum((1, 2, 3))


@wrong("‖I‖, not ‖I‖²")
def class_objective_norm(model, image, target, weight_decay):
    return model(image)[:, target] - weight_decay * image.flatten(1).norm(dim=1)


@wrong("the penalty does not reach the pixels")
def class_objective_penalty_on_data(model, image, target, weight_decay):
    return model(image)[:, target] - weight_decay * image.data.square().sum((1, 2, 3))


@wrong("cross-entropy")
def class_objective_cross_entropy(model, image, target, weight_decay):
    loss = F.cross_entropy(model(image), torch.full((len(image),), target), reduction="none")
    return -loss - weight_decay * image.square().sum((1, 2, 3))


@wrong("uses the probability")
def class_objective_softmax(model, image, target, weight_decay):
    return model(image).softmax(1)[:, target] - weight_decay * image.square().sum((1, 2, 3))


@wrong("mean of the squares")
def class_objective_mean(model, image, target, weight_decay):
    return model(image)[:, target] - weight_decay * image.square().mean((1, 2, 3))


@wrong("Each image pays for all")
def class_objective_over_the_batch(model, image, target, weight_decay):
    return model(image)[:, target] - weight_decay * image.square().sum()


@wrong("hard-coded batch size")
def class_objective_first_image(model, image, target, weight_decay):
    return model(image)[0, target] - weight_decay * image.square().sum((1, 2, 3))


@wrong("one number for all images")
def class_objective_sum(model, image, target, weight_decay):
    return model(image)[:, target].sum() - weight_decay * image.square().sum()


@wrong("penalty is missing")
def class_objective_no_penalty(model, image, target, weight_decay):
    return model(image)[:, target]


@wrong("the score does not reach the pixels")
def class_objective_network_sees_data(model, image, target, weight_decay):
    return model(image.detach())[:, target] - weight_decay * image.square().sum((1, 2, 3))


@wrong("half or twice")
def class_objective_half(model, image, target, weight_decay):
    return model(image)[:, target] - weight_decay / 2 * image.square().sum((1, 2, 3))


@right
def class_objective_flatten(model, image, target, weight_decay):
    return model(image)[:, target] - weight_decay * (image**2).flatten(1).sum(1)


@right
def class_objective_norm_squared(model, image, target, weight_decay):
    penalty = torch.linalg.vector_norm(image, dim=(1, 2, 3)) ** 2
    return model(image).select(1, target) - weight_decay * penalty


@right
def class_objective_one_hot(model, image, target, weight_decay):
    logits = model(image)
    one_hot = torch.zeros_like(logits)
    one_hot[:, target] = 1
    return (one_hot * logits).sum(1) - weight_decay * torch.einsum("nchw,nchw->n", image, image)


@wrong("down the gradient")
def normalized_step_down(image, gradient, lr):
    return image - lr * gradient / gradient.norm().clamp_min(1e-12)


@wrong("depends on the length of the gradient")
def normalized_step_plain(image, gradient, lr):
    return image + lr * gradient


@wrong("0/0 is nan")
def normalized_step_zero(image, gradient, lr):
    return image + lr * gradient / gradient.norm()


@wrong("square of its length")
def normalized_step_squared(image, gradient, lr):
    return image + lr * gradient / gradient.square().sum().clamp_min(1e-12)


@wrong("another measure")
def normalized_step_max(image, gradient, lr):
    return image + lr * gradient / gradient.abs().max().clamp_min(1e-12)


@wrong("another measure")
def normalized_step_sign(image, gradient, lr):
    return image + lr * gradient.sign()


@wrong("norm() without dim")
def normalized_step_each_channel(image, gradient, lr):
    return image + lr * gradient / gradient.norm(dim=(2, 3), keepdim=True).clamp_min(1e-12)


@wrong("far smaller than any gradient")
def normalized_step_large_epsilon(image, gradient, lr):
    return image + lr * gradient / (gradient.norm() + 1e-4)


@wrong("changed its argument image")
def normalized_step_in_place(image, gradient, lr):
    image += lr * gradient / gradient.norm().clamp_min(1e-12)
    return image


@wrong("The step has length 1")
def normalized_step_without_lr(image, gradient, lr):
    return image + gradient / gradient.norm().clamp_min(1e-12)


@right
def normalized_step_if(image, gradient, lr):
    length = gradient.norm()
    if length == 0:
        return image
    return image + lr * gradient / length


@right
def normalized_step_functional(image, gradient, lr):
    direction = F.normalize(gradient.flatten(), dim=0).view_as(image)
    return (image.detach() + lr * direction).requires_grad_()


@right
def normalized_step_tiny(image, gradient, lr):
    length = gradient.double().square().sum().sqrt() + 1e-12
    return image.detach() + (lr * gradient.double() / length).to(image.dtype)


@wrong("away from grey")
def class_image_plus(model, target, lr, weight_decay, steps, size):
    image = torch.zeros(1, 3, size, size)
    for _ in range(steps):
        image.requires_grad_()
        g = torch.autograd.grad(model(image)[0, target], image)[0] + 2 * weight_decay * image.detach()
        image = image.detach() + lr * g / g.norm()
    return image


@wrong("‖I‖, not ‖I‖²")
def class_image_norm(model, target, lr, weight_decay, steps, size):
    image = torch.zeros(1, 3, size, size)
    for _ in range(steps):
        image.requires_grad_()
        g = torch.autograd.grad(model(image)[0, target] - weight_decay * image.norm(), image)[0]
        image = image.detach() + lr * g / g.norm()
    return image


@wrong("image.data")
def class_image_penalty_on_data(model, target, lr, weight_decay, steps, size):
    image = torch.zeros(1, 3, size, size)
    for _ in range(steps):
        image.requires_grad_()
        objective = model(image)[0, target] - weight_decay * image.data.square().sum()
        g = torch.autograd.grad(objective, image)[0]
        image = image.detach() + lr * g / g.norm()
    return image


@wrong("cross-entropy")
def class_image_cross_entropy(model, target, lr, weight_decay, steps, size):
    image = torch.zeros(1, 3, size, size)
    for _ in range(steps):
        image.requires_grad_()
        loss = F.cross_entropy(model(image), torch.tensor([target])) + weight_decay * image.square().sum()
        g = torch.autograd.grad(loss, image)[0]
        image = image.detach() - lr * g / g.norm()
    return image


@wrong("model.zero_grad() does not reach")
def class_image_zeroes_the_model(model, target, lr, weight_decay, steps, size):
    image = torch.zeros(1, 3, size, size, requires_grad=True)
    for _ in range(steps):
        model.zero_grad()
        (model(image)[0, target] - weight_decay * image.square().sum()).backward()
        image.data += lr * image.grad / image.grad.norm()
    return image.detach()


@wrong("gradients are never zeroed")
def class_image_never_zeroes(model, target, lr, weight_decay, steps, size):
    image = torch.zeros(1, 3, size, size, requires_grad=True)
    for _ in range(steps):
        (model(image)[0, target] - weight_decay * image.square().sum()).backward()
        with torch.no_grad():
            image += lr * image.grad / image.grad.norm()
    return image.detach()


@wrong("steps do not have length lr")
def class_image_not_normalized(model, target, lr, weight_decay, steps, size):
    image = torch.zeros(1, 3, size, size)
    for _ in range(steps):
        image.requires_grad_()
        g = torch.autograd.grad(model(image)[0, target] - weight_decay * image.square().sum(), image)[0]
        image = image.detach() + lr * g
    return image


@wrong("exactly steps steps")
def class_image_one_step_less(model, target, lr, weight_decay, steps, size):
    image = torch.zeros(1, 3, size, size)
    for _ in range(1, steps):
        image.requires_grad_()
        g = torch.autograd.grad(model(image)[0, target] - weight_decay * image.square().sum(), image)[0]
        image = image.detach() + lr * g / g.norm()
    return image


@wrong("does not start from zeros")
def class_image_from_half(model, target, lr, weight_decay, steps, size):
    image = torch.full((1, 3, size, size), 0.5)
    for _ in range(steps):
        image.requires_grad_()
        g = torch.autograd.grad(model(image)[0, target] - weight_decay * image.square().sum(), image)[0]
        image = image.detach() + lr * g / g.norm()
    return image


@wrong("Cut each step off with detach()")
def class_image_keeps_the_graph(model, target, lr, weight_decay, steps, size):
    image = torch.zeros(1, 3, size, size, requires_grad=True)
    for _ in range(steps):
        objective = model(image)[0, target] - weight_decay * image.square().sum()
        g = torch.autograd.grad(objective, image, create_graph=True)[0]
        image = image + lr * g / g.norm()
    return image


@wrong("pixels were clamped")
def class_image_clamps(model, target, lr, weight_decay, steps, size):
    image = torch.zeros(1, 3, size, size)
    for _ in range(steps):
        image.requires_grad_()
        g = torch.autograd.grad(model(image)[0, target] - weight_decay * image.square().sum(), image)[0]
        image = (image.detach() + lr * g / g.norm()).clamp(0, 1)
    return image


@wrong("The steps go down")
def class_image_downhill(model, target, lr, weight_decay, steps, size):
    image = torch.zeros(1, 3, size, size)
    for _ in range(steps):
        image.requires_grad_()
        g = torch.autograd.grad(model(image)[0, target] - weight_decay * image.square().sum(), image)[0]
        image = image.detach() - lr * g / g.norm()
    return image


@right
def class_image_backward(model, target, lr, weight_decay, steps, size):
    image = torch.zeros(1, 3, size, size, requires_grad=True)
    for _ in range(steps):
        image.grad = None
        (model(image)[0, target] - weight_decay * (image**2).sum()).backward()
        with torch.no_grad():
            image += lr * image.grad / image.grad.norm()
    return image


@right
def class_image_by_formula(model, target, lr, weight_decay, steps, size):
    image = torch.zeros((1, 3, size, size))
    for _ in range(steps):
        leaf = image.clone().requires_grad_()
        model(leaf)[:, target].sum().backward()
        g = leaf.grad - 2 * weight_decay * image
        image = image + lr * F.normalize(g.flatten(), dim=0).reshape(g.shape)
    return image


@right
def class_image_minimizes(model, target, lr, weight_decay, steps, size):
    pixels = torch.nn.Parameter(torch.zeros(1, 3, size, size))
    optimizer = torch.optim.SGD([pixels], lr=lr)
    for _ in range(steps):
        optimizer.zero_grad()
        loss = weight_decay * pixels.square().sum() - model(pixels)[0, target]
        loss.backward()
        pixels.grad /= pixels.grad.norm() + 1e-12
        optimizer.step()
    return pixels.detach()


@wrong("It returns the logit")
def second_opinion_scores(image, target, models):
    return [model(image)[0, target].item() for model in models]


@wrong("add up to 1 over the classes")
def second_opinion_wrong_axis(image, target, models):
    return [model(image).softmax(0)[0, target].item() for model in models]


@wrong("not a plain Python float")
def second_opinion_tensors(image, target, models):
    return [model(image).softmax(1)[0, target] for model in models]


@wrong("not a list")
def second_opinion_one_tensor(image, target, models):
    return torch.stack([model(image).softmax(1)[0, target] for model in models])


@wrong("what they like best")
def second_opinion_best(image, target, models):
    return [model(image).softmax(1).max().item() for model in models]


@wrong("One number for each network")
def second_opinion_first_only(image, target, models):
    return [models[0](image).softmax(1)[0, target].item()]


@wrong("Ask each of models")
def second_opinion_same_network(image, target, models):
    return [models[-1](image).softmax(1)[0, target].item() for _ in models]


@wrong("logarithm of the probability")
def second_opinion_logarithm(image, target, models):
    return [model(image).log_softmax(1)[0, target].item() for model in models]


@wrong("not in the mode")
def second_opinion_trains(image, target, models):
    opinions = [model(image).softmax(1)[0, target].item() for model in models]
    for model in models:
        model.train()
    return opinions


@right
def second_opinion_loop(image, target, models):
    opinions = []
    for model in models:
        opinions.append(float(F.softmax(model(image), dim=1)[0, target]))
    return opinions


@right
def second_opinion_by_hand(image, target, models):
    with torch.no_grad():
        powers = [model(image)[0].exp() for model in models]
    return [(p[target] / p.sum()).item() for p in powers]


@right
def second_opinion_tolist(image, target, models):
    with torch.inference_mode():
        return torch.stack([model(image.detach()) for model in models]).softmax(2)[:, 0, target].tolist()
