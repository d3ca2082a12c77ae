"""Who is trained on and who is tested on: whole identities, by a seed."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace

from lookalike.kit.errors import LookalikeError
from lookalike.tools.importing.sources import TEST, Picture

_ASKS, _ANSWERS = "query", "gallery"
_SIDE = {"real": _ASKS, "synthetic": _ANSWERS}
UNPLACED = "of a test identity, and neither real nor synthetic"


def split_identities(pictures: Sequence[Picture], share: float, seed: int) -> tuple[list[Picture], dict[str, str]]:
    """Give every picture a split: train, query or gallery.

    Of a test identity real images ask and synthetic ones answer; where no image of all is known to be either, half of
    each identity's images ask. An identity that lacks one side is trained on. Where every picture has a split it stays.

    Which identities are tested depends on their names and the seed: others that come later change little.

    Args:
        pictures: without a split, or all with one.
        share: of the identities that are tested on, between 0 and 1; at least one is.
        seed: draws them.

    Returns:
        The pictures with their splits, and source -> why it could not be placed.

    Raises:
        LookalikeError: only some pictures have a split, or nobody can be tested on.
    """
    given = sum(bool(picture.split) for picture in pictures)
    if given and given < len(pictures):
        raise LookalikeError(f"{given} of {len(pictures)} images have a split; expected all or none")
    placed = [_in_split(picture) for picture in pictures] if given else _drawn(pictures, share, seed)
    counts = Counter(picture.split for picture in placed)
    if not counts[_ASKS] or not counts[_ANSWERS]:
        raise LookalikeError(
            f"the test set has {counts[_ASKS]} queries and {counts[_ANSWERS]} gallery images; expected some of both"
        )
    left_out = {picture.source: UNPLACED for picture in placed if not picture.split}
    return [picture for picture in placed if picture.split], left_out


def _in_split(picture: Picture) -> Picture:
    return replace(picture, split=_SIDE.get(picture.domain, "")) if picture.split == TEST else picture


def _drawn(pictures: Sequence[Picture], share: float, seed: int) -> list[Picture]:
    known = any(picture.domain in _SIDE for picture in pictures)
    of: dict[str, list[Picture]] = defaultdict(list)
    for picture in pictures:
        of[picture.label].append(picture)
    able = [label for label, own in of.items() if _can_be_tested(own, known)]
    if not able:
        wanted = "both a real and a synthetic image" if known else "two images"
        raise LookalikeError(f"none of {len(of)} identities has {wanted}, so that nobody can be tested on")
    tested = sorted(able, key=lambda label: _draw(seed, label))[: max(1, round(share * len(of)))]
    side = {picture.source: split for label in tested for picture, split in _sides(of[label], known, seed)}
    return [replace(picture, split=side.get(picture.source, "train")) for picture in pictures]


def _can_be_tested(own: Sequence[Picture], known: bool) -> bool:
    return {picture.domain for picture in own} >= _SIDE.keys() if known else len(own) > 1


def _sides(own: Sequence[Picture], known: bool, seed: int) -> list[tuple[Picture, str]]:
    if known:
        return [(picture, _SIDE.get(picture.domain, "")) for picture in own]
    drawn = sorted(own, key=lambda picture: _draw(seed, picture.source))
    return [(picture, _ASKS if rank < len(own) // 2 else _ANSWERS) for rank, picture in enumerate(drawn)]


def _draw(seed: int, name: str) -> str:
    return hashlib.sha256(f"{seed}/{name}".encode()).hexdigest()
