"""A second look at doubtful images, where the company has its faces.

The faces stage sees a whole dataset, and looks for what it misses at that dataset's usual place. A lone photograph has
no such place, and the few images that are new in a folder would take each other's mistakes for it.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np

from lookalike.catalog.table import Catalog
from lookalike.faces.candidates import Candidates, Face
from lookalike.faces.canvas import Canvas
from lookalike.faces.choice import choose
from lookalike.faces.detectors import GUESS, Detectors
from lookalike.faces.pixels import read_pixels
from lookalike.faces.table import FALLBACK, FaceTable
from lookalike.kit.progress import track
from lookalike.params.faces import FaceOptions
from lookalike.tools.search.company import Company


def look_again(folder: Path, images: Catalog, faces: FaceTable, company: Company, options: FaceOptions) -> FaceTable:
    """Return faces of which those that were missed, guessed or doubtful are looked for where the company has its own.

    Args:
        folder: what image ids are relative to.
        images: catalogue rows with status ok.
        faces: as found among these images alone.
        company: like images with known faces.
        options: how to search.
    """
    guessed = faces.detector == GUESS
    rows = np.flatnonzero(~faces.found | guessed | company.doubts(images, faces))
    if not len(rows):
        return faces
    # A guess at the usual place of the wrong images is none.
    faces = replace(faces, detector=np.where(guessed, FALLBACK, faces.detector).astype(object))
    if options.guess < 1:
        detectors, usual = Detectors(options), company.usual
        for row in track(rows, "looking again", len(rows)):
            canvas = Canvas.of(read_pixels(folder, images.image_id[row]), options.side, options.border)
            faces = _with_better(faces, int(row), detectors.guess([canvas], usual)[0], canvas.size)
    return company.lend(images, faces)


def _with_better(faces: FaceTable, row: int, guess: Face | None, size: tuple[int, int]) -> FaceTable:
    """Return the table with the better of a row's own face and a guess."""
    own = Face(str(faces.detector[row]), float(faces.score[row]), faces.box[row], faces.landmarks[row])
    seen = [face for face in (own if faces.found[row] else None, guess) if face]
    index = choose(Candidates.of(seen), *size) if seen else None
    if index is None:
        return faces
    columns = {name: getattr(faces, name).copy() for name in ("detector", "score", "box", "landmarks")}
    for name, column in columns.items():
        column[row] = getattr(seen[index], name)
    return replace(faces, **columns)
