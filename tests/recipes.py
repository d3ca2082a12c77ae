"""Made-up recipes and arrays for tests."""

from pathlib import Path

import numpy as np

from lookalike.kit.arrays import written_array
from lookalike.params.models import Recipe


def made_up(family: str, architecture: str, size: int, **blocks: object) -> Recipe:
    """Return a frozen recipe on whole images, with the blocks given in place of its own."""
    return Recipe.model_validate(
        {
            "backbone": {"family": family, "architecture": architecture, "weights": "made_up"},
            "crop": {"template": "whole", "size": size},
            "head": {"kind": "identity"},
            "train": {"recipe": "frozen"},
            "embed": {"batch": 32},
            **blocks,
        }
    )


def save_array(path: Path, values: np.ndarray) -> None:
    """Write an array as the `crop` stage writes its own, with a digest."""
    with written_array(path, values.dtype, values.shape) as array:
        array[...] = values
