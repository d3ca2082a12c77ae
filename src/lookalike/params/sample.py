"""The `sample:` block of params.yaml."""

from pydantic import Field

from lookalike.params.base import Options


class SampleOptions(Options):
    """How many people are drawn, how often, and how large."""

    seed: int = Field(default=7, ge=0, description="every face, pose, light and stroke follows from it")
    train_identities: int = Field(default=36, ge=1, description="people in train/, none of them in test/")
    test_identities: int = Field(default=32, ge=1, description="people in test/query and test/gallery")
    train_photographs: int = Field(default=5, ge=0, description="photographs of each training person")
    train_renderings: int = Field(default=6, ge=0, description="drawn or painted pictures of each training person")
    queries: int = Field(default=4, ge=1, description="photographs of each test person, in test/query")
    gallery: int = Field(default=4, ge=1, description="drawn or painted pictures of each test person, in test/gallery")
    image_size: int = Field(default=224, ge=96, le=1024, description="side of every square picture, pixels")
    jpeg_quality: int = Field(default=90, ge=30, le=100, description="JPEG quality; photographs lose up to 15 of it")
