"""Answers to notebook 04, make it look like an image."""

import torch
import torch.nn.functional as F

from . import right, wrong


@wrong("with the root")
def l2_penalty_norm(image):
    return image.norm()


@wrong("mean of the squares")
def l2_penalty_mean(image):
    return image.square().mean()


@wrong("absolute values")
def l2_penalty_l1(image):
    return image.abs().sum()


@wrong("gradient is cut off")
def l2_penalty_on_data(image):
    return image.data.square().sum()


@wrong("plain number has forgotten")
def l2_penalty_item(image):
    return image.square().sum().item()


@wrong("more than one number")
def l2_penalty_per_image(image):
    return image.square().sum((1, 2, 3))


@wrong("mean of the squares")
def l2_penalty_half_mean(image):
    return image.square().sum() / 2


@wrong("penalty is negative")
def l2_penalty_negative(image):
    return -image.square().sum()


@wrong("added before they are squared")
def l2_penalty_sum_first(image):
    return image.sum() ** 2


@right
def l2_penalty_power(image):
    return torch.sum(image**2)


@right
def l2_penalty_dot(image):
    return image.flatten() @ image.flatten()


@right
def l2_penalty_norm_squared(image):
    return torch.linalg.vector_norm(image).square()


@wrong("Only one direction")
def total_variation_rows(image):
    return (image[:, :, 1:] - image[:, :, :-1]).abs().mean()


@wrong("The differences are added")
def total_variation_sum(image):
    return image.diff(dim=2).abs().sum() + image.diff(dim=3).abs().sum()


@wrong("differences are squared")
def total_variation_squares(image):
    return image.diff(dim=2).square().mean() + image.diff(dim=3).square().mean()


@wrong("up and down cancel")
def total_variation_signed(image):
    return image.diff(dim=2).mean() + image.diff(dim=3).mean()


@wrong("Channels or images were compared")
def total_variation_wrong_axes(image):
    return image.diff(dim=1).abs().mean() + image.diff(dim=2).abs().mean()


@wrong("roll() goes around the edge")
def total_variation_roll(image):
    return (image - image.roll(1, 2)).abs().mean() + (image - image.roll(1, 3)).abs().mean()


@wrong("averaged")
def total_variation_halved(image):
    return (image.diff(dim=2).abs().mean() + image.diff(dim=3).abs().mean()) / 2


@wrong("plain number has forgotten")
def total_variation_item(image):
    return image.diff(dim=2).abs().mean().item() + image.diff(dim=3).abs().mean().item()


@wrong("gradient is cut off")
def total_variation_detached(image):
    image = image.detach()
    return image.diff(dim=2).abs().mean() + image.diff(dim=3).abs().mean()


@right
def total_variation_diff(image):
    return image.diff(dim=2).abs().mean() + image.diff(dim=3).abs().mean()


@right
def total_variation_l1_loss(image):
    return F.l1_loss(image[..., 1:, :], image[..., :-1, :]) + F.l1_loss(image[..., :, :-1], image[..., :, 1:])


@right
def total_variation_sums(image):
    n, c, h, w = image.shape
    down = (image[:, :, 1:] - image[:, :, :-1]).abs().sum() / (n * c * (h - 1) * w)
    across = (image[:, :, :, 1:] - image[:, :, :, :-1]).abs().sum() / (n * c * h * (w - 1))
    return down + across


@wrong("do not come from generator")
def jitter_global(image, max_shift, generator):
    a, b = torch.randint(-max_shift, max_shift + 1, (2,)).tolist()
    return image.roll((a, b), (2, 3))


@wrong("some shifts never come")
def jitter_never_the_last(image, max_shift, generator):
    if max_shift == 0:
        return image.clone()
    a, b = torch.randint(-max_shift, max_shift, (2,), generator=generator).tolist()
    return image.roll((a, b), (2, 3))


@wrong("some shifts never come")
def jitter_one_way(image, max_shift, generator):
    a, b = torch.randint(0, max_shift + 1, (2,), generator=generator).tolist()
    return image.roll((a, b), (2, 3))


@wrong("Images or channels were mixed")
def jitter_wrong_axes(image, max_shift, generator):
    a, b = torch.randint(-max_shift, max_shift + 1, (2,), generator=generator).tolist()
    return image.roll((a, b), (1, 2))


@wrong("one direction only")
def jitter_one_axis(image, max_shift, generator):
    a = torch.randint(-max_shift, max_shift + 1, (1,), generator=generator).item()
    return image.roll(a, 2)


@wrong("always shifted alike")
def jitter_same_shift(image, max_shift, generator):
    a = torch.randint(-max_shift, max_shift + 1, (1,), generator=generator).item()
    return image.roll((a, a), (2, 3))


@wrong("at the edge")
def jitter_pads(image, max_shift, generator):
    a, b = torch.randint(-max_shift, max_shift + 1, (2,), generator=generator).tolist()
    return F.pad(image, (b, -b, a, -a))


@wrong("gradient is cut off")
def jitter_detached(image, max_shift, generator):
    a, b = torch.randint(-max_shift, max_shift + 1, (2,), generator=generator).tolist()
    return image.detach().roll((a, b), (2, 3))


@wrong("max_shift is 2")
def jitter_too_far(image, max_shift, generator):
    a, b = torch.randint(-2 * max_shift, 2 * max_shift + 1, (2,), generator=generator).tolist()
    return image.roll((a, b), (2, 3))


@wrong("shifted differently")
def jitter_each_image(image, max_shift, generator):
    shifts = torch.randint(-max_shift, max_shift + 1, (len(image), 2), generator=generator).tolist()
    return torch.stack([one.roll(shift, (1, 2)) for one, shift in zip(image, shifts, strict=True)])


@wrong("always the same")
def jitter_seeds(image, max_shift, generator):
    generator.manual_seed(0)
    a, b = torch.randint(-max_shift, max_shift + 1, (2,), generator=generator).tolist()
    return image.roll((a, b), (2, 3))


@right
def jitter_two_draws(image, max_shift, generator):
    across = int(torch.randint(-max_shift, max_shift + 1, (), generator=generator))
    down = int(torch.randint(-max_shift, max_shift + 1, (), generator=generator))
    return torch.roll(image, shifts=(down, across), dims=(-2, -1))


@right
def jitter_index(image, max_shift, generator):
    a, b = (torch.randint(0, 2 * max_shift + 1, (2,), generator=generator) - max_shift).tolist()
    rows = (torch.arange(image.shape[2]) - a) % image.shape[2]
    columns = (torch.arange(image.shape[3]) - b) % image.shape[3]
    return image[:, :, rows][:, :, :, columns]


@right
def jitter_rand(image, max_shift, generator):
    width = 2 * max_shift + 1
    a, b = ((torch.rand(2, generator=generator) * width).floor().int() - max_shift).tolist()
    return image.roll(a, 2).roll(b, 3)


@wrong("The large pixels are set to zero")
def clip_small_norm_large(image, percentile):
    norm = image.norm(dim=1, keepdim=True)
    return image * (norm < norm.flatten(1).quantile(percentile / 100, dim=1).view(-1, 1, 1, 1))


@wrong("Each image has its own percentile")
def clip_small_norm_whole_batch(image, percentile):
    norm = image.norm(dim=1, keepdim=True)
    return image * (norm >= norm.quantile(percentile / 100))


@wrong("Channels are judged one by one")
def clip_small_norm_channels(image, percentile):
    size = image.abs()
    return image * (size >= size.flatten(1).quantile(percentile / 100, dim=1).view(-1, 1, 1, 1))


@wrong("not its L2 norm")
def clip_small_norm_l1(image, percentile):
    norm = image.abs().sum(1, keepdim=True)
    return image * (norm >= norm.flatten(1).quantile(percentile / 100, dim=1).view(-1, 1, 1, 1))


@wrong("share of the largest")
def clip_small_norm_of_max(image, percentile):
    norm = image.norm(dim=1, keepdim=True)
    return image * (norm >= percentile / 100 * norm.amax((2, 3), keepdim=True))


@wrong("raised RuntimeError")
def clip_small_norm_percent(image, percentile):
    norm = image.norm(dim=1, keepdim=True)
    return image * (norm >= norm.flatten(1).quantile(float(percentile), dim=1).view(-1, 1, 1, 1))


@wrong("counted from the top")
def clip_small_norm_from_top(image, percentile):
    norm = image.norm(dim=1, keepdim=True)
    return image * (norm >= norm.flatten(1).quantile(1 - percentile / 100, dim=1).view(-1, 1, 1, 1))


@wrong("which pixels stay, not the image")
def clip_small_norm_mask(image, percentile):
    norm = image.norm(dim=1, keepdim=True)
    keep = norm >= norm.flatten(1).quantile(percentile / 100, dim=1).view(-1, 1, 1, 1)
    return keep.float().expand_as(image)


@wrong("changed its argument image")
def clip_small_norm_in_place(image, percentile):
    norm = image.norm(dim=1, keepdim=True)
    image *= norm >= norm.flatten(1).quantile(percentile / 100, dim=1).view(-1, 1, 1, 1)
    return image


@wrong("not what is at it")
def clip_small_norm_at_the_threshold(image, percentile):
    norm = image.norm(dim=1, keepdim=True)
    threshold = norm.flatten(1).quantile(percentile / 100, dim=1).view(-1, 1, 1, 1)
    return image * (norm > threshold) if percentile == 0 else image * (norm >= threshold)


@right
def clip_small_norm_where(image, percentile):
    norm = image.square().sum(1, keepdim=True).sqrt()
    threshold = torch.stack([torch.quantile(n.flatten(), percentile / 100) for n in norm])
    return torch.where(norm < threshold[:, None, None, None], torch.zeros_like(image), image)


@right
def clip_small_norm_loop(image, percentile):
    new = image.detach().clone()
    for one in new:
        norm = one.norm(dim=0)
        one[:, norm < norm.flatten().quantile(percentile / 100)] = 0
    return new


@right
def clip_small_norm_masked_fill(image, percentile):
    norm = torch.linalg.vector_norm(image, dim=1)
    threshold = norm.view(len(image), -1).quantile(percentile / 100, dim=-1, keepdim=True)[:, :, None]
    return image.masked_fill((norm < threshold)[:, None], 0.0)


@wrong("frequency 0 gives inf")
def frequency_scale_infinite(height, width, decay):
    return 1 / torch.hypot(torch.fft.fftfreq(height)[:, None], torch.fft.rfftfreq(width)[None]) ** decay


@wrong("Both axes have all their frequencies")
def frequency_scale_full(height, width, decay):
    f = torch.hypot(torch.fft.fftfreq(height)[:, None], torch.fft.fftfreq(width)[None])
    return 1 / f.clamp_min(1 / max(height, width)) ** decay


@wrong("Height and width are in the wrong order")
def frequency_scale_swapped(height, width, decay):
    f = torch.hypot(torch.fft.fftfreq(width)[:, None], torch.fft.rfftfreq(height)[None])
    return 1 / f.clamp_min(1 / max(height, width)) ** decay


@wrong("High frequencies get the large numbers")
def frequency_scale_inverse(height, width, decay):
    f = torch.hypot(torch.fft.fftfreq(height)[:, None], torch.fft.rfftfreq(width)[None])
    return f.clamp_min(1 / max(height, width)) ** decay


@wrong("decay is not used")
def frequency_scale_no_decay(height, width, decay):
    f = torch.hypot(torch.fft.fftfreq(height)[:, None], torch.fft.rfftfreq(width)[None])
    return 1 / f.clamp_min(1 / max(height, width))


@wrong("legs of a right triangle")
def frequency_scale_no_root(height, width, decay):
    f = torch.fft.fftfreq(height)[:, None] ** 2 + torch.fft.rfftfreq(width)[None] ** 2
    return 1 / f.clamp_min(1 / max(height, width)) ** decay


@wrong("one wave along the longer side")
def frequency_scale_shorter_side(height, width, decay):
    f = torch.hypot(torch.fft.fftfreq(height)[:, None], torch.fft.rfftfreq(width)[None])
    return 1 / f.clamp_min(1 / min(height, width)) ** decay


@wrong("Only one axis counts")
def frequency_scale_one_axis(height, width, decay):
    f = torch.fft.rfftfreq(width)[None].expand(height, -1)
    return 1 / f.clamp_min(1 / max(height, width)) ** decay


@wrong("NumPy knows neither")
def frequency_scale_numpy(height, width, decay):
    f = torch.hypot(torch.fft.fftfreq(height)[:, None], torch.fft.rfftfreq(width)[None])
    return (1 / f.clamp_min(1 / max(height, width)) ** decay).numpy()


@right
def frequency_scale_hypot(height, width, decay):
    f = torch.hypot(torch.fft.fftfreq(height)[:, None], torch.fft.rfftfreq(width)[None])
    return f.clamp(min=1 / max(height, width)) ** -decay


@right
def frequency_scale_maximum(height, width, decay):
    down, across = torch.meshgrid(torch.fft.fftfreq(height), torch.fft.rfftfreq(width), indexing="ij")
    f = (down**2 + across**2) ** 0.5
    return 1.0 / torch.maximum(f, torch.tensor(1.0 / max(height, width))) ** decay


@right
def frequency_scale_loops(height, width, decay):
    scale = torch.empty(height, width // 2 + 1)
    for y in range(height):
        for x in range(width // 2 + 1):
            f = ((min(y, height - y) / height) ** 2 + (x / width) ** 2) ** 0.5
            scale[y, x] = 1 / max(f, 1 / max(height, width)) ** decay
    return scale
