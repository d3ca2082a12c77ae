"""Labels that a model would not have given: pictures that look like those of another identity."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from lookalike.kit.errors import LookalikeError
from lookalike.retrieval.nearest import top_k
from lookalike.tools.importing.sources import Picture
from lookalike.tools.search.index import update_index
from lookalike.tools.search.published import published_run
from lookalike.tools.search.run import SearchRun

NEIGHBOURS, MAJORITY = 5, 3


@dataclass(frozen=True)
class Unlikely:
    """A picture whose label a model doubts.

    Attributes:
        source: which.
        label: the label that it came with.
        instead: the label of most of the pictures that are most similar to it.
        similarity: the largest cosine to one of those.
        own: the largest cosine to another picture of its own label.
    """

    source: str
    label: str
    instead: str
    similarity: float
    own: float


@dataclass(frozen=True)
class LabelCheck:
    """What a model says of the labels.

    Attributes:
        model: which; empty where none could be asked.
        skipped: why none could be.
        unlikely: the doubted pictures, the clearest first.
    """

    model: str
    skipped: str
    unlikely: tuple[Unlikely, ...] = ()


def check_labels(root: Path, folder: Path, pictures: Sequence[Picture], crop: bool) -> LabelCheck:
    """Embed the pictures by a model that is at hand, one as published or else of the finished run, and doubt labels.

    The folder is indexed for it, as for a search: a second import embeds what is new.

    Args:
        root: the project's folder.
        folder: what sources are relative to.
        pictures: those that can be read.
        crop: whether the pictures show faces; a model that is used otherwise cannot judge them.
    """
    try:
        run = _run_at_hand(root)
    except LookalikeError as error:
        return LabelCheck("", str(error))
    if run.params.dataset.crop != crop:
        said = ("whole images", "faces") if crop else ("faces", "whole images")
        return LabelCheck("", f"the models of the run look at {said[0]}, these pictures show {said[1]}")
    [model] = run.tables
    gallery = update_index(run, folder).gallery
    row_of = {image_id: row for row, image_id in enumerate(gallery.catalog.image_id)}
    known = [picture for picture in pictures if picture.source in row_of]
    rows = np.array([row_of[picture.source] for picture in known], dtype=np.int64)
    return LabelCheck(model, "", tuple(unlikely(known, gallery.embedding[model][rows])))


def unlikely(pictures: Sequence[Picture], embedding: np.ndarray) -> list[Unlikely]:
    """Doubt a label that none of a picture's five nearest neighbours has and three share another, the clearest first.

    A label with one picture is not doubted: there is nothing to compare it with.

    Args:
        pictures: n.
        embedding: (n, dim) float32 unit rows.
    """
    count = Counter(picture.label for picture in pictures)
    depth = min(NEIGHBOURS + 1, len(pictures))
    order, score = top_k(embedding, embedding, depth)
    found = []
    for row, picture in enumerate(pictures):
        near = [(pictures[i].label, float(s)) for i, s in zip(order[row], score[row], strict=True) if i != row]
        labels = Counter(label for label, _ in near[:NEIGHBOURS])
        [(instead, votes)] = labels.most_common(1) or [("", 0)]
        if count[picture.label] > 1 and not labels[picture.label] and votes >= MAJORITY:
            similarity = max(s for label, s in near if label == instead)
            found.append(Unlikely(picture.source, picture.label, instead, similarity, _own(row, pictures, embedding)))
    return sorted(found, key=lambda one: (one.own - one.similarity, one.source))


def _own(row: int, pictures: Sequence[Picture], embedding: np.ndarray) -> float:
    others = [i for i, one in enumerate(pictures) if one.label == pictures[row].label and i != row]
    return float((embedding[others] @ embedding[row]).max())


def _run_at_hand(root: Path) -> SearchRun:
    """Return a run of one model."""
    try:
        return published_run(root)
    except LookalikeError as error:
        try:
            run = SearchRun.read(root)
        except LookalikeError:
            raise error from None
        model, table = next(iter(run.tables.items()))
        return replace(run, tables={model: table})
