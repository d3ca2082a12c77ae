"""An answer as JSON."""

from collections.abc import Sequence
from typing import Any

from lookalike.tools.search.answer import Answer, FoundFace, Seen


def reply(answer: Answer) -> dict[str, Any]:
    """Return what the page reads; docs/how-to/serve.md describes it."""
    return {
        "system": answer.system,
        "width": answer.width,
        "height": answer.height,
        "face": None if answer.face is None else _face(answer.face),
        "others": [_seen(seen) for seen in answer.others],
        "unknown": answer.unknown or None,
        "matches": [
            {
                "rank": rank,
                "id": match.image_id,
                "score": match.score,
                "probability": match.probability,
                "interval": None if match.probability is None else [match.low, match.high],
            }
            for rank, match in enumerate(answer.matches, 1)
        ],
    }


def reply_faces(faces: Sequence[Seen]) -> dict[str, Any]:
    """Return the faces of one photograph, first the one that a search takes."""
    return {"width": faces[0].width, "height": faces[0].height, "faces": [_seen(seen)["face"] for seen in faces]}


def _seen(seen: Seen) -> dict[str, Any]:
    face = None if seen.face is None else _face(seen.face)
    return {"width": seen.width, "height": seen.height, "face": face}


def _face(face: FoundFace) -> dict[str, Any]:
    return {
        "box": [float(side) for side in face.box],
        "landmarks": face.landmarks.tolist(),
        "detector": face.detector,
    }
