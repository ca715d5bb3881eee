"""Answers to notebook 01, update the weights."""

import torch
import torch.nn.functional as F

from . import right, wrong


@wrong("uphill")
def sgd_step_adds(weights, gradient, lr):
    return weights + lr * gradient


@wrong("without the learning rate")
def sgd_step_forgets_lr(weights, gradient, lr):
    return weights - gradient


@wrong("only the step")
def sgd_step_returns_the_step(weights, gradient, lr):
    return -lr * gradient


@wrong("returns nothing")
def sgd_step_without_return(weights, gradient, lr):
    weights -= lr * gradient


@wrong("nothing moves")
def sgd_step_returns_the_old(weights, gradient, lr):
    new = weights - lr * gradient  # noqa: F841
    return weights


@wrong("divided by lr")
def sgd_step_divides(weights, gradient, lr):
    return weights - gradient / lr


@wrong("normalized")
def sgd_step_normalizes(weights, gradient, lr):
    return weights - lr * gradient / gradient.norm()


@wrong("changed its argument gradient")
def sgd_step_scales_the_gradient_in_place(weights, gradient, lr):
    gradient *= lr
    return weights - gradient


@wrong("NumPy")
def sgd_step_in_numpy(weights, gradient, lr):
    return weights.numpy() - lr * gradient.numpy()


@wrong("torch.float64, but it is torch.float32")
def sgd_step_in_single_precision(weights, gradient, lr):
    return (weights - lr * gradient).float()


@wrong("did not stop")
def sgd_step_for_ever(weights, gradient, lr):
    while True:
        weights = weights - lr * gradient


@right
def sgd_step_in_place(weights, gradient, lr):
    weights -= lr * gradient
    return weights


@right
def sgd_step_sub(weights, gradient, lr):
    return torch.sub(weights, gradient, alpha=lr)


@right
def sgd_step_prints(weights, gradient, lr):
    print("step", lr)
    new = weights.clone()
    new.add_(gradient, alpha=-lr)
    return new


@wrong("the sign")
def cross_entropy_negative(logits, targets):
    return F.log_softmax(logits, dim=1)[torch.arange(len(targets)), targets].mean()


@wrong("adds the images up")
def cross_entropy_sum(logits, targets):
    return F.cross_entropy(logits, targets, reduction="sum")


@wrong("one number per image")
def cross_entropy_per_image(logits, targets):
    return F.cross_entropy(logits, targets, reduction="none")


@wrong("softmax runs over the images")
def cross_entropy_wrong_axis(logits, targets):
    return -F.log_softmax(logits, dim=0)[torch.arange(len(targets)), targets].mean()


@wrong("exp(1000) is inf")
def cross_entropy_overflows(logits, targets):
    p = logits.exp() / logits.exp().sum(1, keepdim=True)
    return -p[torch.arange(len(targets)), targets].log().mean()


@wrong("every target in every image")
def cross_entropy_all_pairs(logits, targets):
    return -F.log_softmax(logits, dim=1)[:, targets].mean()


@wrong("averages over all classes")
def cross_entropy_all_classes(logits, targets):
    return -F.log_softmax(logits, dim=1).mean()


@wrong("softmax was taken twice")
def cross_entropy_softmax_twice(logits, targets):
    return F.cross_entropy(logits.softmax(1), targets)


@wrong("averages the probabilities")
def cross_entropy_no_log(logits, targets):
    return -logits.softmax(1)[torch.arange(len(targets)), targets].mean()


@wrong("replaced by a small number")
def cross_entropy_holds_up(logits, targets):
    p = logits.softmax(1)[torch.arange(len(targets)), targets]
    return -p.clamp_min(1e-12).log().mean()


@wrong("gradient is cut off")
def cross_entropy_detached(logits, targets):
    return F.cross_entropy(logits.detach(), targets)


@wrong("forgotten where it came from")
def cross_entropy_item(logits, targets):
    return F.cross_entropy(logits, targets).item()


@right
def cross_entropy_of_torch(logits, targets):
    return F.cross_entropy(logits, targets)


@right
def cross_entropy_logsumexp(logits, targets):
    picked = logits.gather(1, targets[:, None])[:, 0]
    return (torch.logsumexp(logits, 1) - picked).mean()


@right
def cross_entropy_by_hand(logits, targets):
    shifted = logits - logits.max(dim=1, keepdim=True).values
    log_p = shifted - shifted.exp().sum(dim=1, keepdim=True).log()
    one_hot = F.one_hot(targets, logits.shape[1])
    return -(one_hot * log_p).sum() / len(targets)


@right
def cross_entropy_loop(logits, targets):
    total = 0
    for row, target in zip(logits, targets, strict=True):
        total = total - row.log_softmax(0)[target]
    return total / len(targets)


@wrong("on one side")
def numeric_gradient_forward(f, x, eps=1e-3):
    gradient = torch.zeros_like(x)
    for i in range(x.numel()):
        up = x.clone()
        up.view(-1)[i] += eps
        gradient.view(-1)[i] = (f(up) - f(x)) / eps
    return gradient


@wrong("divided by eps")
def numeric_gradient_twice(f, x, eps=1e-3):
    gradient = torch.zeros_like(x)
    for i in range(x.numel()):
        up, down = x.clone(), x.clone()
        up.view(-1)[i] += eps
        down.view(-1)[i] -= eps
        gradient.view(-1)[i] = (f(up) - f(down)) / eps
    return gradient


@wrong("wrong sign")
def numeric_gradient_sign(f, x, eps=1e-3):
    gradient = torch.zeros_like(x)
    for i in range(x.numel()):
        up, down = x.clone(), x.clone()
        up.view(-1)[i] += eps
        down.view(-1)[i] -= eps
        gradient.view(-1)[i] = (f(down) - f(up)) / (2 * eps)
    return gradient


@wrong("moved together")
def numeric_gradient_all_at_once(f, x, eps=1e-3):
    return torch.full_like(x, (f(x + eps) - f(x - eps)) / (2 * eps))


@wrong("not put back")
def numeric_gradient_not_put_back(f, x, eps=1e-3):
    gradient = torch.zeros_like(x)
    flat = x.view(-1)
    for i in range(x.numel()):
        flat[i] += eps
        up = f(x)
        flat[i] -= 2 * eps
        gradient.view(-1)[i] = (up - f(x)) / (2 * eps)
    return gradient


@wrong("Use the argument eps")
def numeric_gradient_own_eps(f, x, eps=1e-3):
    gradient = torch.zeros_like(x)
    for i in range(x.numel()):
        up, down = x.clone(), x.clone()
        up.view(-1)[i] += 1e-4
        down.view(-1)[i] -= 1e-4
        gradient.view(-1)[i] = (f(up) - f(down)) / 2e-4
    return gradient


@wrong("black box")
def numeric_gradient_by_autograd(f, x, eps=1e-3):
    x = x.clone().requires_grad_()
    f(x).backward()
    return x.grad


@wrong("not divided by anything")
def numeric_gradient_undivided(f, x, eps=1e-3):
    gradient = torch.zeros_like(x)
    for i in range(x.numel()):
        up, down = x.clone(), x.clone()
        up.view(-1)[i] += eps
        down.view(-1)[i] -= eps
        gradient.view(-1)[i] = f(up) - f(down)
    return gradient


@wrong("The default of eps")
def numeric_gradient_default(f, x, eps=1e-6):
    raise AssertionError("never called")


@wrong("f gets something else")
def numeric_gradient_single_numbers(f, x, eps=1e-3):
    return torch.tensor([(f(v + eps) - f(v - eps)) / (2 * eps) for v in x.view(-1)]).view_as(x)


@right
def numeric_gradient_in_place(f, x, eps=1e-3):
    gradient = torch.empty_like(x)
    for index in torch.cartesian_prod(*(torch.arange(n) for n in x.shape)):
        index = tuple(index)
        old = x[index].item()
        x[index] = old + eps
        up = f(x)
        x[index] = old - eps
        down = f(x)
        x[index] = old
        gradient[index] = (up - down) / (2 * eps)
    return gradient


@right
def numeric_gradient_basis(f, x, eps=1e-3):
    basis = torch.eye(x.numel(), dtype=x.dtype).reshape(-1, *x.shape)
    slopes = [(f(x + eps * e) - f(x - eps * e)) / (2 * eps) for e in basis]
    return torch.tensor(slopes, dtype=x.dtype).reshape(x.shape)


@right
def numeric_gradient_flat(f, x, eps=1e-3):
    flat = x.flatten().clone()
    slopes = []
    for i in range(len(flat)):
        values = []
        for sign in (1, -1):
            moved = flat.clone()
            moved[i] = moved[i] + sign * eps
            values.append(float(f(moved.reshape(x.shape))))
        slopes.append((values[0] - values[1]) / (2 * eps))
    return torch.tensor(slopes, dtype=x.dtype, device=x.device).reshape(x.shape)


@wrong("up the gradient")
def train_step_uphill(model, images, labels, lr):
    loss = F.cross_entropy(model(images), labels)
    gradients = torch.autograd.grad(loss, list(model.parameters()))
    with torch.no_grad():
        for weights, gradient in zip(model.parameters(), gradients, strict=True):
            weights += lr * gradient
    return loss.item()


@wrong("Zero the gradients")
def train_step_never_zeroes(model, images, labels, lr):
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    with torch.no_grad():
        for weights in model.parameters():
            weights -= lr * weights.grad
    return loss.item()


@wrong("nothing moves")
def train_step_zeroes_too_late(model, images, labels, lr):
    optimizer = torch.optim.SGD(model.parameters(), lr)
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    optimizer.zero_grad(set_to_none=False)
    optimizer.step()
    return loss.item()


@wrong("w = w − … makes a new tensor")
def train_step_rebinds(model, images, labels, lr):
    model.zero_grad()
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    for weights in model.parameters():
        weights = weights - lr * weights.grad
    return loss.item()


@wrong("after the update")
def train_step_loss_afterwards(model, images, labels, lr):
    model.zero_grad()
    F.cross_entropy(model(images), labels).backward()
    torch.optim.SGD(model.parameters(), lr).step()
    return F.cross_entropy(model(images), labels).item()


@wrong(".item()")
def train_step_returns_a_tensor(model, images, labels, lr):
    model.zero_grad()
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    torch.optim.SGD(model.parameters(), lr).step()
    return loss


@wrong("computed from probabilities")
def train_step_softmax_twice(model, images, labels, lr):
    model.zero_grad()
    loss = F.cross_entropy(model(images).softmax(1), labels)
    loss.backward()
    torch.optim.SGD(model.parameters(), lr).step()
    return loss.item()


@wrong("sum over the images")
def train_step_sum(model, images, labels, lr):
    model.zero_grad()
    loss = F.cross_entropy(model(images), labels, reduction="sum")
    loss.backward()
    torch.optim.SGD(model.parameters(), lr).step()
    return loss.item()


@wrong("inside torch.no_grad()")
def train_step_records_the_update(model, images, labels, lr):
    model.zero_grad()
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    for weights in model.parameters():
        weights -= lr * weights.grad
    return loss.item()


@wrong("others not at all")
def train_step_without_biases(model, images, labels, lr):
    model.zero_grad()
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    with torch.no_grad():
        for name, weights in model.named_parameters():
            if "weight" in name:
                weights -= lr * weights.grad
    return loss.item()


@right
def train_step_optimizer(model, images, labels, lr):
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    optimizer.zero_grad()
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    optimizer.step()
    return loss.item()


@right
def train_step_data(model, images, labels, lr):
    for weights in model.parameters():
        weights.grad = None
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    for weights in model.parameters():
        weights.data = weights.data - lr * weights.grad
    return float(loss.detach())


@right
def train_step_autograd(model, images, labels, lr):
    weights = tuple(model.parameters())
    loss = F.nll_loss(model(images).log_softmax(dim=1), labels)
    with torch.no_grad():
        for w, g in zip(weights, torch.autograd.grad(loss, weights), strict=True):
            w.sub_(g, alpha=lr)
    return loss.item()


@wrong("how many are right")
def accuracy_counts(model, images, labels):
    was = model.training
    model.eval()
    right_ones = (model(images).argmax(1) == labels).sum().item()
    model.train(was)
    return float(right_ones)


@wrong("percentage")
def accuracy_percent(model, images, labels):
    was = model.training
    model.eval()
    share = (model(images).argmax(1) == labels).float().mean().item()
    model.train(was)
    return 100 * share


@wrong("wrong")
def accuracy_errors(model, images, labels):
    was = model.training
    model.eval()
    share = (model(images).argmax(1) != labels).float().mean().item()
    model.train(was)
    return share


@wrong("asked in train mode")
def accuracy_in_train_mode(model, images, labels):
    return (model(images).argmax(1) == labels).float().mean().item()


@wrong("not in the mode")
def accuracy_leaves_eval(model, images, labels):
    model.eval()
    return (model(images).argmax(1) == labels).float().mean().item()


@wrong("not in the mode")
def accuracy_always_trains_afterwards(model, images, labels):
    model.eval()
    share = (model(images).argmax(1) == labels).float().mean().item()
    model.train()
    return share


@wrong(".item()")
def accuracy_tensor(model, images, labels):
    was = model.training
    model.eval()
    share = (model(images).argmax(1) == labels).float().mean()
    model.train(was)
    return share


@wrong("hard-coded batch size")
def accuracy_eleven(model, images, labels):
    was = model.training
    model.eval()
    share = (model(images).argmax(1) == labels).sum().item() / 11
    model.train(was)
    return share


@right
def accuracy_loop(model, images, labels):
    was = model.training
    model.eval()
    hits = 0
    with torch.no_grad():
        for image, label in zip(images, labels, strict=True):
            hits += int(model(image[None])[0].argmax()) == int(label)
    model.train(was)
    return hits / len(labels)


@right
def accuracy_try(model, images, labels):
    before = model.training
    try:
        with torch.inference_mode():
            return torch.eq(model.eval()(images).max(dim=1).indices, labels).double().mean().item()
    finally:
        model.train(before)


@right
def accuracy_topk(model, images, labels):
    was = model.training
    model.train(False)
    best = model(images).softmax(1).topk(1).indices[:, 0]
    model.train(was)
    return sum(b == t for b, t in zip(best.tolist(), labels.tolist(), strict=True)) / labels.numel()
