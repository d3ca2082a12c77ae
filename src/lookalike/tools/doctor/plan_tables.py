"""A plan as tables for a terminal."""

from lookalike.kit.errors import size_text
from lookalike.kit.tables import Strong, Table, columns
from lookalike.tools.doctor.plan import Plan
from lookalike.tools.doctor.room import Room
from lookalike.tools.doctor.steps import ALONE, Fleet, Step

_HOUR, _DAY, _YEAR = 1, 24, 24 * 365.25
_PREFIX = {0: "", 3: "k", 6: "M", 9: "G", 12: "T"}


def plan_tables(plan: Plan) -> list[Table]:
    """Return what a plan says."""
    return [_time(plan), _room("Disk", plan.disk), _room("Memory of one process", plan.memory, _limits(plan))]


def span(hours: float) -> str:
    """Return a time as people read it: `3.2 h`."""
    for unit, name in ((_YEAR, "years"), (2 * _DAY, "days"), (_HOUR, "h")):
        if hours >= unit:
            return f"{hours / (_DAY if name == 'days' else unit):,.1f} {name}"
    return f"{hours * 60:.1f} min" if hours * 60 >= 1 else f"{hours * 3600:.1f} s"


def amount(count: float) -> str:
    """Return a number in three digits: `12.3 G`."""
    power = next((power for power in (12, 9, 6, 3) if count >= 10**power), 0)
    value = count / 10**power
    digits = f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
    return f"{digits} {_PREFIX[power]}".strip()


def _time(plan: Plan) -> Table:
    scale, fleets = plan.scale, plan.fleets
    title = (
        f"{scale.images:,} images, {scale.queries:,} of them queries, by {' + '.join(scale.dims)} as measured on "
        f"{plan.dataset}"
    )
    places = [f">{fleet.executor}{end}" for fleet in fleets for end in ("", ", a second")]
    header = columns("step", ">units a core-second", ">core-hours", *places)
    total = [span(sum(step.hours(fleet) for step in plan.steps)) for fleet in fleets]
    last = (Strong("all"), "", f"{sum(step.core_hours for step in plan.steps):,.4g}", *_between(total))
    rows = [*(_row(step, fleets) for step in plan.steps), last]
    return Table(title, header, rows, _machines(plan))


def _row(step: Step, fleets: tuple[Fleet, ...]) -> tuple[str, ...]:
    times = [cell for fleet in fleets for cell in (span(step.hours(fleet)), amount(step.rate(fleet)))]
    return step.name, amount(step.work.rate), f"{step.core_hours:,.4g}", *times


def _between(cells: list[str]) -> list[str]:
    return [word for cell in cells for word in (cell, "")]


def _machines(plan: Plan) -> str:
    local, ray = plan.fleets
    alone = ", ".join(ALONE)
    works = {f"{step.work.machine}, {step.work.cores} cores, {step.work.device}" for step in plan.steps}
    search = next(step.source for step in plan.steps if step.searches)
    return (
        f"local: this machine, {local.cores} cores. ray: {ray.machines} machines of {ray.cores} cores; {alone} run on "
        f"one of them. Units are images, and products of a search. Measured: rates of images, in the last run, on "
        f"{'; '.join(sorted(works))}; of search, {search}. All else is arithmetic. Training is not in it."
    )


def _room(title: str, rooms: tuple[Room, ...], note: str = "") -> Table:
    rows = [(room.what, size_text(room.bytes), room.source) for room in rooms]
    if not note:
        rows.append((Strong("all"), size_text(sum(room.bytes for room in rooms)), ""))
    return Table(title, columns("what", ">size", "known from"), rows, note)


def _limits(plan: Plan) -> str:
    reading = ", ".join(f"{size_text(plan.reading(fleet))}/s ({fleet.executor})" for fleet in plan.fleets)
    exact = ", ".join(f"{plan.exact(fleet):,.3g} ({fleet.executor})" for fleet in plan.fleets)
    return (
        f"Originals are read at up to {reading}. Exact search for {plan.scale.queries:,} queries takes a day at a "
        f"gallery of {exact}; what takes over beyond that is in docs/scale.md."
    )
