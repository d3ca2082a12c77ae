"""The disk and the memory that a run of many images takes."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lookalike.kit.durations import Work
from lookalike.kit.errors import LookalikeError
from lookalike.retrieval.in_parts import ROWS
from lookalike.run.run import Run
from lookalike.tools.doctor.outlook import COPIES
from lookalike.tools.doctor.steps import Scale

# Bytes of one image's row in a shard: a digest, float32 vectors; and a face's score, box and landmarks. Texts that
# repeat, such as a status, take less than one.
DIGEST, FLOAT, FACE_FLOATS = 32, 4, 1 + 4 + 10
# Of an answer in a ranking, at most: its score, and the places of rank and image id among those of its row group, which
# carries the ids of all queries and of the whole gallery, each with its length.
ANSWER, TEXT, ROW_GROUP = 4 + 4, 4, 1 << 20
# Bytes of an image's keys, as Python's objects, while they are read. How often a part of the gallery is held: as it is
# read, as it is moved, and joined with another model's.
KEYS, PARTS = 475, 3
# Files whose sizes stand for all.
SAMPLE = 10_000


@dataclass(frozen=True)
class Room:
    """Bytes of one kind of data.

    Attributes:
        what: which data.
        bytes: of all of it.
        source: where that is known from.
    """

    what: str
    bytes: float
    source: str


@dataclass(frozen=True)
class Sizes:
    """Bytes an image in the finished run.

    Attributes:
        original: mean of the files of its dataset.
        name: mean length of an image id.
        rows: table -> bytes a row of its file.
    """

    original: float
    name: float
    rows: dict[str, float]

    @classmethod
    def look(cls, run: Run) -> "Sizes":
        """Read the catalogue and the sizes of files.

        Raises:
            LookalikeError: a file of the run is missing, or none of its images is where it was.
        """
        files, layout = run.files, run.files.layout
        images = files.catalog.image_id
        chosen = images[np.linspace(0, len(images) - 1, min(len(images), SAMPLE)).astype(int)]
        folder = layout.images(run.params.run.dataset)
        sizes = [path.stat().st_size for name in chosen if (path := folder / name).is_file()]
        if not sizes:
            raise LookalikeError(f"{folder}: holds no image of the last run; run `dvc repro`, then ask again")
        tables = {"catalogue": layout.catalog, "face table": layout.faces} | {
            f"embeddings of {model}": layout.embeddings(model) for model in run.params.run.models
        }
        rows = {name: _bytes(path) / len(images) for name, path in tables.items()}
        return cls(float(np.mean(sizes)), float(np.mean([len(name.encode()) for name in images])), rows)


def disk(scale: Scale, sizes: Sizes, cropped: bool, systems: int) -> tuple[Room, ...]:
    """Return what a run leaves on disks.

    Args:
        scale: how many images.
        sizes: bytes an image.
        cropped: whether there are faces.
        systems: rankings, of every model and of the ensemble.
    """
    n = scale.images
    faces = [Room("store: faces", n * (DIGEST + FLOAT * FACE_FLOATS), "arithmetic")] if cropped else []
    answers = scale.queries * scale.depth
    ranking = answers * ANSWER + math.ceil(answers / ROW_GROUP) * n * (TEXT + sizes.name)
    rankings = f"{systems} rankings of depth {scale.depth:,}, and DVC's copies"
    return (
        Room("originals", n * sizes.original, f"mean file, {sizes.original / 1000:.1f} kB"),
        *faces,
        *(Room(f"store: vectors of {m}", n * (DIGEST + FLOAT * dim), "arithmetic") for m, dim in scale.dims.items()),
        *(
            Room(f"{table}, and DVC's copy", COPIES * n * row, "the last run's file")
            for table, row in sizes.rows.items()
        ),
        Room(rankings, COPIES * systems * ranking, "arithmetic"),
    )


def memory(scale: Scale, works: Sequence[Work]) -> Iterator[Room]:
    """Yield the memory of one worker, and of the stages that look at all images.

    Args:
        scale: how many images.
        works: what was measured of faces and vectors.
    """
    yield Room("a worker", max(work.memory for work in works), "largest process of the last run")
    answers = scale.queries * scale.depth * 2 * FLOAT
    keys, widest, joined = scale.images * KEYS, max(scale.dims.values()), sum(scale.dims.values())
    yield Room("rank: keys, parts and answers", keys + PARTS * ROWS * FLOAT * widest + answers, "arithmetic")
    parts = PARTS * ROWS * FLOAT * joined
    yield Room("fuse by cosines alone: the same", len(scale.dims) * keys + parts + answers, "arithmetic")
    yield Room("fuse otherwise: all vectors", scale.images * FLOAT * joined + answers, "arithmetic, at least")


def _bytes(path: Path) -> int:
    files = path.rglob("*") if path.is_dir() else [path]
    try:
        return sum(file.stat().st_size for file in files)
    except FileNotFoundError:
        raise LookalikeError(f"{path}: no such file; run `dvc repro`, then ask again") from None
