"""The words for an answer's parts."""

from collections import Counter

from lookalike.faces.table import FALLBACK
from lookalike.tools.search.answer import Answer, FoundFace, Match


def face_line(face: FoundFace | None) -> str:
    """Return a few words on where the face is."""
    if face is None:
        return "the whole image"
    if face.detector == FALLBACK:
        return "no face found: cut as if it were in the middle"
    return f"face found by {face.detector}"


def asked(answer: Answer) -> str:
    """Return a few words on what an answer's photographs showed."""
    told = Counter(face_line(seen.face) for seen in answer.seen)
    words = "; ".join(told) if len(told) == 1 else "; ".join(f"{count} × {line}" for line, count in told.items())
    return words if len(answer.seen) == 1 else f"{len(answer.seen)} photographs of one person: {words}"


def place(face: FoundFace | None) -> str:
    """Return the corners of a face's box in whole pixels; empty for the whole image."""
    return "" if face is None else "({:.0f}, {:.0f}) to ({:.0f}, {:.0f})".format(*face.box)


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
