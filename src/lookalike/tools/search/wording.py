"""The words for an answer's parts."""

from lookalike.faces.table import FALLBACK
from lookalike.tools.search.answer import Answer, FoundFace, Match


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


def likelihood(match: Match) -> str:
    """Return a match's probability with its interval; a dash where it is unknown."""
    if match.low is None or match.high is None:
        return percent(match.probability)
    low, high = (percent(end).removesuffix(" %") for end in (match.low, match.high))
    return f"{percent(match.probability)} ({low}–{high})"


def verdict(answer: Answer, refuse_below: float) -> str:
    """Return what to make of an answer as a whole; empty where its matches say it all."""
    if answer.unknown:
        return f"how likely a match is, is unknown: {answer.unknown}"
    if answer.refused(refuse_below):
        return f"probably nobody here: the first answer is below {100 * refuse_below:g} %"
    return ""
