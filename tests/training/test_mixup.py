"""Mixed batches: how many, how much, and of what."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor

from lookalike.params.train import TrainOptions
from lookalike.training.mixup import draw

ROWS = np.arange(100, 132)


class Numbers:
    """Views that show an image as its own number."""

    def begin(self, rows: np.ndarray, view: int) -> Callable[[], Tensor]:
        return lambda: torch.from_numpy(rows).double() + view


def options(mixup: float) -> TrainOptions:
    return TrainOptions(recipe="finetune", loss="ce", mixup=mixup)


def test_mixup_is_the_share_of_batches_mixed_and_draws_nothing_where_off() -> None:
    rng = np.random.default_rng(0)
    mixed = [draw(ROWS, options(0.5), rng).is_mixed for _ in range(400)]
    assert np.mean(mixed) == pytest.approx(0.5, abs=0.07)
    still = np.random.default_rng(1)
    assert not draw(ROWS, options(0.0), still).is_mixed
    assert still.bit_generator.state == np.random.default_rng(1).bit_generator.state


def test_shares_follow_the_beta_distribution() -> None:
    rng = np.random.default_rng(0)
    shares = np.array([draw(ROWS, options(1.0), rng).share for _ in range(2000)])
    # Beta(a, a) has mean 1/2 and variance 1 / (8 a + 4).
    assert shares.mean() == pytest.approx(0.5, abs=0.03)
    assert shares.var() == pytest.approx(1 / (8 * 0.2 + 4), abs=0.01)


def test_inputs_are_mixed_as_the_batch_says() -> None:
    batch = draw(ROWS, options(1.0), np.random.default_rng(3))
    assert sorted(batch.partner) == ROWS.tolist() and not np.array_equal(batch.partner, ROWS)
    found = batch.begin(Numbers(), 5, lambda rows: rows[8:16])()
    expected = batch.share * (ROWS + 5) + (1 - batch.share) * (batch.partner + 5)
    np.testing.assert_allclose(found.numpy(), expected[8:16])


def test_an_unmixed_batch_shows_its_images() -> None:
    batch = draw(ROWS, options(0.0), np.random.default_rng(3))
    np.testing.assert_array_equal(batch.begin(Numbers(), 0, lambda rows: rows)().numpy(), ROWS)
