"""Batches balance identities and domains, and depend on nothing but the generator."""

import numpy as np
import pytest

from lookalike.training.sampler import PairSampler

LABEL = np.repeat(np.arange(10), 8)
DOMAIN = np.tile(["real", "real", "real", "real", "real", "synthetic", "synthetic", "synthetic"], 10)


def test_every_batch_is_p_identities_of_k_images_half_of_each_domain() -> None:
    sampler = PairSampler(LABEL, DOMAIN, identities=4, images=4)
    for rows in sampler.epoch(np.random.default_rng(0)):
        assert rows.shape == (16,)
        _, counts = np.unique(LABEL[rows], return_counts=True)
        assert set(counts) <= {4, 8}
        for identity in set(LABEL[rows]):
            domains = DOMAIN[rows][LABEL[rows] == identity]
            assert (domains == "real").sum() == (domains == "synthetic").sum()


def test_an_epoch_is_as_long_as_the_data_and_fair_to_identities() -> None:
    sampler = PairSampler(LABEL, DOMAIN, identities=4, images=4)
    batches = sampler.epoch(np.random.default_rng(0))
    assert len(batches) == sampler.batches_per_epoch == 5
    counts = np.bincount(LABEL[np.concatenate(batches)], minlength=10)
    assert counts.max() - counts.min() <= 4


def test_images_do_not_repeat_before_all_have_been_shown() -> None:
    label, domain = np.zeros(6, dtype=np.int64), np.full(6, "unknown")
    label[3:] = 1
    rows = np.concatenate(PairSampler(label, domain, identities=2, images=3).epoch(np.random.default_rng(0)))
    assert sorted(rows) == [0, 1, 2, 3, 4, 5]


def test_few_identities_and_few_images_still_fill_a_batch() -> None:
    label = np.array([0, 1, 1])
    sampler = PairSampler(label, np.array(["real", "real", "synthetic"]), identities=8, images=4)
    (rows,) = sampler.epoch(np.random.default_rng(0))
    assert np.bincount(label[rows]).tolist() == [4, 4]


@pytest.mark.parametrize("seed", [0, 1])
def test_the_generator_decides(seed: int) -> None:
    sampler = PairSampler(LABEL, DOMAIN, identities=4, images=4)
    first, again, other = (sampler.epoch(np.random.default_rng(s)) for s in (seed, seed, seed + 7))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
