"""What a search takes of a run: a finished one, or the little that can be had before."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np

from lookalike.backbones.registry import choose_device
from lookalike.embedding.cross_fitted import CrossFitted
from lookalike.embedding.recipe import preprocessing
from lookalike.embedding.table import EmbeddingTable
from lookalike.engine.model import Model
from lookalike.fusion.plan import Plan
from lookalike.kit.errors import LookalikeError
from lookalike.params.load import Params
from lookalike.retrieval.embeddings import Embeddings
from lookalike.run.files import Files
from lookalike.run.layout import Layout
from lookalike.run.run import Run


@dataclass(frozen=True)
class SearchRun:
    """The models that embed a photograph, and what is known of their embeddings.

    Attributes:
        files: the run's own.
        plan: how its models are put together; None before a run is finished.
        tables: model -> embeddings of the run's own images, in the order of `run.models`; without rows before.
        home: where the models' weights are.
    """

    files: Files
    plan: Plan | None
    tables: dict[str, EmbeddingTable]
    home: Layout

    @classmethod
    def read(cls, root: Path) -> Self:
        """Read a finished run.

        Raises:
            LookalikeError: there is none, or params.yaml asks for another one.
        """
        files = Run(root).files
        models = files.params.run.models
        layout = files.layout
        needed = [layout.plan, *map(layout.embeddings, models), *map(layout.cross_fitted, models)]
        if missing := [path for path in needed if not path.exists()]:
            raise LookalikeError(
                f"no finished run to search with ({missing[0]} is missing); run `dvc repro`, or name a folder to search"
            )
        tables = {model: files.embeddings(model) for model in models}
        _check(files.params, files.plan, tables)
        return cls(files, files.plan, tables, files.layout)

    @property
    def root(self) -> Path:
        """The project's folder."""
        return self.files.layout.root

    @property
    def params(self) -> Params:
        """The project's params.yaml."""
        return self.files.params

    @property
    def images(self) -> Path:
        """The folder of the run's dataset."""
        return self.files.layout.images(self.params.run.dataset)

    def weights(self, model: str) -> Path:
        """Return the file of a model's pretrained weights."""
        return self.files.path(self.home.weights(model))

    def trained(self, model: str) -> Path:
        """Return the file of what training changed."""
        return self.files.path(self.home.trained(model))

    def cross_fitted(self, model: str) -> CrossFitted:
        """Return the run's training images as models see them that were not fitted on everyone."""
        return self.files.cross_fitted(model)

    def model(self, name: str) -> Model:
        """Return one of its models, ready to be loaded in any process."""
        recipe = self.params.models[name]
        blocks = recipe.backbone, recipe.crop, recipe.head, recipe.embed
        return Model(name, *blocks, self.weights(name), self.trained(name), choose_device(self.params.run.device))

    def embeddings(self, model: str, query: np.ndarray, gallery: np.ndarray) -> Embeddings:
        """Return embeddings (n, dim) of photographs and of a gallery, beside the run's training images."""
        train = self.tables[model].of_split("train")
        known = train.embedding if len(train) else np.empty((0, query.shape[1]), dtype=np.float32)
        return Embeddings(query, gallery, known, train.label, train.domain)


def _check(params: Params, plan: Plan, tables: dict[str, EmbeddingTable]) -> None:
    if plan.models != list(tables):
        raise LookalikeError(f"the last run fused {plan.models}, but run.models is {list(tables)}; run `dvc repro`")
    for model, table in tables.items():
        recipe = params.models[model]
        if table.metadata.get("preprocessing") != preprocessing(recipe.crop, recipe.embed.views):
            raise LookalikeError(f"models.{model} has changed since the last run; run `dvc repro`")
