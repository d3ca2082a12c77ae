"""The schedule against workers that exist on paper: any of them may die at any moment."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.engine.executors.base import Done, Part
from lookalike.engine.executors.schedule import Schedule, Try
from lookalike.kit.errors import LookalikeError
from tests.engine.executors.jobs import digest, parts_of, plain


class World:
    """Workers on paper that do what a schedule says, with killers among the images and kills from outside."""

    def __init__(self, parts: list[Part], workers: int, killers: set[str]) -> None:
        self.parts, self.schedule, self.workers, self.killers = parts, Schedule(parts), workers, killers
        self.running: list[Try] = []
        self.done: list[Done] = []
        self.completed: Counter[str] = Counter()
        self.lone_deaths: Counter[str] = Counter()

    def step(self, pick: int, killed: bool) -> None:
        while len(self.running) < self.workers and (trial := self.schedule.take()):
            self.running.append(trial)
        assert self.running, "work is left and nobody may do it"
        if any(trial.last for trial in self.running):
            assert len(self.running) == 1
        trial = self.running.pop(pick % len(self.running))
        paths = [path for _, path in trial.part.images]
        if killed or self.killers & set(paths):
            if len(paths) == 1:
                self.lone_deaths[paths[0]] += 1
            self.schedule.died(trial, "signal 11")
        else:
            self.completed.update(paths)
            self.schedule.done(trial)
        self.done.extend(self.schedule.finished())


@given(
    sizes=st.lists(st.integers(1, 9), min_size=1, max_size=6),
    workers=st.integers(1, 4),
    killers=st.sets(st.integers(0, 53), max_size=5),
    moves=st.lists(st.tuples(st.integers(0, 3), st.booleans()), max_size=60),
)
def test_all_is_done_but_what_died_twice_alone(
    sizes: list[int], workers: int, killers: set[int], moves: list[tuple[int, bool]]
) -> None:
    parts = parts_of(*([f"{number}.{image}" for image in range(size)] for number, size in enumerate(sizes)))
    paths = [path for part in parts for _, path in part.images]
    # One part that nothing kills is done first, so that the machine is trusted.
    world = World([*parts_of(["sound"]), *parts], workers, {paths[one] for one in killers if one < len(paths)})
    world.step(0, False) if workers == 1 else None
    for pick, killed in moves:
        if world.schedule.open and world.completed["sound"]:
            world.step(pick, killed)
    while world.schedule.open:
        world.step(0, False)
    refused = {sha256: reason for done in world.done for sha256, reason in done.refused.items()}
    twice = {path for path, deaths in world.lone_deaths.items() if deaths == 2}
    assert refused == {digest(path): "kills its worker (signal 11)" for path in twice}
    assert world.killers <= twice
    assert max(world.lone_deaths.values(), default=0) <= 2
    assert dict(world.completed) == dict.fromkeys({"sound", *paths} - twice, 1)
    assert [done.part for done in world.done] == world.parts


def test_a_killer_costs_two_deaths_and_one_for_each_halving() -> None:
    world = World(plain(2, 64), 1, {"image-1-40"})
    deaths = 0
    while world.schedule.open:
        before = sum(world.completed.values())
        world.step(0, False)
        deaths += sum(world.completed.values()) == before
    # 64, 64, 32, 16, 8, 4, 2, 1, 1.
    assert deaths == 9
    assert sum(world.completed.values()) == 127


def test_a_machine_on_which_every_image_dies_sets_none_aside() -> None:
    world = World(plain(1, 64), 1, {f"image-0-{image}" for image in range(64)})
    with pytest.raises(LookalikeError, match="image-0-7: kills its worker .signal 11., like each of 8 images"):
        while True:
            world.step(0, False)
    assert world.done == []


def test_nothing_is_kept_of_what_is_done() -> None:
    schedule = Schedule(plain(1000, 1))
    for _ in range(1000):
        trial = schedule.take()
        assert trial
        schedule.done(trial)
        assert len(list(schedule.finished())) == 1
    assert not schedule._undone and not schedule._refused and not schedule._running


def test_a_part_without_images_is_refused() -> None:
    with pytest.raises(ValueError, match="part 3 has no image"):
        Part(3, ())
