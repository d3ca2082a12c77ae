"""How images are shown to a model, in one line."""

from lookalike.params.models import ModelOptions


def preprocessing(options: ModelOptions) -> str:
    """Return what an embedding table notes of how its images were shown to the model."""
    return f"crop {options.crop.model_dump_json()} views {options.views.model_dump_json()}"
