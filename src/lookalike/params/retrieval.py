"""What the rank stage reads from params.yaml: a block a method; every correction is off until it is enabled."""

from typing import Literal, Self

from pydantic import Field, model_validator

from lookalike.params.base import Options


class ShiftOptions(Options):
    """Correction of the gap between photographs and drawings."""

    method: Literal["none", "centre", "coral", "wccn", "whiten", "align"] = Field(
        default="none", description="the linear map of each side's embeddings"
    )
    reference: Literal["train", "test"] = Field(
        default="train", description="whose means and covariances: training identities, or the test's (transductive)"
    )
    shrinkage: float = Field(default=0.5, ge=0, le=1, description="how far covariances are pulled to a sphere")

    @model_validator(mode="after")
    def _labels_where_they_are_needed(self) -> Self:
        if self.reference == "test" and self.method in ("wccn", "align"):
            raise ValueError(f"reference: test does nothing under method: {self.method}, which learns from identities")
        return self


class Correction(Options):
    """A method that is applied or not."""

    enabled: bool = Field(default=False, description="whether it is applied")


class GalleryAveragingOptions(Correction):
    """Every gallery image averaged with its nearest others."""

    neighbours: int = Field(default=3, ge=1, description="other gallery images averaged into each")
    power: float = Field(default=2.0, ge=0, description="exponent on the cosines that weigh them")


class QueryAveragingOptions(Correction):
    """Every query averaged with its nearest others (transductive)."""

    neighbours: int = Field(default=8, ge=1, description="other queries averaged into each")
    rounds: int = Field(default=1, ge=1, le=4, description="how often that is repeated")
    power: float = Field(default=3.0, ge=0, description="exponent on the cosines that weigh them")


class ExpansionOptions(Correction):
    """Every query averaged with its first answers (alpha query expansion)."""

    neighbours: int = Field(default=3, ge=1, description="first answers averaged into their query")
    power: float = Field(default=3.0, ge=0, description="exponent on the cosines that weigh them")


class DiffusionOptions(Correction):
    """Similarity that follows the graph of neighbours."""

    neighbours: int = Field(default=20, ge=1, description="images that each is tied to")
    power: float = Field(default=3.0, ge=0, description="exponent on the cosines that weigh the ties")
    flow: float = Field(default=0.7, gt=0, lt=1, description="share that is passed on at each step")


class KReciprocalOptions(Correction):
    """Re-ranking by mutual neighbours (transductive)."""

    k1: int = Field(default=20, ge=2, description="neighbours in a k-reciprocal set")
    k2: int = Field(default=6, ge=1, description="neighbours whose encodings are averaged")
    balance: float = Field(default=0.3, ge=0, le=1, description="share of the similarity before in the one after")


class PrototypeOptions(Correction):
    """Resemblance to the same training identities, added to the similarity."""

    weight: float = Field(default=0.1, gt=0, description="how much of it is added")


class CslsOptions(Options):
    """Cross-domain similarity local scaling."""

    neighbours: int = Field(default=10, ge=1, description="neighbours on the other side whose mean is taken off")


class InvertedSoftmaxOptions(Options):
    """Softmax over the queries."""

    temperature: float = Field(default=0.1, gt=0, description="the higher, the flatter")


class DualSoftmaxOptions(Options):
    """Softmax over the gallery times softmax over the queries."""

    temperature: float = Field(default=0.1, gt=0, description="the higher, the flatter")


class HubnessOptions(Options):
    """Correction for gallery images that come up for everyone."""

    method: Literal["none", "csls", "inverted_softmax", "dual_softmax", "mutual_proximity"] = Field(
        default="none", description="the correction; mutual_proximity has nothing to set"
    )
    csls: CslsOptions = CslsOptions()
    inverted_softmax: InvertedSoftmaxOptions = InvertedSoftmaxOptions()
    dual_softmax: DualSoftmaxOptions = DualSoftmaxOptions()

    @property
    def enabled(self) -> bool:
        """Whether there is a correction."""
        return self.method != "none"


class AssignmentOptions(Correction):
    """Every query assigned one gallery image, none twice (transductive)."""


class RetrievalOptions(Options):
    """The `retrieval` block: from embeddings to similarities. All off is plain cosine; applied in this order."""

    depth: int = Field(
        default=0,
        ge=0,
        description="gallery images kept for each query; 0 keeps the whole gallery as far as a table of 10,000,000 "
        "rows has room, and 10 at least",
    )
    transductive: bool = Field(
        default=True, description="may a query's answer use the other queries; false switches all that do off"
    )
    shift: ShiftOptions = ShiftOptions()
    gallery_averaging: GalleryAveragingOptions = GalleryAveragingOptions()
    query_averaging: QueryAveragingOptions = QueryAveragingOptions()
    expansion: ExpansionOptions = ExpansionOptions()
    diffusion: DiffusionOptions = DiffusionOptions()
    k_reciprocal: KReciprocalOptions = KReciprocalOptions()
    prototypes: PrototypeOptions = PrototypeOptions()
    hubness: HubnessOptions = HubnessOptions()
    assignment: AssignmentOptions = AssignmentOptions()
