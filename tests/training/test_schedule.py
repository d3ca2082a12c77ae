"""The learning rate rises, falls, and ends at zero."""

import pytest

from lookalike.training.schedule import rate_factor


@pytest.mark.parametrize("warmup", [0.0, 0.1, 0.5])
@pytest.mark.parametrize("total", [1, 7, 100])
def test_rate_ends_at_zero_and_never_leaves_its_range(total: int, warmup: float) -> None:
    factors = [rate_factor(step, total, warmup) for step in range(total + 1)]
    assert factors[-1] == pytest.approx(0.0, abs=1e-12)
    assert all(0 <= factor <= 1 for factor in factors)
    assert factors[0] > 0


def test_rate_rises_linearly_then_falls_as_a_cosine() -> None:
    factors = [rate_factor(step, 20, 0.2) for step in range(21)]
    assert factors[:4] == pytest.approx([0.2, 0.4, 0.6, 0.8])
    assert factors[4] == 1.0
    assert factors[12] == pytest.approx(0.5)
    assert factors[4:] == sorted(factors[4:], reverse=True)
