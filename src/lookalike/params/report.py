"""The `report:` block of params.yaml."""

from pydantic import Field

from lookalike.params.base import Options


class ReportOptions(Options):
    """How much the report shows, and how large."""

    top: int = Field(default=10, ge=1, le=50, description="gallery images shown for a query")
    thumbnail_px: int = Field(default=112, ge=32, le=256, description="longer side of a thumbnail, pixels")
    thumbnail_quality: int = Field(default=60, ge=1, le=100, description="WebP quality of the thumbnails")
    max_queries: int = Field(default=2000, ge=1, description="queries in the browser; more are thinned out evenly")
    max_fallbacks: int = Field(default=300, ge=0, description="images without a found face that are shown")
