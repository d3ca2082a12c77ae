"""Two runs held against each other, as tables of words."""

from collections.abc import Mapping

from lookalike.kit.tables import Column, Table, columns
from lookalike.tools.compare.change import Change, changes
from lookalike.tools.compare.flips import Flip, flips
from lookalike.tools.compare.run import Run

RATES = ("top1", "top5", "top10", "map")  # as many as fit a terminal of 80 columns
FLIPS_SHOWN = 50


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
    known = changes(before.first_hits, after.first_hits) if before.first_hits and after.first_hits else {}
    systems = sorted(before.systems.keys() | after.systems.keys())
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
    return Table(f"Points on {after.dataset}", header, rows, _note(known, before, after))


def _note(known: Mapping[str, Change], before: Run, after: Run) -> str:
    if not before.first_hits or not after.first_hits:
        older = before if not before.first_hits else after
        return f"{older.name} holds no metrics/first_hits.csv: run it again to see intervals and flips."
    if any(not change.paired for change in known.values()):
        counts = f"{len(before.first_hits.query_id)} and {len(after.first_hits.query_id)}"
        return f"The runs answered different queries ({counts}): the intervals are unpaired, and wider for it."
    return "Intervals are of the difference, query by query."


def _change(before: Run, after: Run, system: str) -> str:
    if system not in before.systems or system not in after.systems:
        return "–"
    return f"{after.systems[system]['points'] - before.systems[system]['points']:+.1f}"


def _interval(change: Change | None) -> str:
    return f"{change.points.low:+.1f} to {change.points.high:+.1f}" if change else "–"


def _rates(before: Run, after: Run) -> Table:
    systems = sorted(before.systems.keys() & after.systems.keys())
    rows = [(name, *(_step(before, after, name, rate) for rate in RATES)) for name in systems]
    return Table("Rates, before → after", columns("system", *(f">{rate}" for rate in RATES)), rows)


def _step(before: Run, after: Run, system: str, rate: str) -> str:
    return f"{before.systems[system][rate]:.3f} → {after.systems[system][rate]:.3f}"


def _figure(run: Run, system: str, name: str) -> str:
    return f"{run.systems[system][name]:.1f}" if system in run.systems else "–"


def _params(before: Run, after: Run) -> Table:
    absent = object()
    names = sorted(before.params.keys() | after.params.keys())
    pairs = [(name, before.params.get(name, absent), after.params.get(name, absent)) for name in names]
    rows = [(n, *("–" if v is absent else str(v) for v in (a, b))) for n, a, b in pairs if a != b]
    header = (Column("param"), Column(before.name), Column(after.name))
    return Table("Params that differ" if rows else "No param differs", header, rows)


def _flips(before: Run, after: Run, system: str) -> Table:
    if not before.first_hits or not after.first_hits:
        return Table(f"Flips of {system}: not known", (), ())
    found = flips(before.first_hits, after.first_hits, system)
    gained = sum(flip.gained for flip in found)
    title = f"Flips of {system}: {gained} gained, {len(found) - gained} lost"
    rest = len(found) - FLIPS_SHOWN
    note = f"And {rest} more; --open shows all of them, with pictures." if rest > 0 else ""
    header = columns("query", "first answer", ">rank before", ">rank after")
    return Table(title, header, [_flip(flip) for flip in found[:FLIPS_SHOWN]], note)


def _flip(flip: Flip) -> tuple[str, str, str, str]:
    outcome = "gained" if flip.gained else "lost"
    return flip.query_id, outcome, str(flip.before or "not found"), str(flip.after or "not found")
