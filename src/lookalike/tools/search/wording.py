"""The words for an answer's parts."""

from lookalike.faces.table import FALLBACK
from lookalike.tools.search.answer import FoundFace


def face_line(face: FoundFace | None) -> str:
    """Return a few words on where the face is."""
    if face is None:
        return "the whole image"
    if face.detector == FALLBACK:
        return "no face found: cut as if it were in the middle"
    return f"face found by {face.detector}"


def percent(probability: float | None) -> str:
    """Return a probability as whole per cent, never as sure as 0 or 100; a dash where there is none."""
    if probability is None:
        return "–"
    return f"{min(max(round(100 * probability), 1), 99)} %"
