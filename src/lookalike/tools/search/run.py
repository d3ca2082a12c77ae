"""A run, as a search needs it: a finished one, or the little that can be had before."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np

from lookalike.embedding.recipe import preprocessing
from lookalike.embedding.table import EmbeddingTable
from lookalike.fusion.plan import Plan
from lookalike.kit.errors import LookalikeError
from lookalike.params.load import Params, load_params
from lookalike.retrieval.embeddings import Embeddings

PLAN = Path("data/fusion.json")


@dataclass(frozen=True)
class Run:
    """What `dvc repro` left behind.

    Attributes:
        root: the project's folder.
        params: its params.yaml.
        plan: how its models are put together; None before a run is finished.
        tables: model -> embeddings of the run's own images, in the order of `run.models`; without rows before.
        home: where `weights/` and `models/` are.
    """

    root: Path
    params: Params
    plan: Plan | None
    tables: dict[str, EmbeddingTable]
    home: Path

    @classmethod
    def read(cls, root: Path) -> Self:
        """Read a finished run.

        Raises:
            LookalikeError: there is none, or params.yaml asks for another one.
        """
        params = load_params(root / "params.yaml")
        models = params.run.models
        needed = [root / PLAN, *(root / f"data/embeddings/{model}.parquet" for model in models)]
        if missing := [str(path) for path in needed if not path.is_file()]:
            raise LookalikeError(
                f"no finished run to search with ({missing[0]} is missing); run `dvc repro`, or name a folder to search"
            )
        plan = Plan.read(needed[0])
        tables = {model: EmbeddingTable.read(path) for model, path in zip(models, needed[1:], strict=True)}
        _check(params, plan, tables)
        return cls(root, params, plan, tables, root / "data")

    @property
    def images(self) -> Path:
        """The folder of the run's dataset."""
        return self.root / "data/raw" / self.params.run.dataset

    def weights(self, model: str) -> Path:
        """Return the file of a model's pretrained weights."""
        return self._present(self.home / f"weights/{model}.weights")

    def trained(self, model: str) -> Path:
        """Return the file of what training changed."""
        return self._present(self.home / f"models/{model}.safetensors")

    def embeddings(self, model: str, query: np.ndarray, gallery: np.ndarray) -> Embeddings:
        """Return embeddings (n, dim) of photographs and of a gallery, beside the run's training images."""
        train = self.tables[model].of_split("train")
        known = train.embedding if len(train) else np.empty((0, query.shape[1]), dtype=np.float32)
        return Embeddings(query, gallery, known, train.label, train.domain)

    def _present(self, path: Path) -> Path:
        if not path.is_file():
            raise LookalikeError(f"{path}: no such file, and no image can be embedded without it; run `dvc repro`")
        return path


def _check(params: Params, plan: Plan, tables: dict[str, EmbeddingTable]) -> None:
    if plan.models != list(tables):
        raise LookalikeError(f"the last run fused {plan.models}, but run.models is {list(tables)}; run `dvc repro`")
    for model, table in tables.items():
        recipe = params.models[model]
        if table.metadata.get("preprocessing") != preprocessing(recipe.crop, recipe.embed.views):
            raise LookalikeError(f"models.{model} has changed since the last run; run `dvc repro`")
