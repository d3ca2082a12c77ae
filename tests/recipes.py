"""Made-up recipes for tests."""

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
