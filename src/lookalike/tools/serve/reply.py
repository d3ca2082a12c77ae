"""An answer as JSON."""

from typing import Any

from lookalike.tools.search.answer import Answer, FoundFace


def reply(answer: Answer) -> dict[str, Any]:
    """Return what the page reads; docs/how-to/serve.md describes it."""
    return {
        "system": answer.system,
        "width": answer.width,
        "height": answer.height,
        "face": None if answer.face is None else _face(answer.face),
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


def _face(face: FoundFace) -> dict[str, Any]:
    return {
        "box": [float(side) for side in face.box],
        "landmarks": face.landmarks.tolist(),
        "detector": face.detector,
    }
