"""What a search returns: the face it used, and the images it found."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np


@dataclass(frozen=True)
class Match:
    """One gallery image.

    Attributes:
        image_id: its path relative to the gallery's folder, with forward slashes.
        path: the file.
        score: similarity by the system asked; comparable within one system only.
        probability: that it shows who the photograph shows; None where that is unknown (see `Answer.unknown`).
        low: lower end of its 95 % interval.
        high: upper end.
    """

    image_id: str
    path: Path
    score: float
    probability: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class FoundFace:
    """The face that was cut out of a photograph.

    Attributes:
        box: x1, y1, x2, y2 in pixels of the upright photograph; may reach outside it.
        landmarks: (5, 2) x, y: eye, eye, nose, mouth corner, mouth corner, image-left first.
        detector: name of the detector that found it; `centre` where none did.
    """

    box: tuple[float, float, float, float]
    landmarks: np.ndarray
    detector: str


@dataclass(frozen=True)
class Seen:
    """What of a photograph was compared.

    Attributes:
        width: of the upright photograph, pixels.
        height: as `width`.
        face: None for a dataset whose images are shown whole.
    """

    width: int
    height: int
    face: FoundFace | None


@dataclass(frozen=True)
class Answer:
    """The answer to one photograph, or to several of one person.

    Attributes:
        system: the model that answered, or `ensemble`.
        width: of the upright photograph, pixels; the first one of several.
        height: as `width`.
        face: None for a dataset whose images are shown whole; of the first photograph.
        matches: best first; ties by image id.
        others: what was compared of the other photographs, in the order they were given.
        unknown: why there are no probabilities; empty where there are.
    """

    system: str
    width: int
    height: int
    face: FoundFace | None
    matches: tuple[Match, ...]
    others: tuple[Seen, ...] = ()
    unknown: str = ""

    @property
    def seen(self) -> tuple[Seen, ...]:
        """What was compared of every photograph."""
        return Seen(self.width, self.height, self.face), *self.others

    def refused(self, below: float) -> bool:
        """Tell whether the answer is that probably nobody of the gallery is shown; never where that is unknown."""
        first = self.matches[0].probability if self.matches else None
        return first is not None and first < below
