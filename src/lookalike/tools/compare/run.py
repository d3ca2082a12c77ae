"""What a finished run left in git: figures, params, and where every query's right image stands."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from lookalike.kit.errors import LookalikeError
from lookalike.kit.flat import flat
from lookalike.metrics.first_hits import FirstHits
from lookalike.run.revisions import Revision

METRICS = Path("metrics/metrics.json")
FIRST_HITS = Path("metrics/first_hits.csv")
PARAMS = Path("params.yaml")


@dataclass(frozen=True)
class Run:
    """A finished run.

    Attributes:
        name: the revision, as the person wrote it.
        dataset: what it was scored on.
        systems: system -> its figures, by name.
        params: dotted name -> value.
        first_hits: None where the revision is older than that file.
    """

    name: str
    dataset: str
    systems: Mapping[str, Mapping[str, float]]
    params: Mapping[str, Any]
    first_hits: FirstHits | None

    @classmethod
    def read(cls, revision: Revision) -> "Run":
        """Read a run at a revision.

        Raises:
            LookalikeError: the revision holds no finished run.
        """
        metrics = revision.json(METRICS)
        params = yaml.safe_load(revision.text(PARAMS))
        return cls(revision.name, metrics["dataset"], metrics["systems"], dict(flat(params)), first_hits(revision))


def first_hits(revision: Revision) -> FirstHits | None:
    """Return the ranks of first right images at a revision, None where it is older than that file."""
    if not revision.has(FIRST_HITS):
        return None
    return FirstHits.parse(revision.text(FIRST_HITS), f"{FIRST_HITS} of {revision.name}")


def check_comparable(before: Run, after: Run, system: str) -> None:
    """Check that two runs can be held against each other.

    Raises:
        LookalikeError: they were scored on different datasets, or one of them lacks the system.
    """
    if before.dataset != after.dataset:
        raise LookalikeError(
            f"{before.name} was scored on {before.dataset} and {after.name} on {after.dataset}; "
            "compare runs of the same run.dataset"
        )
    both = sorted(before.systems.keys() & after.systems.keys())
    if system not in both:
        raise LookalikeError(
            f"--system {system}: not in both runs; expected one of {', '.join(both) or 'none: they share no system'}"
        )
