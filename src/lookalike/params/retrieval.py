"""What the rank stage reads from params.yaml; every correction is off until it is named."""

from typing import Literal

from pydantic import Field

from lookalike.params.base import Options

Shift = Literal["none", "centre", "coral", "wccn", "whiten", "align"]
Hubness = Literal["none", "csls", "inverted_softmax", "dual_softmax", "mutual_proximity"]
Rerank = Literal["none", "k_reciprocal", "diffusion", "assignment"]


class RetrievalOptions(Options):
    """The `retrieval` block: from embeddings to similarities. All off is plain cosine."""

    depth: int = Field(default=0, ge=0, description="gallery images kept for each query; 0 keeps the whole gallery")
    transductive: bool = Field(
        default=True, description="may a query's answer use the other queries; false switches all that do off"
    )
    shift: Shift = Field(default="none", description="correction of the gap between photographs and drawings")
    reference: Literal["train", "test"] = Field(
        default="train", description="whose means and covariances: training identities, or the test's (transductive)"
    )
    shrinkage: float = Field(default=0.5, ge=0, le=1, description="how far covariances are pulled to a sphere")
    query_neighbours: int = Field(default=0, ge=0, description="other queries averaged into each query (transductive)")
    query_rounds: int = Field(default=1, ge=1, le=4, description="how often that is repeated")
    gallery_neighbours: int = Field(
        default=0, ge=0, description="other gallery images averaged into each gallery image"
    )
    expansion: int = Field(
        default=0, ge=0, description="first answers averaged into their query (alpha query expansion)"
    )
    power: float = Field(default=3.0, ge=0, description="exponent on the cosines that weigh averages into queries")
    gallery_power: float = Field(default=2.0, ge=0, description="the same for averages into gallery images")
    hubness: Hubness = Field(default="none", description="correction for images that come up for everyone")
    hubness_neighbours: int = Field(default=10, ge=1, description="neighbours that CSLS looks at")
    temperature: float = Field(default=0.1, gt=0, description="temperature of inverted and dual softmax")
    rerank: Rerank = Field(default="none", description="second look at the whole ranking (k_reciprocal: transductive)")
    k1: int = Field(
        default=20, ge=2, description="neighbours in a k-reciprocal set, or tied to each image in diffusion"
    )
    k2: int = Field(default=6, ge=1, description="neighbours averaged in k-reciprocal encoding")
    balance: float = Field(default=0.3, ge=0, le=1, description="share of the plain cosine in k-reciprocal scores")
    flow: float = Field(default=0.7, gt=0, lt=1, description="share that diffusion passes on at each step")
    prototypes: float = Field(default=0.0, ge=0, description="weight of likeness to the training identities")

    @property
    def plain(self) -> bool:
        """Whether this is raw cosine, nothing added."""
        off = (self.shift, self.hubness, self.rerank) == ("none", "none", "none")
        averages = self.gallery_neighbours or self.expansion or (self.transductive and self.query_neighbours)
        return off and not averages and not self.prototypes
