"""The learning rate over a run."""

import math


def rate_factor(step: int, total: int, warmup: float) -> float:
    """Return what the peak rate is multiplied by: linear up, then half a cosine down to zero.

    Source: Loshchilov and Hutter, "SGDR", ICLR 2017, equation 5, without restarts.

    Args:
        step: 0 for the first step, `total` after the last.
        total: steps of the whole run, at least 1.
        warmup: share of the steps that the rise takes.
    """
    rise = warmup * total
    if step < rise:
        return (step + 1) / (rise + 1)
    return 0.5 * (1 + math.cos(math.pi * (step - rise) / (total - rise)))
