"""Views augmented beside the training step are those that would be made when asked for."""

import threading
from pathlib import Path

import numpy as np
import pytest
import torch

from lookalike.params.train import AugmentOptions
from lookalike.training.augment import Augment
from lookalike.training.views import CachedViews, FreshViews, chunks, fill

CROPS = np.random.default_rng(0).integers(0, 256, (70, 24, 24, 3), dtype=np.uint8)
ALL = AugmentOptions.model_validate(dict.fromkeys(AugmentOptions.model_fields, 0.5))
REQUESTS = [(view, rows) for view in range(3) for rows in chunks(len(CROPS))]


def pixels(crops: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(crops).flatten(1).float()


def fresh() -> FreshViews:
    return FreshViews(CROPS, Augment(ALL, 24), pixels, seed=3)


def test_what_was_begun_ahead_is_the_same_in_any_order() -> None:
    expected = [fresh().begin(rows, view)() for view, rows in REQUESTS]
    views = fresh()
    begun = [views.begin(rows, view) for view, rows in REQUESTS]
    found = [wait() for wait in reversed(begun)]
    assert all(torch.equal(one, other) for one, other in zip(expected, reversed(found), strict=True))


def test_work_in_the_thread_leaves_the_generator_to_the_step() -> None:
    """Random numbers of the step, such as dropout's, are drawn while images are augmented."""
    torch.manual_seed(5)
    expected = torch.rand(20_000)
    torch.manual_seed(5)
    views, found = fresh(), []
    for view, rows in REQUESTS:
        views.begin(rows, view)
    while len(found) < 20_000:
        found.append(torch.rand(()))
    assert torch.equal(torch.stack(found), expected)


def test_pixels_are_changed_in_other_threads_and_frozen_stages_run_in_this_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    threads = []
    drawn = Augment.drawn

    def noting(*arguments: object) -> object:
        return [lambda work=work: threads.append(threading.current_thread()) or work() for work in drawn(*arguments)]

    def frozen(crops: np.ndarray) -> torch.Tensor:
        threads.append(threading.current_thread())
        return pixels(crops)

    monkeypatch.setattr(Augment, "drawn", noting)
    FreshViews(CROPS, Augment(ALL, 24), frozen, seed=3).begin(np.arange(4), 0)()
    assert len(threads) == 5 and threading.current_thread() not in threads[:4]
    assert threads[4] is threading.current_thread()


def test_a_filled_cache_holds_the_fresh_views(tmp_path: Path) -> None:
    fill(tmp_path / "views.npy", fresh(), len(CROPS), 2)
    cached = CachedViews(tmp_path / "views.npy", torch.device("cpu"))
    for view, rows in REQUESTS[:6]:
        assert torch.equal(cached.begin(rows, view)(), fresh().begin(rows, view % 2)())
