"""The files of a run, each read when it is first asked for, as the type that wrote it."""

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from lookalike.catalog.table import Catalog
from lookalike.embedding.cross_fitted import CrossFitted
from lookalike.embedding.table import EmbeddingTable
from lookalike.faces.table import FaceTable
from lookalike.fusion.plan import Plan
from lookalike.kit.flat import flat
from lookalike.metrics.first_hits import FirstHits
from lookalike.metrics.judgement import Truth
from lookalike.metrics.systems import best_first
from lookalike.params.load import Loader, Params, load_params
from lookalike.retrieval.ranking import Ranking
from lookalike.run.layout import Layout
from lookalike.run.revisions import Revision


class Files:
    """What a run left, at a revision: git holds metrics and params of it, DVC's cache the rest.

    Whatever is asked for raises a `LookalikeError` where the revision does not hold it, or it is damaged.
    """

    def __init__(self, revision: Revision) -> None:
        """Name the revision; nothing is read yet."""
        self.revision, self.layout = revision, Layout(revision.root)

    @cached_property
    def params(self) -> Params:
        """params.yaml, which has to fit the code of today."""
        file = self.layout.params
        return load_params(file if self.revision.commit is None else self.path(file))

    @cached_property
    def settings(self) -> Mapping[str, Any]:
        """params.yaml by dotted names, whatever code it was written for."""
        return dict(flat(yaml.load(self.revision.text(self.layout.params), Loader)))

    @cached_property
    def metrics(self) -> Mapping[str, Any]:
        """metrics.json: dataset, systems, queries."""
        return self.revision.json(self.layout.metrics)

    @property
    def dataset(self) -> str:
        """What the run was scored on."""
        return self.metrics["dataset"]

    @property
    def scores(self) -> Mapping[str, Mapping[str, float]]:
        """System -> its figures by name; empty where no query could be scored."""
        return self.metrics["systems"]

    @property
    def systems(self) -> list[str]:
        """The models of the run and their ensemble, best first."""
        return best_first(self.metrics)

    @cached_property
    def first_hits(self) -> FirstHits | None:
        """Where each query's first right image stands; None at a revision older than that file."""
        path = self.layout.first_hits
        if not self.revision.has(path):
            return None
        return FirstHits.parse(self.revision.text(path), f"{path} of {self.revision.name}")

    @cached_property
    def catalog(self) -> Catalog:
        """Every image of the dataset."""
        return Catalog.read(self.path(self.layout.catalog))

    @cached_property
    def truth(self) -> Truth:
        """The labels of the test images, for scoring alone."""
        return Truth.of(self.catalog)

    @cached_property
    def faces(self) -> FaceTable:
        """The face of every readable image; no rows for a dataset that is not cropped."""
        return FaceTable.read(self.path(self.layout.faces))

    @cached_property
    def plan(self) -> Plan:
        """How the ensemble is made."""
        return Plan.read(self.path(self.layout.plan))

    def ranking(self, system: str) -> Ranking:
        """Return the answers of a model or of the ensemble."""
        return Ranking.read(self.path(self.layout.ranking(system)))

    def embeddings(self, model: str) -> EmbeddingTable:
        """Return a model's embeddings of the run's own images."""
        return EmbeddingTable.read(self.path(self.layout.embeddings(model)))

    def cross_fitted(self, model: str) -> CrossFitted:
        """Return the training images as models see them that were not fitted on everyone."""
        return CrossFitted.read(self.path(self.layout.cross_fitted(model)))

    def weights(self, model: str) -> Path:
        """Return the file of a model's pretrained weights."""
        return self.path(self.layout.weights(model))

    def trained(self, model: str) -> Path:
        """Return the file of what training changed of a model."""
        return self.path(self.layout.trained(model))

    def counts(self, path: Path) -> Mapping[str, Any] | None:
        """Return what a stage counted, a JSON file of the layout; None before it ran."""
        return self.revision.json(path) if self.revision.has(path) else None

    def path(self, path: Path) -> Path:
        """Return where a file of the layout can be read: itself in the workspace, else a copy that goes with this."""
        return self.revision.fetch(path, Path() if self.revision.commit is None else Path(self._copies.name))

    @cached_property
    def _copies(self) -> "TemporaryDirectory[str]":
        return TemporaryDirectory(prefix="lookalike-")
