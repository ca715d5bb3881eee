import pytest
import torch

from vizlib import data


@pytest.mark.parametrize("name", data.PHOTOS)
def test_every_photo_is_there_without_a_network(name):
    image = data.photo(name, 48)
    assert image.shape == (3, 48, 48)
    assert image.min() >= 0
    assert image.max() <= 1
    assert image.std() > 0.02


def test_a_whole_photo_keeps_its_proportions():
    assert data.photo("chelsea", None).shape == (3, 300, 451)


def test_an_unknown_photo_lists_the_nearest():
    with pytest.raises(ValueError, match="no photo 'chelsi'; the nearest: 'chelsea'"):
        data.photo("chelsi")


@pytest.mark.parametrize(("load", "side", "count", "classes"), [(data.digits, 8, 1797, 10), (data.faces, 25, 200, 2)])
def test_sets_are_split_without_overlap_and_the_same_way_each_time(load, side, count, classes):
    images, labels, test_images, test_labels = load(seed=3)
    assert len(images) + len(test_images) == count
    assert images.shape[1:] == (1, side, side)
    assert images.min() >= 0
    assert images.max() <= 1
    assert sorted(set(labels.tolist())) == sorted(set(test_labels.tolist())) == list(range(classes))
    assert torch.equal(load(seed=3)[0], images)
    assert not torch.equal(load(seed=4)[0], images)


def test_patches_are_parts_of_the_photos_and_the_same_each_time():
    made = data.patches(["moon", "chelsea"], 12, side=20, seed=3)
    assert made.shape == (12, 1, 20, 20)
    assert made.min() >= 0
    assert made.max() <= 1
    assert made.flatten(1).unique(dim=0).shape[0] == 12
    assert torch.equal(data.patches(["moon", "chelsea"], 12, side=20, seed=3), made)
    assert not torch.equal(data.patches(["moon", "chelsea"], 12, side=20, seed=4), made)
    coloured = data.patches(["moon", "chelsea"], 12, side=20, seed=3, colour=True)
    assert coloured.shape == (12, 3, 20, 20)
    torch.testing.assert_close(coloured.mean(dim=1, keepdim=True), made)


@pytest.mark.parametrize(("names", "settings"), [(["mooon"], {}), (["moon"], {"side": 0}), (["moon"], {"count": 0})])
def test_a_wrong_request_for_patches_gets_one_sentence(names, settings):
    with pytest.raises(ValueError, match="nearest: .moon|1 or more|from 1 to 256"):
        data.patches(names, **{"count": 2, **settings})
