"""The gate of a pull request: points may vary by chance, but not fall."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lookalike.kit.errors import LookalikeError
from lookalike.kit.tables import Strong, Table, columns

# metrics.json holds 6 decimals; a drop equal to what is allowed is not to fail on the seventh.
ROUNDING = 2e-6


@dataclass(frozen=True)
class Verdict:
    """What became of one system.

    Attributes:
        system: a model's name, or `ensemble`.
        before: points at the base, None where the system is new.
        after: points now, None where the system is gone.
        allowed: the largest drop in points that passes.
    """

    system: str
    before: float | None
    after: float | None
    allowed: float

    @property
    def passes(self) -> bool:
        """A new system passes; one that is gone, or fell further than allowed, does not."""
        if self.before is None:
            return True
        return self.after is not None and self.before - self.after <= self.allowed + ROUNDING


def verdicts(
    base: Mapping[str, Any],
    head: Mapping[str, Any],
    tolerance: float | None = None,
    noise: Mapping[str, float] | None = None,
) -> list[Verdict]:
    """Compare two metrics.json.

    Args:
        base: what was, with `dataset` and `systems`.
        head: what is.
        tolerance: the points any system may lose; None lets the intervals decide, so that what another draw of
            queries could do does not fail a build.
        noise: system -> the drop that the paired interval of the difference can explain. A system without one may
            lose half the base's own interval, which is wider: it does not know that the queries are the same.

    Raises:
        LookalikeError: the two were scored on different datasets.
    """
    if base["dataset"] != head["dataset"]:
        raise LookalikeError(
            f"metrics of dataset {head['dataset']} cannot be held against those of {base['dataset']}; "
            "score both revisions on the same run.dataset"
        )
    before, after = base["systems"], head["systems"]
    return [
        Verdict(
            system,
            _points(before.get(system)),
            _points(after.get(system)),
            _allowed(system, before.get(system), tolerance, noise or {}),
        )
        for system in sorted(before.keys() | after.keys())
    ]


def _allowed(
    system: str, before: Mapping[str, float] | None, tolerance: float | None, noise: Mapping[str, float]
) -> float:
    if tolerance is not None:
        return tolerance
    if system in noise:
        return noise[system]
    return before["points"] - before["points_low"] if before else 0.0


def _points(scores: Mapping[str, float] | None) -> float | None:
    return scores["points"] if scores else None


def table(judged: Sequence[Verdict]) -> Table:
    """Return the verdicts as a table."""
    return Table("", columns("system", ">base", ">now", ">change", ">may lose", "verdict"), [*map(_row, judged)])


def _row(verdict: Verdict) -> tuple[str, ...]:
    before, after = verdict.before, verdict.after
    return (
        verdict.system,
        "new" if before is None else f"{before:.1f}",
        "gone" if after is None else f"{after:.1f}",
        "–" if before is None or after is None else f"{after - before:+.1f}",
        f"{verdict.allowed:.1f}",
        "pass" if verdict.passes else Strong("fail"),
    )
