"""Queries whose first answer became right, or stopped being so."""

from dataclasses import dataclass

from lookalike.metrics.first_hits import FirstHits


@dataclass(frozen=True)
class Flip:
    """One query.

    Attributes:
        query_id: its image.
        before: rank of its first right answer, 0 where there was none.
        after: the same, after the change.
    """

    query_id: str
    before: int
    after: int

    @property
    def gained(self) -> bool:
        """The first answer became right."""
        return self.after == 1


def flips(before: FirstHits, after: FirstHits, system: str) -> list[Flip]:
    """Return the flipped ones among the queries that both answered: lost ones first, then by file name."""
    old, new = (dict(zip(run.query_id, run.rank_of[system].tolist(), strict=True)) for run in (before, after))
    both = [Flip(query, old[query], new[query]) for query in sorted(old.keys() & new.keys())]
    flipped = [flip for flip in both if (flip.before == 1) != (flip.after == 1)]
    return sorted(flipped, key=lambda flip: flip.gained)
