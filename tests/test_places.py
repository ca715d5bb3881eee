import pytest
import torch

from vizlib import places


def test_each_place_has_the_patch_around_it_and_the_halves_share_no_pixel(lite0):
    left, right = (places.collect(lite0, "block_6", half, ["coffee"], (256,)) for half in ("left", "right"))
    assert left.patches.shape == (len(left.vectors), 3, 64, 64)
    assert left.vectors.shape[1] == right.vectors.shape[1]
    # The first place is the third from the rim, at pixel 2 * 16 + 8: its patch begins 32 before.
    half = places._half("coffee", 256, "left")
    assert torch.equal(left.patches[0], half[:, 8:72, 8:72])
    other = places._half("coffee", 256, "right")
    assert half.shape == other.shape
    assert not torch.equal(half, other)


def test_some_places_are_drawn_each_once_with_their_patches():
    whole = places.Places(torch.arange(10.0)[:, None], torch.arange(10.0)[:, None, None, None])
    few = places.some(whole, 6, seed=1)
    assert len(few.vectors.unique()) == 6
    assert torch.equal(few.vectors[:, 0], few.patches[:, 0, 0, 0])
    assert torch.equal(few.vectors, places.some(whole, 6, seed=1).vectors)
    assert not torch.equal(few.vectors, places.some(whole, 6, seed=2).vectors)


def test_a_reader_tells_a_feature_that_it_can_see_and_guesses_at_one_that_it_cannot():
    generator = torch.Generator().manual_seed(0)
    known, fresh = torch.randn(2, 400, 40, generator=generator)
    both = torch.stack([known, fresh])
    seen, unseen = both, torch.randn(2, 400, 40, generator=generator)
    right = places.told(known, fresh, *seen)
    guessed = places.told(known, fresh, *unseen)
    assert len(right) == len(guessed) == 40
    assert sum(right) / 40 > 0.75
    assert abs(sum(guessed) / 40 - 0.5) < 0.12


def test_a_feature_that_is_hardly_ever_at_work_is_not_asked_about():
    known = fresh = torch.randn(20, 4, generator=torch.Generator().manual_seed(0))
    strengths = torch.zeros(20, 2)
    strengths[:4, 0] = 1
    strengths[:6, 1] = 1
    assert len(places.told(known, fresh, strengths, strengths)) == 1


def test_an_unknown_half_is_one_sentence(lite0):
    with pytest.raises(ValueError, match="half 'top'"):
        places.collect(lite0, "block_6", "top")
