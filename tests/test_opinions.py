import math

import pytest
import torch

from vizlib import data
from vizlib.opinions import count_peaks, log_odds, opinion, probability_map


def test_a_network_is_asked_at_its_own_size_and_at_the_pictures():
    photo = data.photo("coffee", 160)
    said = opinion(photo, "cup", "efficientnet_lite2")
    enlarged = torch.nn.functional.interpolate(
        photo.mul(255).round().div(255)[None], (260, 260), mode="bilinear", antialias=True
    )
    assert said.probability == pytest.approx(
        opinion(enlarged.clamp(0, 1), "cup", "efficientnet_lite2").probability, abs=0.02
    )
    assert said.as_it_is.probability != said.probability
    assert "not resized" in str(said)
    assert opinion(data.photo("coffee", 260), "cup", "efficientnet_lite2").as_it_is is None


def test_log_odds_are_those_of_the_probability_and_do_not_saturate():
    photos = torch.stack([data.photo(name, 160) for name in ("coffee", "camera")])
    said = [opinion(photo, "espresso", "efficientnet_lite2").probability for photo in photos]
    assert log_odds(photos, "espresso").sigmoid().tolist() == pytest.approx(said, rel=1e-3)
    sure = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(3, 4, bias=False))
    with torch.no_grad():
        sure[1].weight.copy_(torch.tensor([200.0, 0, 0, -200])[:, None] / 3)
    for target, expected in ((0, 200 - math.log(2)), (3, -400)):  # softmax rounds these to 1 and 0
        assert log_odds(torch.ones(3, 1, 1), target, sure).item() == pytest.approx(expected, rel=1e-4)


def test_a_map_finds_the_object_where_it_was_put_also_across_the_edge():
    canvas = torch.full((3, 300, 400), 0.5)
    canvas[:, :150, :150] = data.photo("coffee", 150)
    for shift in ((0, 0), (100, 200), (200, 300)):  # the last is cut by the edge into four
        seen = probability_map(canvas.roll(shift, (1, 2)), "espresso", window=150, stride=50)
        assert seen.shape == (6, 8)
        found = divmod(seen.argmax().item(), 8)
        off = [abs(a - b // 50) for a, b in zip(found, shift, strict=True)]
        assert all(min(by, count - by) <= 1 for by, count in zip(off, seen.shape, strict=True))
        assert seen.max() > 3 * seen.median()


def test_places_are_counted_once_the_surest_first_and_around_the_edge():
    seen = torch.zeros(6, 8)
    seen[0, 0], seen[0, 1], seen[5, 7], seen[3, 4], seen[1, 4] = 0.9, 0.95, 0.8, 0.6, 0.4
    assert [(y, x) for y, x, _ in count_peaks(seen, stride=50, apart=120)] == [(0, 50), (150, 200)]
    assert [p for *_, p in count_peaks(seen, 50, 60)] == pytest.approx([0.95, 0.8, 0.6])
    assert count_peaks(torch.zeros(3, 3)) == []


def test_mistakes_are_named():
    with pytest.raises(ValueError, match="side of a window must be from 1 to 64"):
        probability_map(torch.zeros(3, 64, 64), "cup", window=65)
    with pytest.raises(ValueError, match="nearest"):
        probability_map(torch.zeros(3, 64, 64), "cupp", window=64)
