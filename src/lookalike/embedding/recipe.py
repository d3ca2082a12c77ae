"""How images are shown to a model, in one line."""

from lookalike.params.crop import CropOptions
from lookalike.params.models import ViewOptions


def preprocessing(crop: CropOptions, views: ViewOptions) -> str:
    """Return what an embedding table notes of how its images were shown to the model."""
    return f"crop {crop.model_dump_json()} views {views.model_dump_json()}"
