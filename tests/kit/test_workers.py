"""Threads side by side: the same results in the same order, however many there are."""

import threading

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from lookalike.kit.errors import LookalikeError
from lookalike.kit.workers import side_by_side, worker_count


def products() -> list[int]:
    """Return how many threads numpy's libraries may multiply with."""
    return [library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"]


@pytest.mark.parametrize("value", ["0", "-1", "two", "1.5"])
def test_number_of_workers_is_checked(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("LOOKALIKE_WORKERS", value)
    with pytest.raises(LookalikeError, match="LOOKALIKE_WORKERS"):
        worker_count()


@pytest.mark.parametrize("workers", ["1", "3"])
def test_results_come_in_order_whoever_ends_first(monkeypatch: pytest.MonkeyPatch, workers: str) -> None:
    monkeypatch.setenv("LOOKALIKE_WORKERS", workers)
    third = threading.Event()

    def work(item: int) -> int:
        if item == 2:
            third.set()
        assert workers == "1" or item > 0 or third.wait(20)  # the first waits for the third
        return item * item

    assert side_by_side(work, range(5), 3) == [0, 1, 4, 9, 16]


def test_each_of_several_threads_multiplies_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOOKALIKE_WORKERS", "2")
    before, rows = products(), np.eye(3)
    seen = side_by_side(lambda _: products(), [rows, rows, rows], 2)
    assert {count for one in seen for count in one} == {1}
    assert products() == before
    assert side_by_side(lambda _: products(), [rows, rows], 1) == [before, before]


def test_an_error_ends_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOOKALIKE_WORKERS", "2")
    before = products()
    with pytest.raises(ZeroDivisionError):
        side_by_side(lambda item: 1 // item, [1, 0, 1], 2)
    assert products() == before
