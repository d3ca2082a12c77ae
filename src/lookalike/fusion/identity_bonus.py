"""The study's identity bonus, kept as a reference that refuses to run on scored data."""

import numpy as np

from lookalike.kit.errors import LookalikeError

BONUS = 0.15
TOP = 5


def identity_bonus(
    similarity: np.ndarray, gallery_name: list[str], evidence: np.ndarray, identity: list[str], scored: bool
) -> np.ndarray:
    """Return similarities plus 0.15 · (1 - j / n) · s_j where a file name contains the query's j-th identity.

    Faults, kept: it reads a label out of a test image's name; and as a substring, so that `1` is in most hex names and
    `pig` in `pigeon`. Use `retrieval.prototypes` instead.

    Args:
        similarity: (n_query, n_gallery).
        gallery_name: file names of the gallery.
        evidence: (n_query, n_identity) prototype cosines.
        identity: names of the training identities.
        scored: whether the result is to be scored.

    Raises:
        LookalikeError: always, when `scored`.
    """
    if scored:
        raise LookalikeError(
            "identity_bonus reads labels out of gallery file names, which makes any score meaningless; "
            "use retrieval.prototypes"
        )
    result = similarity.astype(np.float64)
    n = min(TOP, len(identity))
    nearest = np.argsort(-evidence, axis=1, kind="stable")[:, :n]
    named = np.array([[name in file for file in gallery_name] for name in identity]).reshape(len(identity), -1)
    for place in range(n):
        chosen = nearest[:, place]
        strength = np.take_along_axis(evidence, chosen[:, None], axis=1)
        result += BONUS * (1 - place / n) * strength * named[chosen]
    return result.astype(np.float32)
