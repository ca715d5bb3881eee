import pytest
import torch
from torch.nn.functional import normalize

from vizlib import dictionary


def made_of(directions, active, count, seed):
    """Vectors that are sums of few of the directions, ``(count, C)``."""
    generator = torch.Generator().manual_seed(seed)
    amounts = torch.zeros(count, len(directions))
    which = torch.rand(count, len(directions), generator=generator).topk(active, dim=1).indices
    amounts.scatter_(1, which, 0.5 + torch.rand(count, active, generator=generator))
    return amounts @ directions


@pytest.fixture(scope="module")
def truth():
    """Twice as many directions as there are channels."""
    return normalize(torch.randn(24, 12, generator=torch.Generator().manual_seed(0)), dim=1)


@pytest.fixture(scope="module")
def vectors(truth):
    return made_of(truth, 2, 3000, seed=1)


def test_it_finds_more_directions_than_there_are_channels(truth, vectors):
    learned = dictionary.train(vectors, 24, 2, steps=300, batch=128, lr=0.01)
    found = (truth @ learned.directions.T).amax(dim=1)
    before = (truth @ dictionary.Dictionary(vectors, 24, 2).directions.T).amax(dim=1)
    assert found.mean() > before.mean() + 0.03
    fresh = made_of(truth, 2, 500, seed=2)
    untrained = dictionary.Dictionary(vectors, 24, 2)
    assert dictionary.quality(learned, fresh).r2 > dictionary.quality(untrained, fresh).r2 + 0.1
    torch.testing.assert_close(learned.directions.norm(dim=1), torch.ones(24))


def test_no_more_features_are_at_work_than_allowed_and_none_is_negative(vectors):
    amounts = dictionary.Dictionary(vectors, 24, 3).encode(vectors)
    assert amounts.shape == (3000, 24)
    assert ((amounts != 0).sum(dim=1) <= 3).all()
    assert (amounts >= 0).all()


def test_the_same_seed_gives_the_same_and_another_another(vectors):
    first, again, other = (dictionary.train(vectors, 24, 2, steps=3, seed=seed).directions for seed in (0, 0, 1))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_quality_counts_what_is_at_work():
    # Two directions, one of which nothing ever points along.
    examples = torch.tensor([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0]])
    two = dictionary.Dictionary(examples, 2, 1)
    with torch.no_grad():
        two.mean.zero_()
        two.scale.fill_(1)
        for directions in (two.directions, two.detectors):
            directions.copy_(torch.tensor([[1.0, 0.0], [0.0, 1.0]]))
    found = dictionary.quality(two, torch.tensor([[2.0, 0.0], [4.0, 0.0], [-1.0, 0.0]]))
    assert found.dead == 0.5
    assert found.active == pytest.approx(2 / 3)
    assert found.r2 == pytest.approx(1 - 1 / (38 / 3))


def test_r2_is_1_for_the_vectors_and_0_for_their_mean(vectors):
    assert dictionary.explained(vectors, vectors) == 1
    assert dictionary.explained(vectors, vectors.mean(dim=0).expand_as(vectors)) == pytest.approx(0, abs=1e-5)


def test_one_is_told_after_every_step(vectors):
    seen = []
    dictionary.train(vectors, 24, 2, steps=3, after=lambda step: seen.append(step.index))
    assert seen == [0, 1, 2]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ((torch.zeros(5, 3), 6, 1), r"Give 6 or more vectors of activations \(M, C\), not a tensor \(5, 3\)"),
        ((torch.zeros(5, 3, 1), 2, 1), r"not a tensor \(5, 3, 1\)"),
        ((torch.zeros(5, 3), 2, 3), "The number of active features"),
        ((torch.zeros(5, 3), 0, 1), "The number of features"),
    ],
)
def test_bad_input_is_one_sentence(given, sentence):
    with pytest.raises(ValueError, match=sentence):
        dictionary.Dictionary(*given)
