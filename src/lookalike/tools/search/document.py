"""An answer as JSON."""

from pathlib import Path
from typing import Any

from lookalike.tools.search.answer import Answer, FoundFace, Match


def as_document(answer: Answer, photo: Path, refuse_below: float = 0.0) -> dict[str, Any]:
    """Return what `lookalike query --json` prints; its keys are described in docs/how-to/search.md."""
    return {
        "photo": str(photo),
        "system": answer.system,
        "width": answer.width,
        "height": answer.height,
        "face": None if answer.face is None else _face(answer.face),
        "refused": answer.refused(refuse_below),
        "unknown": answer.unknown or None,
        "matches": [_match(rank, match) for rank, match in enumerate(answer.matches, start=1)],
    }


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
