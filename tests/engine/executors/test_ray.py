"""Actors that do a job, on one node and on a cluster of three, while actors and a node die."""

import os
import random
import signal
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from lookalike.engine.executors.base import Done, Part, chosen
from lookalike.kit.errors import LookalikeError
from tests.engine.executors.installed import need_ray
from tests.engine.executors.jobs import Files, digest, left, names, parts_of, plain, starts, tries, until
from tests.engine.executors.program import begun

need_ray()

# Slow: Ray starts half a dozen programs for each node.
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", autouse=True)
def one_way_to_know_each_other() -> Iterator[None]:
    """A Ray that this process starts makes it use tokens from then on, which an older cluster does not know."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_AUTH_MODE", "disabled")
        yield


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """Three nodes on this machine, each with one CPU to give away."""
    import ray
    from ray.cluster_utils import Cluster

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        node = {"num_cpus": 1, "object_store_memory": 100 * 2**20}
        cluster = Cluster(initialize_head=True, head_node_args={**node, "include_dashboard": False})
        for _ in range(2):
            cluster.add_node(**node)
        patch.setenv("RAY_ADDRESS", cluster.address)
        patch.setenv("LOOKALIKE_EXECUTOR", "ray")
        yield cluster
        assert not ray.is_initialized()
        cluster.shutdown()


def run(folder: Path, parts: list[Part], first: str = "") -> list[Done]:
    return list(chosen().run(Files(str(folder), first), parts))


def open_once_both_wait(folder: Path) -> None:
    until(lambda: len(list(folder.glob("*.waits"))) == 2)
    for name in ("wait-a", "wait-b"):
        (folder / f"{name}.go").touch()


def test_a_ray_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import ray

    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    monkeypatch.setenv("LOOKALIKE_EXECUTOR", "ray:3")
    monkeypatch.setenv("LOOKALIKE_STORE", "elsewhere")
    before = set(psutil.Process().children(recursive=True))
    parts = plain(9, 2, "sleep0.2")
    assert run(tmp_path, parts) == [Done(part, {}) for part in parts]
    assert left(tmp_path, "done") == {digest(name): name for name in names(parts)}
    environments = starts(tmp_path).values()
    assert 1 <= len(environments) <= 3
    assert {(one["LOOKALIKE_WORKERS"], one["LOOKALIKE_STORE"]) for one in environments} == {("1", "elsewhere")}
    assert not ray.is_initialized()
    # What Ray started is gone, or is about to be.
    assert psutil.wait_procs(set(psutil.Process().children(recursive=True)) - before, timeout=30)[1] == []


def test_every_part_is_done_once_and_yielded_in_order(cluster: Any, tmp_path: Path) -> None:
    parts = [*parts_of(["sleep1-a", "b"], ["sleep0.2-c"]), *plain(20, 3, "sleep0.01")]
    assert run(tmp_path, parts) == [Done(part, {}) for part in parts]
    assert left(tmp_path, "done") == {digest(name): name for name in names(parts)}
    assert len(tries(tmp_path)) == len(parts)
    # As many actors as the cluster has CPUs, or fewer where one was not needed by the time it was ready.
    assert 1 <= len(starts(tmp_path)) <= 3


def test_an_image_that_kills_its_worker_is_set_aside_and_its_neighbours_are_done(cluster: Any, tmp_path: Path) -> None:
    parts = [*plain(1, 4), *parts_of(["a", "segv-x", "b"], ["c", "d"])]
    refused = {digest("segv-x"): "kills its worker"}
    assert run(tmp_path, parts) == [Done(parts[0], {}), Done(parts[1], refused), Done(parts[2], {})]
    assert left(tmp_path, "aside") == refused
    assert left(tmp_path, "done") == {digest(name): name for name in names(parts) if name != "segv-x"}
    assert tries(tmp_path).count(["segv-x"]) == 2


def test_what_a_job_raises_ends_it_as_it_was_raised(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import ray

    monkeypatch.setenv("LOOKALIKE_EXECUTOR", "ray")

    def raised(what: str, kind: type[Exception]) -> Exception:
        with pytest.raises(kind) as error:
            run(tmp_path, parts_of(["a"], [f"{what}-x"], ["b"]))
        assert type(error.value) is kind
        return error.value

    # Who is connected already stays so; where there are GPUs, each actor has one.
    with ray.init("local", num_cpus=4, num_gpus=2, include_dashboard=False, logging_level="error", log_to_driver=False):
        fault = raised("fault", LookalikeError)
        assert str(fault) == "fault-x: expected an image; remove it"
        assert not hasattr(fault, "__notes__")
        missing = raised("missing", FileNotFoundError)
        assert (missing.errno, missing.filename) == (2, str(tmp_path / "missing-x"))  # type: ignore[attr-defined]
        bug = raised("bug", KeyError)
        assert bug.args == ("bug-x",)
        assert "tests/engine/executors/jobs.py" in bug.__notes__[0]
        awkward = raised("awkward", RuntimeError)
        assert "Awkward: 7: awkward-x" in str(awkward)
        assert "tests/engine/executors/jobs.py" in str(awkward)
        folder = tmp_path / "cards"
        folder.mkdir()
        opener = threading.Thread(target=open_once_both_wait, args=(folder,))
        opener.start()
        assert len(run(folder, parts_of(["wait-a"], ["wait-b"]))) == 2
        opener.join()
        assert [one["CUDA_VISIBLE_DEVICES"] for one in starts(folder).values()] in (["0", "1"], ["1", "0"])
        assert ray.is_initialized()


def test_a_cluster_without_room_is_named(cluster: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lookalike.engine.executors.ray._ROOM", 0.5)
    monkeypatch.setenv("LOOKALIKE_WORKERS", "64")
    with pytest.raises(LookalikeError, match="no room for a worker in 0 s, each with 64 CPUs; see `ray status`"):
        run(tmp_path, plain(2, 1))


@pytest.mark.parametrize("seed", range(2))
def test_kills_from_outside_lose_nothing_and_condemn_nobody(cluster: Any, tmp_path: Path, seed: int) -> None:
    parts, moments, over = plain(40, 4, "sleep0.02"), random.Random(seed), threading.Event()
    killed = []

    def kill() -> None:
        until((tmp_path / "started").is_dir)
        while len(killed) < 3 and not over.wait(moments.uniform(0.1, 0.8)):
            alive = [worker for worker in starts(tmp_path) if psutil.pid_exists(worker)]
            if alive:
                killed.append(moments.choice(alive))
                os.kill(killed[-1], signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        done = run(tmp_path, parts)
    finally:
        over.set()
        killer.join()
    assert killed
    assert done == [Done(part, {}) for part in parts]
    assert left(tmp_path, "done") == {digest(name): name for name in names(parts)}
    # A worker loses at most the part that it is at.
    assert sum(map(len, tries(tmp_path))) <= 4 * (len(parts) + len(killed))


def test_a_job_that_kills_every_worker_as_it_starts_ends(cluster: Any, tmp_path: Path) -> None:
    with pytest.raises(LookalikeError, match="6 workers in a row died .*worker process has died.* while they loaded"):
        run(tmp_path, plain(4, 1), first="segv")


def test_a_program_that_is_killed_leaves_no_worker_on_the_cluster(cluster: Any, tmp_path: Path) -> None:
    program = begun(tmp_path, "ray:2", cluster.address)
    workers = [psutil.Process(one) for one in starts(tmp_path)]
    assert len(workers) == 2
    program.kill()
    program.communicate(timeout=60)
    assert psutil.wait_procs(workers, timeout=60)[1] == []


def test_a_cluster_that_does_not_answer_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{nobody.getsockname()[1]}"
        monkeypatch.setenv("LOOKALIKE_EXECUTOR", "ray")
        for named in (address, f"ray://{address}"):
            monkeypatch.setenv("RAY_ADDRESS", named)
            begin = time.monotonic()
            with pytest.raises(LookalikeError, match=f"RAY_ADDRESS={named}: .*refused; see that Ray runs there"):
                run(tmp_path, plain(1, 1))
            assert time.monotonic() - begin < 10


def test_a_node_that_is_lost_loses_nothing(cluster: Any, tmp_path: Path) -> None:
    """The last test on the cluster, which has two nodes from then on."""
    parts = plain(30, 4, "sleep0.05")

    def lose() -> None:
        until(lambda: len(left(tmp_path, "done")) >= 20 and len(starts(tmp_path)) == 3, 60)
        cluster.remove_node(next(iter(cluster.worker_nodes)), allow_graceful=False)

    loser = threading.Thread(target=lose)
    loser.start()
    done = run(tmp_path, parts)
    loser.join()
    assert done == [Done(part, {}) for part in parts]
    assert left(tmp_path, "done") == {digest(name): name for name in names(parts)}
    assert sum(map(len, tries(tmp_path))) <= 4 * (len(parts) + 1)
