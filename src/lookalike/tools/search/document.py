"""An answer as JSON."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lookalike.tools.search.answer import Answer, FoundFace, Match, Seen


def as_document(answer: Answer, photos: Sequence[Path], refuse_below: float = 0.0) -> dict[str, Any]:
    """Return what `lookalike query --json` prints; its keys are described in docs/how-to/search.md."""
    first, *others = (_seen(photo, seen) for photo, seen in zip(photos, answer.seen, strict=True))
    return {
        **({"photo": first["photo"], "system": answer.system} | first),
        **({"others": others} if others else {}),
        "refused": answer.refused(refuse_below),
        "unknown": answer.unknown or None,
        "matches": [_match(rank, match) for rank, match in enumerate(answer.matches, start=1)],
    }


def _seen(photo: Path, seen: Seen) -> dict[str, Any]:
    face = None if seen.face is None else _face(seen.face)
    return {"photo": str(photo), "width": seen.width, "height": seen.height, "face": face}


def _face(face: FoundFace) -> dict[str, Any]:
    return {"box": list(face.box), "landmarks": face.landmarks.tolist(), "detector": face.detector}


def _match(rank: int, match: Match) -> dict[str, Any]:
    return {
        "rank": rank,
        "image_id": match.image_id,
        "path": str(match.path),
        "score": match.score,
        "probability": match.probability,
        "interval": None if match.probability is None else [match.low, match.high],
    }
