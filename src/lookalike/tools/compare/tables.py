"""Two runs held against each other, as tables of words."""

from collections.abc import Mapping

from lookalike.kit.errors import LookalikeError
from lookalike.kit.tables import Column, Table, columns
from lookalike.run.layout import Layout
from lookalike.run.run import Run
from lookalike.tools.compare.change import Change, changes
from lookalike.tools.compare.flips import Flip, flips

RATES = ("top1", "top5", "top10", "map")  # as many as fit a terminal of 80 columns
FLIPS_SHOWN = 50


def check_comparable(before: Run, after: Run, system: str) -> None:
    """Check that two runs can be held against each other.

    Raises:
        LookalikeError: they were scored on different datasets, or one of them lacks the system.
    """
    datasets = before.files.dataset, after.files.dataset
    if datasets[0] != datasets[1]:
        raise LookalikeError(
            f"{before.name} was scored on {datasets[0]} and {after.name} on {datasets[1]}; "
            "compare runs of the same run.dataset"
        )
    both = sorted(before.files.scores.keys() & after.files.scores.keys())
    if system not in both:
        raise LookalikeError(
            f"--system {system}: not in both runs; expected one of {', '.join(both) or 'none: they share no system'}"
        )


def comparison(before: Run, after: Run, system: str) -> list[Table]:
    """Return the figures, the params and the flips.

    Args:
        before: the run held as the base.
        after: the run that is judged.
        system: whose flips are listed.
    """
    return [*figures(before, after), _flips(before, after, system)]


def figures(before: Run, after: Run) -> list[Table]:
    """Return the points, the rates, and the params behind them."""
    return [_points(before, after), _rates(before, after), _params(before, after)]


def _points(before: Run, after: Run) -> Table:
    known = _known(before, after)
    systems = sorted(before.files.scores.keys() | after.files.scores.keys())
    rows = [
        (
            name,
            _figure(before, name, "points"),
            _figure(after, name, "points"),
            _change(before, after, name),
            _interval(known.get(name)),
        )
        for name in systems
    ]
    header = (
        Column("system"),
        Column(before.name, figures=True),
        Column(after.name, figures=True),
        *columns(">change", ">95 % interval"),
    )
    return Table(f"Points on {after.files.dataset}", header, rows, _note(known, before, after))


def _known(before: Run, after: Run) -> Mapping[str, Change]:
    old, new = before.files.first_hits, after.files.first_hits
    return changes(old, new) if old and new else {}


def _note(known: Mapping[str, Change], before: Run, after: Run) -> str:
    if not before.files.first_hits or not after.files.first_hits:
        older = before if not before.files.first_hits else after
        return f"{older.name} holds no {Layout().first_hits}: run it again to see intervals and flips."
    if any(not change.paired for change in known.values()):
        counts = f"{len(before.files.first_hits.query_id)} and {len(after.files.first_hits.query_id)}"
        return f"The runs answered different queries ({counts}): the intervals are unpaired, and wider for it."
    return "Intervals are of the difference, query by query."


def _change(before: Run, after: Run, system: str) -> str:
    if system not in before.files.scores or system not in after.files.scores:
        return "–"
    return f"{after.files.scores[system]['points'] - before.files.scores[system]['points']:+.1f}"


def _interval(change: Change | None) -> str:
    return f"{change.points.low:+.1f} to {change.points.high:+.1f}" if change else "–"


def _rates(before: Run, after: Run) -> Table:
    systems = sorted(before.files.scores.keys() & after.files.scores.keys())
    rows = [(name, *(_step(before, after, name, rate) for rate in RATES)) for name in systems]
    return Table("Rates, before → after", columns("system", *(f">{rate}" for rate in RATES)), rows)


def _step(before: Run, after: Run, system: str, rate: str) -> str:
    return f"{before.files.scores[system][rate]:.3f} → {after.files.scores[system][rate]:.3f}"


def _figure(run: Run, system: str, name: str) -> str:
    return f"{run.files.scores[system][name]:.1f}" if system in run.files.scores else "–"


def _params(before: Run, after: Run) -> Table:
    absent = object()
    names = sorted(before.files.settings.keys() | after.files.settings.keys())
    pairs = [(name, before.files.settings.get(name, absent), after.files.settings.get(name, absent)) for name in names]
    rows = [(n, *("–" if v is absent else str(v) for v in (a, b))) for n, a, b in pairs if a != b]
    header = (Column("param"), Column(before.name), Column(after.name))
    return Table("Params that differ" if rows else "No param differs", header, rows)


def _flips(before: Run, after: Run, system: str) -> Table:
    if not before.files.first_hits or not after.files.first_hits:
        return Table(f"Flips of {system}: not known", (), ())
    found = flips(before.files.first_hits, after.files.first_hits, system)
    gained = sum(flip.gained for flip in found)
    title = f"Flips of {system}: {gained} gained, {len(found) - gained} lost"
    rest = len(found) - FLIPS_SHOWN
    note = f"And {rest} more; --open shows all of them, with pictures." if rest > 0 else ""
    header = columns("query", "first answer", ">rank before", ">rank after")
    return Table(title, header, [_flip(flip) for flip in found[:FLIPS_SHOWN]], note)


def _flip(flip: Flip) -> tuple[str, str, str, str]:
    outcome = "gained" if flip.gained else "lost"
    return flip.query_id, outcome, str(flip.before or "not found"), str(flip.after or "not found")
