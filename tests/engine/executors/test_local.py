"""Processes that do a job, and die at it: killed by their own images, from outside, and with their program."""

import os
import random
import signal
import threading
import time
from pathlib import Path

import psutil
import pytest

from lookalike.engine.executors.base import Done
from lookalike.engine.executors.local import LocalExecutor
from lookalike.kit.errors import LookalikeError
from tests.engine.executors.jobs import Files, digest, left, names, parts_of, plain, starts, tries, until


def workers() -> list[psutil.Process]:
    return [one for one in psutil.Process().children() if "lookalike.engine" in " ".join(one.cmdline())]


@pytest.fixture(autouse=True)
def no_worker_is_left() -> object:
    yield
    assert workers() == []


@pytest.mark.parametrize("count", [1, 3])
def test_every_part_is_done_once_and_yielded_in_order(tmp_path: Path, count: int) -> None:
    # The first parts take longest.
    parts = [*parts_of(["sleep0.3-a", "b"], ["sleep0.1-c"]), *plain(20, 3)]
    assert list(LocalExecutor(count).run(Files(str(tmp_path)), parts)) == [Done(part, {}) for part in parts]
    assert left(tmp_path, "done") == {digest(name): name for name in names(parts)}
    assert sorted(tries(tmp_path)) == sorted([path for _, path in part.images] for part in parts)
    assert 1 <= len(starts(tmp_path)) <= count
    assert os.getpid() not in starts(tmp_path)


def test_no_more_workers_than_parts(tmp_path: Path) -> None:
    assert len(list(LocalExecutor(5).run(Files(str(tmp_path)), plain(2, 1, "sleep0.1")))) == 2
    assert len(starts(tmp_path)) <= 2


def test_the_cores_are_shared_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cores = set(range(8))
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: cores)
    for set_to, count, threads in ((None, 1, "8"), (None, 3, "2"), (None, 9, "1"), ("5", 3, "5")):
        monkeypatch.delenv("LOOKALIKE_WORKERS", raising=False)
        if set_to:
            monkeypatch.setenv("LOOKALIKE_WORKERS", set_to)
        folder = tmp_path / f"{set_to}-{count}"
        folder.mkdir()
        assert len(list(LocalExecutor(count).run(Files(str(folder)), plain(9, 1)))) == 9
        assert {environment["LOOKALIKE_WORKERS"] for environment in starts(folder).values()} == {threads}


@pytest.mark.parametrize(("what", "how"), [("segv", "signal 11"), ("exit", "exit code 3")])
def test_an_image_that_kills_its_worker_is_set_aside_and_its_neighbours_are_done(
    tmp_path: Path, what: str, how: str
) -> None:
    killer = f"{what}-x"
    parts = [*plain(1, 4), *parts_of(["a", "b", "c", killer, "d"], ["e", "f"])]
    done = list(LocalExecutor(2).run(Files(str(tmp_path)), parts))
    assert done == [
        Done(parts[0], {}),
        Done(parts[1], {digest(killer): f"kills its worker ({how})"}),
        Done(parts[2], {}),
    ]
    assert left(tmp_path, "aside") == {digest(killer): f"kills its worker ({how})"}
    assert left(tmp_path, "done") == {digest(name): name for name in names(parts) if name != killer}
    assert tries(tmp_path).count([killer]) == 2
    assert sum(killer in given for given in tries(tmp_path)) == 6  # five images, again, three, two, one, again


@pytest.mark.slow  # twenty jobs, each with workers killed again and again
@pytest.mark.parametrize("seed", range(20))
def test_kills_from_outside_lose_nothing_and_condemn_nobody(tmp_path: Path, seed: int) -> None:
    parts, over = plain(60, 4, "sleep0.003"), threading.Event()
    moments = random.Random(seed)
    killed = 0

    def kill() -> None:
        nonlocal killed
        # The fifth kill of one part of four images may find one alone for the second time.
        while killed < 4 and not over.wait(moments.uniform(0.02, 0.2)):
            if alive := workers():
                alive[moments.randrange(len(alive))].kill()
                killed += 1

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        done = list(LocalExecutor(2).run(Files(str(tmp_path)), parts))
    finally:
        over.set()
        killer.join()
    assert done == [Done(part, {}) for part in parts]
    assert left(tmp_path, "done") == {digest(name): name for name in names(parts)}
    assert killed
    # A worker loses at most the part that it is at.
    assert sum(map(len, tries(tmp_path))) <= 4 * (len(parts) + killed)


def test_one_kill_of_an_image_that_was_alone_condemns_nobody(tmp_path: Path) -> None:
    waits = tmp_path / "wait-a.waits"

    def kill() -> None:
        until(waits.exists)
        until(lambda: bool(waits.read_text()))
        os.kill(int(waits.read_text()), signal.SIGKILL)
        (tmp_path / "wait-a.go").touch()

    killer = threading.Thread(target=kill)
    killer.start()
    parts = parts_of(["wait-a"], ["b"])
    assert list(LocalExecutor(2).run(Files(str(tmp_path)), parts)) == [Done(part, {}) for part in parts]
    killer.join()
    assert tries(tmp_path).count(["wait-a"]) == 2


def test_a_worker_that_is_killed_while_it_has_nothing_to_do_costs_nothing(tmp_path: Path) -> None:
    parts = parts_of(["wait-a"], ["b"], ["c"])
    run = LocalExecutor(2).run(Files(str(tmp_path)), parts)

    def kill() -> None:
        until(lambda: len(left(tmp_path, "done")) == 2)
        (busy,) = [int(file.read_text()) for file in tmp_path.glob("*.waits")]
        for worker in workers():
            if worker.pid != busy:
                worker.kill()
        time.sleep(0.2)
        (tmp_path / "wait-a.go").touch()

    killer = threading.Thread(target=kill)
    killer.start()
    assert list(run) == [Done(part, {}) for part in parts]
    killer.join()
    assert sorted(tries(tmp_path)) == [["b"], ["c"], ["wait-a"]]


def test_what_a_job_raises_ends_it_as_it_was_raised(tmp_path: Path) -> None:
    def raised(what: str, kind: type[Exception]) -> Exception:
        parts, done = parts_of(["a"], [f"sleep0.3-{what}", f"{what}-x"], ["b"]), []
        with pytest.raises(kind) as error:
            for one in LocalExecutor(2).run(Files(str(tmp_path)), parts):
                done.append(one)
        assert workers() == []
        assert [one.part.number for one in done] in ([], [0])
        return error.value

    fault = raised("fault", LookalikeError)
    assert type(fault) is LookalikeError
    assert str(fault) == "fault-x: expected an image; remove it"
    assert not hasattr(fault, "__notes__")
    missing = raised("missing", OSError)
    assert type(missing) is FileNotFoundError
    assert missing.filename == str(tmp_path / "missing-x")
    bug = raised("bug", KeyError)
    assert bug.args == ("bug-x",)
    assert "tests/engine/executors/jobs.py" in bug.__notes__[0]
    awkward = raised("awkward", RuntimeError)
    assert "Awkward: 7: awkward-x" in str(awkward)
    assert "tests/engine/executors/jobs.py" in str(awkward)


def test_what_a_job_raises_as_it_starts_ends_it(tmp_path: Path) -> None:
    with pytest.raises(LookalikeError, match="expected an image"):
        list(LocalExecutor(2).run(Files(str(tmp_path), first="fault"), plain(4, 1)))


def test_a_job_that_kills_every_worker_as_it_starts_ends(tmp_path: Path) -> None:
    with pytest.raises(
        LookalikeError, match="5 workers in a row died .signal 11. while they loaded what the job needs"
    ):
        list(LocalExecutor(1).run(Files(str(tmp_path), first="segv"), plain(4, 1)))
    assert len(starts(tmp_path)) == 5
    assert left(tmp_path, "aside") == {}


def test_a_machine_on_which_every_image_dies_sets_none_aside(tmp_path: Path) -> None:
    with pytest.raises(LookalikeError, match="it is hardly the images"):
        list(LocalExecutor(2).run(Files(str(tmp_path)), plain(1, 8, "segv")))
    assert left(tmp_path, "aside") == {}


def test_whoever_stops_listening_ends_the_workers(tmp_path: Path) -> None:
    run = LocalExecutor(2).run(Files(str(tmp_path)), [*plain(1, 1), *plain(4, 1, "sleep60")])
    next(run)
    assert len(workers()) == 2
    run.close()  # type: ignore[attr-defined]
    assert workers() == []


def test_what_workers_print_is_printed(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    list(LocalExecutor(1).run(Files(str(tmp_path)), parts_of(["speak"])))
    printed = capfd.readouterr()
    assert (printed.out, printed.err) == ("result\n", "warning\n")
