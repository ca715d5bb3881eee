"""Answers to notebook 06, fool the network."""

import io

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

from . import right, wrong


@wrong("makes the label more likely")
def fgsm_minus(model, image, label, epsilon):
    image = image.clone().requires_grad_()
    loss = F.cross_entropy(model(image), torch.full((len(image),), label))
    return (image - epsilon * torch.autograd.grad(loss, image)[0].sign()).clamp(0, 1).detach()


@wrong("below 0 or above 1")
def fgsm_not_clamped(model, image, label, epsilon):
    image = image.clone().requires_grad_()
    loss = F.cross_entropy(model(image), torch.full((len(image),), label))
    return (image + epsilon * torch.autograd.grad(loss, image)[0].sign()).detach()


@wrong("below 0 or above 1")
def fgsm_clamped_before(model, image, label, epsilon):
    image = image.clone().requires_grad_()
    loss = F.cross_entropy(model(image), torch.full((len(image),), label))
    return (image.clamp(0, 1) + epsilon * torch.autograd.grad(loss, image)[0].sign()).detach()


@wrong("only the sign of the gradient counts")
def fgsm_without_sign(model, image, label, epsilon):
    image = image.clone().requires_grad_()
    loss = F.cross_entropy(model(image), torch.full((len(image),), label), reduction="sum")
    return (image + epsilon * torch.autograd.grad(loss, image)[0]).clamp(0, 1).detach()


@wrong("follows the score, not the loss")
def fgsm_score(model, image, label, epsilon):
    image = image.clone().requires_grad_()
    gradient = torch.autograd.grad(model(image)[:, label].sum(), image)[0]
    return (image - epsilon * gradient.sign()).clamp(0, 1).detach()


@wrong("computed from probabilities")
def fgsm_softmax_twice(model, image, label, epsilon):
    image = image.clone().requires_grad_()
    loss = F.cross_entropy(model(image).softmax(1), torch.full((len(image),), label))
    return (image + epsilon * torch.autograd.grad(loss, image)[0].sign()).clamp(0, 1).detach()


@wrong("Cut each step off with detach()")
def fgsm_keeps_graph(model, image, label, epsilon):
    image = image.clone().requires_grad_()
    loss = F.cross_entropy(model(image), torch.full((len(image),), label))
    return (image + epsilon * torch.autograd.grad(loss, image)[0].sign()).clamp(0, 1)


@wrong("raised ValueError")
def fgsm_hard_coded_batch(model, image, label, epsilon):
    image = image.clone().requires_grad_()
    loss = F.cross_entropy(model(image), torch.tensor([label]))
    return (image + epsilon * torch.autograd.grad(loss, image)[0].sign()).clamp(0, 1).detach()


@wrong("Every image has a label")
def fgsm_first_image_only(model, image, label, epsilon):
    image = image.clone().requires_grad_()
    loss = F.cross_entropy(model(image)[:1], torch.tensor([label]))
    return (image + epsilon * torch.autograd.grad(loss, image)[0].sign()).clamp(0, 1).detach()


@wrong("switches requires_grad of its input")
def fgsm_on_the_original(model, image, label, epsilon):
    image.requires_grad_()
    loss = F.cross_entropy(model(image), torch.full((len(image),), label))
    gradient = torch.autograd.grad(loss, image)[0]
    return (image.detach() + epsilon * gradient.sign()).clamp(0, 1)


@wrong("Each pixel moves by epsilon")
def fgsm_epsilon_of_255(model, image, label, epsilon):
    image = image.clone().requires_grad_()
    loss = F.cross_entropy(model(image), torch.full((len(image),), label))
    return (image + epsilon / 255 * torch.autograd.grad(loss, image)[0].sign()).clamp(0, 1).detach()


@right
def fgsm_backward(model, image, label, epsilon):
    new = image.clone().detach().requires_grad_()
    F.cross_entropy(model(new), torch.full((len(new),), label)).backward()
    with torch.no_grad():
        return torch.clamp(new + epsilon * torch.sign(new.grad), 0, 1)


@right
def fgsm_log_softmax(model, image, label, epsilon):
    leaf = image.detach().requires_grad_()
    loss = -model(leaf).log_softmax(dim=1)[:, label].sum()
    gradient = torch.autograd.grad(loss, leaf)[0]
    return image + (image + epsilon * gradient.sign()).clamp(0, 1) - image


@right
def fgsm_minimum(model, image, label, epsilon):
    leaf = image.detach().clone().requires_grad_()
    labels = torch.tensor([label] * len(leaf))
    F.nll_loss(F.log_softmax(model(leaf), 1), labels).backward()
    direction = (leaf.grad > 0).to(image.dtype) - (leaf.grad < 0).to(image.dtype)
    return image.add(direction, alpha=epsilon).clip(min=0.0, max=1.0)


@wrong("makes the target less likely")
def targeted_step_plus(model, image, target, step):
    image = image.clone().requires_grad_()
    loss = F.cross_entropy(model(image), torch.full((len(image),), target))
    return (image + step * torch.autograd.grad(loss, image)[0].sign()).detach()


@wrong("pixels were clamped")
def targeted_step_clamps(model, image, target, step):
    image = image.clone().requires_grad_()
    loss = F.cross_entropy(model(image), torch.full((len(image),), target))
    return (image - step * torch.autograd.grad(loss, image)[0].sign()).clamp(0, 1).detach()


@wrong("Only the sign of the gradient counts")
def targeted_step_without_sign(model, image, target, step):
    image = image.clone().requires_grad_()
    loss = F.cross_entropy(model(image), torch.full((len(image),), target), reduction="sum")
    return (image - step * torch.autograd.grad(loss, image)[0]).detach()


@wrong("follows the score, not the loss")
def targeted_step_score(model, image, target, step):
    image = image.clone().requires_grad_()
    return (image + step * torch.autograd.grad(model(image)[:, target].sum(), image)[0].sign()).detach()


@wrong("without the image")
def targeted_step_only_the_step(model, image, target, step):
    image = image.clone().requires_grad_()
    loss = F.cross_entropy(model(image), torch.full((len(image),), target))
    return -step * torch.autograd.grad(loss, image)[0].sign()


@wrong("Cut each step off with detach()")
def targeted_step_keeps_graph(model, image, target, step):
    image = image.clone().requires_grad_()
    loss = F.cross_entropy(model(image), torch.full((len(image),), target))
    return image - step * torch.autograd.grad(loss, image)[0].sign()


@wrong("Each pixel moves by step")
def targeted_step_of_one(model, image, target, step):
    image = image.clone().requires_grad_()
    loss = F.cross_entropy(model(image), torch.full((len(image),), target))
    return (image - torch.autograd.grad(loss, image)[0].sign()).detach()


@wrong("requires_grad_() is missing")
def targeted_step_no_leaf(model, image, target, step):
    loss = F.cross_entropy(model(image), torch.full((len(image),), target))
    return (image - step * torch.autograd.grad(loss, image)[0].sign()).detach()


@wrong("changed its argument image")
def targeted_step_in_place(model, image, target, step):
    leaf = image.clone().requires_grad_()
    loss = F.cross_entropy(model(leaf), torch.full((len(leaf),), target))
    image -= step * torch.autograd.grad(loss, leaf)[0].sign()
    return image


@right
def targeted_step_log_probability(model, image, target, step):
    leaf = image.detach().clone().requires_grad_()
    model(leaf).log_softmax(1)[:, target].sum().backward()
    return image + step * leaf.grad.sign()


@right
def targeted_step_no_grad(model, image, target, step):
    leaf = image.detach().clone().requires_grad_()
    F.cross_entropy(model(leaf), torch.full((len(leaf),), target)).backward()
    with torch.no_grad():
        return leaf.sub(leaf.grad.sign(), alpha=step)


@right
def targeted_step_one_by_one(model, image, target, step):
    new = []
    for one in image:
        leaf = one[None].clone().requires_grad_()
        loss = F.cross_entropy(model(leaf), torch.tensor([target]))
        new.append(one - step * torch.autograd.grad(loss, leaf)[0][0].sign())
    return torch.stack(new)


@wrong("values in [0, 1] as well")
def project_linf_epsilon_only(adversarial, original, epsilon):
    return original + (adversarial - original).clamp(-epsilon, epsilon)


@wrong("further than epsilon")
def project_linf_pixels_only(adversarial, original, epsilon):
    return adversarial.clamp(0, 1)


@wrong("without the original")
def project_linf_change(adversarial, original, epsilon):
    return (adversarial - original).clamp(-epsilon, epsilon)


@wrong("around the adversarial image")
def project_linf_wrong_centre(adversarial, original, epsilon):
    return original.clamp(adversarial - epsilon, adversarial + epsilon).clamp(0, 1)


@wrong("L∞ is the largest change")
def project_linf_l2(adversarial, original, epsilon):
    change = adversarial - original
    return (original + change * (epsilon / change.norm()).clamp_max(1)).clamp(0, 1)


@wrong("on one side only")
def project_linf_one_side(adversarial, original, epsilon):
    return (original + (adversarial - original).clamp(max=epsilon)).clamp(0, 1)


@wrong("values in [0, 1] as well")
def project_linf_clamped_before(adversarial, original, epsilon):
    return original.clamp(0, 1) + (adversarial - original).clamp(-epsilon, epsilon)


@wrong("changed its argument adversarial")
def project_linf_in_place(adversarial, original, epsilon):
    adversarial.sub_(original).clamp_(-epsilon, epsilon).add_(original).clamp_(0, 1)
    return adversarial


@right
def project_linf_minmax(adversarial, original, epsilon):
    return torch.maximum(torch.minimum(adversarial, original + epsilon), original - epsilon).clamp(0, 1)


@right
def project_linf_bounds(adversarial, original, epsilon):
    low, high = (original - epsilon).clamp_min(0), (original + epsilon).clamp_max(1)
    return adversarial.clamp(low, high)


@right
def project_linf_pixels_first(adversarial, original, epsilon):
    change = adversarial.clip(0, 1) - original
    return original + change.clip(-epsilon, epsilon)


@wrong("make the target less likely")
def pgd_away(model, image, target, epsilon, step, steps):
    new, labels = image, torch.full((len(image),), target)
    for _ in range(steps):
        leaf = new.clone().requires_grad_()
        gradient = torch.autograd.grad(F.cross_entropy(model(leaf), labels), leaf)[0]
        new = new + step * gradient.sign()
        new = (image + (new - image).clamp(-epsilon, epsilon)).clamp(0, 1)
    return new


@wrong("Project after every step")
def pgd_never_projected(model, image, target, epsilon, step, steps):
    new, labels = image, torch.full((len(image),), target)
    for _ in range(steps):
        leaf = new.clone().requires_grad_()
        gradient = torch.autograd.grad(F.cross_entropy(model(leaf), labels), leaf)[0]
        new = new - step * gradient.sign()
    return new


@wrong("not of the image before the step")
def pgd_drifts(model, image, target, epsilon, step, steps):
    labels = torch.full((len(image),), target)
    for _ in range(steps):
        leaf = image.clone().requires_grad_()
        gradient = torch.autograd.grad(F.cross_entropy(model(leaf), labels), leaf)[0]
        new = image - step * gradient.sign()
        image = (image + (new - image).clamp(-epsilon, epsilon)).clamp(0, 1)
    return image


@wrong("after all steps")
def pgd_projected_at_the_end(model, image, target, epsilon, step, steps):
    new, labels = image, torch.full((len(image),), target)
    for _ in range(steps):
        leaf = new.clone().requires_grad_()
        gradient = torch.autograd.grad(F.cross_entropy(model(leaf), labels), leaf)[0]
        new = new - step * gradient.sign()
    return (image + (new - image).clamp(-epsilon, epsilon)).clamp(0, 1)


@wrong("exactly steps steps")
def pgd_one_step(model, image, target, epsilon, step, steps):
    leaf, labels = image.clone().requires_grad_(), torch.full((len(image),), target)
    gradient = torch.autograd.grad(F.cross_entropy(model(leaf), labels), leaf)[0]
    new = image - step * gradient.sign()
    return (image + (new - image).clamp(-epsilon, epsilon)).clamp(0, 1)


@wrong("do not have the size step")
def pgd_steps_of_epsilon(model, image, target, epsilon, step, steps):
    new, labels = image, torch.full((len(image),), target)
    for _ in range(steps):
        leaf = new.clone().requires_grad_()
        gradient = torch.autograd.grad(F.cross_entropy(model(leaf), labels), leaf)[0]
        new = new - epsilon * gradient.sign()
        new = (image + (new - image).clamp(-epsilon, epsilon)).clamp(0, 1)
    return new


@wrong("Only the sign of the gradient counts")
def pgd_without_sign(model, image, target, epsilon, step, steps):
    new, labels = image, torch.full((len(image),), target)
    for _ in range(steps):
        leaf = new.clone().requires_grad_()
        gradient = torch.autograd.grad(F.cross_entropy(model(leaf), labels, reduction="sum"), leaf)[0]
        new = new - step * gradient
        new = (image + (new - image).clamp(-epsilon, epsilon)).clamp(0, 1)
    return new


@wrong("Use the cross-entropy of the target")
def pgd_score(model, image, target, epsilon, step, steps):
    new = image
    for _ in range(steps):
        leaf = new.clone().requires_grad_()
        gradient = torch.autograd.grad(model(leaf)[:, target].sum(), leaf)[0]
        new = new + step * gradient.sign()
        new = (image + (new - image).clamp(-epsilon, epsilon)).clamp(0, 1)
    return new


@wrong("No random start")
def pgd_random_start(model, image, target, epsilon, step, steps):
    noise = torch.rand(image.shape, generator=torch.Generator().manual_seed(0))
    new, labels = (image + epsilon * (2 * noise - 1)).clamp(0, 1), torch.full((len(image),), target)
    for _ in range(steps):
        leaf = new.clone().requires_grad_()
        gradient = torch.autograd.grad(F.cross_entropy(model(leaf), labels), leaf)[0]
        new = new - step * gradient.sign()
        new = (image + (new - image).clamp(-epsilon, epsilon)).clamp(0, 1)
    return new


@right
def pgd_bounds(model, image, target, epsilon, step, steps):
    low, high = (image - epsilon).clamp(0, 1), (image + epsilon).clamp(0, 1)
    new, labels = image.clone(), torch.full((len(image),), target)
    for _ in range(steps):
        new.requires_grad_()
        gradient = torch.autograd.grad(F.cross_entropy(model(new), labels), new)[0]
        new = torch.minimum(torch.maximum(new.detach() - step * gradient.sign(), low), high)
    return new


@right
def pgd_change(model, image, target, epsilon, step, steps):
    change = torch.zeros_like(image, requires_grad=True)
    for _ in range(steps):
        change.grad = None
        (-model(image + change).log_softmax(1)[:, target].sum()).backward()
        with torch.no_grad():
            change -= step * change.grad.sign()
            change.clamp_(-epsilon, epsilon)
            change.copy_((image + change).clamp(0, 1) - image)
    return (image + change).detach()


@right
def pgd_backward(model, image, target, epsilon, step, steps):
    adversarial = image.detach().clone()
    labels = torch.tensor([target] * len(image))
    for _ in range(steps):
        adversarial.requires_grad_()
        F.cross_entropy(model(adversarial), labels).backward()
        with torch.no_grad():
            adversarial = adversarial - step * adversarial.grad.sign()
            adversarial = adversarial.clamp(image - epsilon, image + epsilon).clamp(0, 1)
    return adversarial.detach()


@wrong("Round first")
def survives_saving_cut_off(model, image, target):
    saved = (image * 255).to(torch.uint8).float() / 255
    return model(saved).argmax(1).item() == target


@wrong("Round the pixels")
def survives_saving_not_rounded(model, image, target):
    return model(image).argmax(1).item() == target


@wrong("not True or False")
def survives_saving_tensor(model, image, target):
    saved = (image * 255).round() / 255
    return model(saved).argmax(1) == target


@wrong("divide by 255")
def survives_saving_levels(model, image, target):
    return model((image * 255).round()).argmax(1).item() == target


@wrong("with a low probability")
def survives_saving_only_if_sure(model, image, target):
    saved = (image * 255).round() / 255
    return model(saved).softmax(1)[0, target].item() > 0.5


@wrong("Is the target the class with the highest score?")
def survives_saving_always(model, image, target):
    return True


@wrong("Is the target the class with the highest score?")
def survives_saving_the_opposite(model, image, target):
    saved = (image * 255).round() / 255
    return model(saved).argmax(1).item() != target


@wrong("changed its argument image")
def survives_saving_in_place(model, image, target):
    image.mul_(255).round_().div_(255)
    return model(image).argmax(1).item() == target


@right
def survives_saving_uint8(model, image, target):
    saved = (image * 255 + 0.5).clamp(0, 255).to(torch.uint8)
    return bool(model(saved.float() / 255)[0].argmax() == target)


@right
def survives_saving_png(model, image, target):
    array = np.rint(image[0].permute(1, 2, 0).numpy() * 255).astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(array).save(file, format="PNG")
    loaded = torch.from_numpy(np.array(Image.open(file))).permute(2, 0, 1)[None].float() / 255
    return int(model(loaded).argmax()) == target


@right
def survives_saving_decimals(model, image, target):
    with torch.no_grad():
        scores = model(image.mul(255).round().div(255))[0].tolist()
    return max(range(len(scores)), key=scores.__getitem__) == target
