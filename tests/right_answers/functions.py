"""Right answers that are no change of the reference: each must pass its check."""

import torch
from torch.nn import functional as F


def repair_training_optimizer(model, images, labels, lr, momentum, steps):
    sgd, losses = torch.optim.SGD(model.parameters(), lr=lr, momentum=momentum), []
    for _ in range(steps):
        sgd.zero_grad()
        loss = F.cross_entropy(model(images), labels)
        loss.backward()
        sgd.step()
        losses.append(float(loss))
    return losses


def ascend_until_optimizer(model, image, target, lr, confidence=0.95, max_steps=500):
    pixels, steps = torch.nn.Parameter(image.detach().clone()), 0
    sgd = torch.optim.SGD([pixels], lr=lr, maximize=True)
    while steps < max_steps and model(pixels).log_softmax(1)[0, target].exp() < confidence:
        sgd.zero_grad()
        model(pixels)[:, target].sum().backward()
        sgd.step()
        steps += 1
    return pixels, steps


def least_change_two_at_a_time(model, image, other, target, tolerance=1e-3):
    low, width = 0.0, 1.0
    while width > tolerance:
        ts = [low + width * part / 3 for part in (1, 2)]
        p = model(torch.cat([image + t * (other - image) for t in ts])).softmax(1)[:, target]
        low, width = low + width / 3 * int((p < 0.5).sum()), width / 3
    return low + width / 2


def jitter_indexed(image, max_shift, generator):
    a, b = ((torch.rand(2, generator=generator) * (2 * max_shift + 1)).floor().int() - max_shift).tolist()
    rows, columns = (torch.arange(size) - s for size, s in ((image.shape[2], a), (image.shape[3], b)))
    return image[:, :, rows % image.shape[2]][..., columns % image.shape[3]]


def radial_spectrum_counted(image):
    strength = torch.fft.rfft2(image).abs()
    ky = torch.tensor([min(y, len(image) - y) for y in range(len(image))])
    ring = torch.hypot(ky[:, None].double(), torch.arange(strength.shape[1])[None].double()).round().long().flatten()
    total = torch.zeros(int(ring.max()) + 1, dtype=image.dtype).index_add(0, ring, strength.flatten())
    return (total / ring.bincount())[: min(image.shape) // 2 + 1]


def contributions_plain_python(features, weight, target, k):
    parts = [f * w for f, w in zip(features.tolist(), weight[target].tolist(), strict=True)]
    order = sorted(range(len(parts)), key=lambda n: -parts[n])[:k]
    return order, sum(parts[n] for n in order) / sum(p for p in parts if p > 0)


def most_active_batches(model, layer, images, channel, k):
    means = []
    with layer.register_forward_hook(lambda module, inputs, output: means.append(output[:, channel].mean((1, 2)))):
        for batch in images.split(4):
            model(batch)
    return sorted(range(len(images)), key=lambda n: -torch.cat(means)[n].item())[:k]


def neuron_image_backward_in_the_hook(model, layer, channel, lr, steps, size):
    image = torch.zeros(1, 3, size, size, requires_grad=True)
    with layer.register_forward_hook(lambda module, inputs, output: output.clone()[:, channel].mean().backward()):
        for _ in range(steps):
            image.grad = None
            model(image)
            with torch.no_grad():
                image += lr * image.grad / (image.grad.norm() + 1e-12)
    return image


def record_with_handle(model, layer, images):
    kept = {}
    with layer.register_forward_hook(lambda module, inputs, output: kept.update(a=output * 1)):
        model(images)
    return kept["a"]


def pgd_change_only(model, image, target, epsilon, step, steps):
    change = torch.zeros_like(image, requires_grad=True)
    for _ in range(steps):
        change.grad = None
        (-model(image + change).log_softmax(1)[:, target].sum()).backward()
        with torch.no_grad():
            change -= step / 255 * change.grad.sign()
            change.clamp_(-epsilon / 255, epsilon / 255)
            change.copy_((image + change).clamp(0, 1) - image)
    return (image + change).detach()


def survives_saving_by_numpy(model, image, target):
    levels = torch.from_numpy((image * 255).numpy().round().astype("uint8"))
    scores = model(levels.float() / 255)[0].tolist()
    return max(range(len(scores)), key=scores.__getitem__) == target


def transfer_stacked(models, images, target):
    hits = [[model(batch).max(1).indices.eq(target) for model in models] for batch in images]
    return torch.tensor([[hit.sum().item() / len(hit) for hit in row] for row in hits])


def smoothed_map_one_by_one(model, image, target, noise):
    total = torch.zeros_like(image)
    for one in noise:
        noisy = (image + one).clamp(0, 1).requires_grad_()
        model(noisy[None])[0, target].backward()
        total += noisy.grad
    return (total / len(noise)).abs().max(dim=0).values


def invert_layer_optimizer(features, wanted, images, lr, steps):
    pixels, losses = torch.nn.Parameter(images.detach().clone()), torch.zeros(steps, len(images), dtype=images.dtype)
    sgd = torch.optim.SGD([pixels], lr=lr)
    for step in range(steps):
        sgd.zero_grad()
        ratios = [(a - b).norm() ** 2 / b.norm() ** 2 for a, b in zip(features(pixels), wanted, strict=True)]
        sum(ratios).backward()
        sgd.step()
        pixels.data.clamp_(0, 1)
        losses[step] = torch.stack(ratios).detach()
    return pixels.detach(), losses


def sparse_code_row_by_row(vectors, directions, active):
    z = torch.zeros(len(vectors), len(directions), dtype=vectors.dtype)
    for row, vector in zip(z, vectors, strict=True):
        products = (directions @ vector).tolist()
        for k in sorted(range(len(products)), key=products.__getitem__)[-active:]:
            row[k] = max(products[k], 0)
    return z


def repair_deletion_masked(model, image, filler, target, values, random_values, share):
    def fall(order):
        last = order.flatten().sort(descending=True).values[round(share * order.numel()) - 1]
        mask = F.interpolate((order >= last).float()[None, None], image.shape[1:])[0, 0] > 0
        odds = [model(one[None])[0].double().softmax(0)[target].logit() for one in (image, image.where(~mask, filler))]
        return (odds[0] - odds[1]).item()

    return fall(values) - sum(map(fall, random_values)) / len(random_values)


RIGHT = {
    "repair_training": [repair_training_optimizer],
    "ascend_until": [ascend_until_optimizer],
    "least_change": [least_change_two_at_a_time],
    "jitter": [jitter_indexed],
    "radial_spectrum": [radial_spectrum_counted],
    "contributions": [contributions_plain_python],
    "most_active": [most_active_batches],
    "neuron_image": [neuron_image_backward_in_the_hook],
    "record": [record_with_handle],
    "pgd": [pgd_change_only],
    "survives_saving": [survives_saving_by_numpy],
    "transfer": [transfer_stacked],
    "smoothed_map": [smoothed_map_one_by_one],
    "invert_layer": [invert_layer_optimizer],
    "sparse_code": [sparse_code_row_by_row],
    "repair_deletion": [repair_deletion_masked],
}
