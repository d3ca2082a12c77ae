"""The scenes of `benchmarks.trust`: who asks, what is searched, and which curve judges, never fitted on who asks."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from lookalike.embedding.table import EmbeddingTable
from lookalike.fusion.confidence import Confidence
from lookalike.fusion.tuning.likelihood import learn_confidence
from lookalike.retrieval.embeddings import Embeddings
from lookalike.tools.search.calibration import OTHERS
from lookalike.tools.search.index import update_index
from lookalike.tools.search.run import SearchRun
from lookalike.tools.search.systems import System
from lookalike.validation.folds import Fold, make_folds

GROWTH = 10


@dataclass(frozen=True)
class Asked:
    """Queries of one gallery.

    Attributes:
        scores: (n_query, n_gallery).
        right: (n_query, n_gallery) bool.
        confidence: learned on other identities.
        others: (n, n_gallery) scores of some of those identities' photographs.
        elsewhere: (n, n_test) scores of the same in the run's own gallery, of which no label is read.
    """

    scores: np.ndarray
    right: np.ndarray
    confidence: Confidence
    others: np.ndarray
    elsewhere: np.ndarray


@dataclass(frozen=True)
class Halves:
    """A run's training identities, halved: each half is asked, and judged by what the other half taught."""

    run: SearchRun
    system: System

    @property
    def tables(self) -> list[EmbeddingTable]:
        """The embeddings of the system's models."""
        return [self.run.tables[model] for model in self.system.models]

    def folds(self) -> list[Fold]:
        """Return the two halves."""
        parts = [Embeddings.of(table) for table in self.tables]
        nobody = np.zeros(len(parts[0].train), dtype=bool)
        return make_folds(parts, nobody, False, 1, np.random.default_rng(self.run.params.run.seed))

    def scores(self, fold: Fold) -> np.ndarray:
        """Return what the system scores, one photograph at a time."""
        return self.system.similarity(self.system.placed(fold.embeddings))

    def others(self, fold: Fold) -> np.ndarray:
        """Return the scores of some of the other half's photographs in a fold's gallery."""
        real = np.flatnonzero(fold.embeddings[0].train_domain == "real")
        picked = real[np.linspace(0, len(real) - 1, OTHERS).astype(int)]
        asking = tuple(replace(part, query=part.train[picked]) for part in fold.embeddings)
        return self.scores(replace(fold, embeddings=asking))

    def asked(self, fold: Fold, right: np.ndarray, taught: Confidence) -> Asked:
        """Return what is asked of a fold's gallery, of queries that have an answer."""
        answered = right.any(axis=1)
        tested = tuple(
            replace(part, gallery=table.embedding[table.split == "gallery"])
            for part, table in zip(fold.embeddings, self.tables, strict=True)
        )
        elsewhere = self.others(replace(fold, embeddings=tested))
        return Asked(self.scores(fold)[answered], right[answered], taught, self.others(fold), elsewhere)

    def learned(self) -> tuple[Confidence, Confidence]:
        """Return what the other half teaches about each half."""
        first, second = self.folds()
        return tuple(learn_confidence([fold], [self.scores(fold)]) for fold in (second, first))  # type: ignore[return-value]

    def all_learned(self) -> Confidence:
        """Return what all identities teach."""
        folds = self.folds()
        return learn_confidence(folds, [self.scores(fold) for fold in folds])

    def held_out(self) -> Iterator[Asked]:
        """Ask each half among its own drawings."""
        for fold, taught in zip(self.folds(), self.learned(), strict=True):
            yield self.asked(fold, fold.relevant, taught)

    def larger(self) -> Iterator[Asked]:
        """Ask each half among ten times as many images: real drawings first, the other half's and the test's.

        What is missing is made up: vectors drawn from a normal distribution with the gallery's mean and covariance.
        """
        rng = np.random.default_rng(0)
        folds = self.folds()
        for fold, other, taught in zip(folds, folds[::-1], self.learned(), strict=True):
            size = GROWTH * fold.relevant.shape[1]
            parts, count = [], 0
            for own, strange, table in zip(fold.embeddings, other.embeddings, self.tables, strict=True):
                real = np.concatenate([own.gallery, strange.gallery, table.embedding[table.split == "gallery"]])[:size]
                made_up = _like(real, size - len(real), rng)
                parts.append(replace(own, gallery=np.concatenate([real, made_up])))
                count = len(parts[-1].gallery)
            right = np.zeros((len(fold.relevant), count), dtype=bool)
            right[:, : fold.relevant.shape[1]] = fold.relevant
            yield self.asked(replace(fold, embeddings=tuple(parts)), right, taught)

    def sketched(self, folder: Path) -> Iterator[Asked]:
        """Ask each half among sketches of its own photographs; those that were sketched do not ask."""
        gallery = update_index(self.run, folder).gallery
        owner = np.array([name.split("/")[0] for name in gallery.catalog.image_id])
        sketched = [name.rsplit(".", 1)[0] for name in gallery.catalog.image_id]
        train = self.tables[0].split == "train"
        source = np.isin([name.split("/", 1)[1].rsplit(".", 1)[0] for name in self.tables[0].image_id[train]], sketched)
        label = self.tables[0].label[train].astype(str)
        names = np.unique(label)
        photograph = (self.tables[0].domain[train] == "real") & ~source
        for fold, taught in zip(self.folds(), self.learned(), strict=True):
            half = names[np.unique(fold.identity)]
            asks, shown = photograph & np.isin(label, half), np.isin(owner, half)
            parts = tuple(
                replace(part, query=table.embedding[train][asks], gallery=gallery.embedding[model][shown])
                for part, table, model in zip(fold.embeddings, self.tables, self.system.models, strict=True)
            )
            right = label[asks][:, None] == owner[shown]
            yield self.asked(replace(fold, embeddings=parts), right, taught)

    def travelled(self, taught: Confidence) -> Iterator[Asked]:
        """Ask each half, judged by what another run taught."""
        for asked in self.held_out():
            yield replace(asked, confidence=taught)

    def test(self) -> Iterator[Asked]:
        """Ask the queries of the test; its labels are read here and nowhere else."""
        catalog = self.run.files.catalog
        label_of = dict(zip(catalog.image_id, catalog.label, strict=True))
        table = self.tables[0]
        query, gallery = (
            np.array([str(label_of[name]) for name in table.image_id[table.split == split]])
            for split in ("query", "gallery")
        )
        parts = tuple(Embeddings.of(part) for part in self.tables)
        fold = Fold(parts, np.empty(0), np.empty((0, 0)))
        yield self.asked(fold, query[:, None] == gallery, self.all_learned())


def _like(rows: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    made_up = rng.multivariate_normal(rows.mean(axis=0), np.cov(rows.T), max(count, 0)).astype(np.float32)
    return made_up / np.maximum(np.linalg.norm(made_up, axis=1, keepdims=True), 1e-12)
