"""Whole training runs on a tiny network: they learn, repeat, resume, and never keep a loss."""

import contextlib
import copy
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from pydantic import ValidationError

from lookalike.backbones.trunk import TorchBackbone
from lookalike.kit.errors import LookalikeError
from lookalike.training import loop, trainer
from lookalike.training.blend import SHARES
from lookalike.training.checkpoints import Checkpoints
from lookalike.training.objective import Objective
from lookalike.training.record import Outcome
from lookalike.training.split import split_backbone
from lookalike.training.train import train
from lookalike.training.trainer import Trainer
from lookalike.training.training_set import LabelledCrops, TrainingSet
from lookalike.validation.protocol import ValidationScore
from tests.training.conftest import MakeRecipe, apart, labelled_crops

AUGMENT = {"flip": 0.5, "jitter": 0.3}


def _same(first: Outcome, second: Outcome) -> bool:
    return (
        first.history == second.history
        and first.state.keys() == second.state.keys()
        and all(torch.equal(first.state[name], second.state[name]) for name in first.state)
    )


@pytest.mark.parametrize("kind", ["identity", "linear", "relu", "mlp", "residual"])
def test_training_gains_on_identities_it_has_not_seen(
    kind: str,
    backbone: TorchBackbone,
    fitting: LabelledCrops,
    held_out: LabelledCrops,
    recipe: MakeRecipe,
    tmp_path: Path,
) -> None:
    outcome = train(
        Trainer(
            *recipe(kind, epochs=12, patience=12, last_stages=0),
            backbone,
            apart(fitting, held_out),
            0,
            Checkpoints(tmp_path, "run"),
        )
    )
    assert outcome.trained[0].score > outcome.frozen[0].score
    assert outcome.kept == "trained"
    assert outcome.history[-1]["lr_head"] == pytest.approx(0.0, abs=1e-12)
    assert outcome.history[-1]["loss"] < outcome.history[0]["loss"]


def test_same_seed_same_weights(
    backbone: TorchBackbone, fitting: LabelledCrops, held_out: LabelledCrops, recipe: MakeRecipe, tmp_path: Path
) -> None:
    options = recipe("relu", augment=AUGMENT)
    runs = [
        train(
            Trainer(*options, copy.deepcopy(backbone), apart(fitting, held_out), seed, Checkpoints(tmp_path, f"run{i}"))
        )
        for i, seed in enumerate((3, 3, 4))
    ]
    assert _same(runs[0], runs[1])
    assert not _same(runs[0], runs[2])


@pytest.mark.parametrize("cached_views", [0, 2])
def test_a_killed_run_ends_in_the_same_weights(
    cached_views: int,
    backbone: TorchBackbone,
    fitting: LabelledCrops,
    held_out: LabelledCrops,
    recipe: MakeRecipe,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    options = recipe("relu", augment=AUGMENT, cached_views=cached_views)
    unbroken = train(
        Trainer(*options, copy.deepcopy(backbone), apart(fitting, held_out), 0, Checkpoints(tmp_path, "unbroken"))
    )
    step, calls = loop._step, []

    def killed(*arguments: object) -> float:
        calls.append(arguments)
        if len(calls) > 12:
            raise KeyboardInterrupt
        return step(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(loop, "_step", killed)
    with pytest.raises(KeyboardInterrupt):
        train(Trainer(*options, copy.deepcopy(backbone), apart(fitting, held_out), 0, Checkpoints(tmp_path, "killed")))
    monkeypatch.setattr(loop, "_step", step)
    resumed = train(
        Trainer(*options, copy.deepcopy(backbone), apart(fitting, held_out), 0, Checkpoints(tmp_path, "killed"))
    )
    assert _same(unbroken, resumed)


def cross_fitted(parts: int = 3, each: int = 8) -> TrainingSet:
    """Return identities in parts, each of which judges."""
    images = labelled_crops(parts * each, 0)
    part = np.repeat(np.arange(parts * each) % parts, len(images) // (parts * each))
    return TrainingSet(images, part, tuple(range(parts)))


def test_every_part_judges_a_model_that_never_saw_it(
    backbone: TorchBackbone, recipe: MakeRecipe, tmp_path: Path
) -> None:
    """The models apart are those that the other parts alone would give, stopped where the mean is best."""
    options, training = recipe("residual", epochs=5, patience=5), cross_fitted()
    outcome = train(Trainer(*options, copy.deepcopy(backbone), training, 0, Checkpoints(tmp_path, "all")))
    assert outcome.kept == "refitted" and sorted(outcome.apart) == [0, 1, 2]
    curves = []
    for judge in training.judges:
        single = TrainingSet(training.images, training.part, (judge,))
        alone = train(Trainer(*options, copy.deepcopy(backbone), single, 0, Checkpoints(tmp_path, f"{judge}")))
        curves.append([row["valid_points"] + 1000 * row["valid_map"] for row in alone.history])
        assert alone.frozen[judge] == outcome.frozen[judge]
        if alone.best_epoch == outcome.best_epoch:
            fitted = alone.apart.get(judge, alone.state)
            assert all(torch.equal(fitted[name], value) for name, value in outcome.apart[judge].items())
            assert alone.trained[judge] == outcome.trained[judge]
    means = np.mean(curves, axis=0)
    assert outcome.best_epoch == 1 + means.argmax()
    assert [row["valid_points"] + 1000 * row["valid_map"] for row in outcome.history] == pytest.approx(means)


def test_all_identities_teach_the_model_that_is_kept_for_the_chosen_epochs(
    backbone: TorchBackbone, recipe: MakeRecipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taught: list[tuple[int, int]] = []
    fit = loop.fit

    def noting(learner: loop.Learner, options: object, seed: int, part: Checkpoints, last: int, every: bool) -> object:
        progress = fit(learner, options, seed, part, last, every)  # type: ignore[arg-type]
        taught.append((len(set(learner.target)), progress.epoch))
        return progress

    monkeypatch.setattr(trainer, "fit", noting)
    training = cross_fitted()
    outcome = train(Trainer(*recipe("residual"), copy.deepcopy(backbone), training, 0, Checkpoints(tmp_path, "run")))
    assert taught == [(16, 4)] * 3 + [(24, outcome.best_epoch)]
    changed = [name for name, value in outcome.state.items() if not torch.equal(value, outcome.apart[0][name])]
    assert {name.split(".")[0] for name in changed} == {"trunk", "head"}


def test_one_part_that_judges_is_not_taken_for_the_first(
    backbone: TorchBackbone, recipe: MakeRecipe, tmp_path: Path
) -> None:
    """Who reads a model that was not refitted takes it that part 0 did not teach it."""
    whole = cross_fitted()
    training = TrainingSet(whole.images, whole.part, (1,))
    outcome = train(Trainer(*recipe("residual"), copy.deepcopy(backbone), training, 0, Checkpoints(tmp_path, "run")))
    assert outcome.kept == "refitted" and list(outcome.apart) == [1]
    assert training.fitting(None).all() and "gain_error" not in outcome.facts()


def test_validation_blends_all_parts_alike(backbone: TorchBackbone, recipe: MakeRecipe, tmp_path: Path) -> None:
    outcome = train(Trainer(*recipe("residual", blend=True), backbone, cross_fitted(), 0, Checkpoints(tmp_path, "run")))
    assert outcome.share in SHARES
    scores = [score.score for score in outcome.trained.values()]
    whole = [row["valid_points"] + 1000 * row["valid_map"] for row in outcome.history]
    assert np.mean(scores) >= whole[outcome.best_epoch - 1] - 1e-9


def test_a_killed_run_over_parts_ends_in_the_same_weights(
    backbone: TorchBackbone, recipe: MakeRecipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options, training = recipe("relu", augment=AUGMENT, cached_views=2, patience=9), cross_fitted()
    unbroken = train(Trainer(*options, copy.deepcopy(backbone), training, 0, Checkpoints(tmp_path, "unbroken")))
    assert unbroken.kept == "refitted"
    step, calls = loop._step, []

    def killed(*arguments: object) -> float:
        calls.append(arguments)
        if len(calls) % 31 == 0:
            raise KeyboardInterrupt
        return step(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(loop, "_step", killed)
    lives, resumed = 0, None
    while resumed is None:
        lives += 1
        with contextlib.suppress(KeyboardInterrupt):
            resumed = train(Trainer(*options, copy.deepcopy(backbone), training, 0, Checkpoints(tmp_path, "killed")))
    assert lives > 2
    assert _same(unbroken, resumed)
    assert all(torch.equal(unbroken.apart[1][name], resumed.apart[1][name]) for name in unbroken.apart[1])


def test_an_epochs_weights_that_are_damaged_are_trained_again(
    backbone: TorchBackbone, recipe: MakeRecipe, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options, training = recipe("residual"), cross_fitted()
    first = train(Trainer(*options, copy.deepcopy(backbone), training, 0, Checkpoints(tmp_path, "run")))
    (kept,) = tmp_path.glob("run/part1/after2.pt")
    kept.write_bytes(kept.read_bytes()[:-200])
    again = train(Trainer(*options, copy.deepcopy(backbone), training, 0, Checkpoints(tmp_path, "run")))
    assert _same(first, again)
    assert "after2.pt" in capsys.readouterr().err


def test_the_record_tells_the_gain_and_its_error() -> None:
    frozen = {part: ValidationScore(points, 0.5) for part, points in ((0, 500.0), (1, 700.0), (2, 600.0))}
    trained = {part: ValidationScore(points, 0.75) for part, points in ((0, 530.0), (1, 760.0), (2, 690.0))}
    facts = Outcome({}, {}, [{}, {}], frozen, trained, 1, 0.5).facts()
    assert (facts["frozen_points"], facts["best_points"], facts["best_map"]) == (600.0, 660.0, 0.75)
    # Gains of 30, 60 and 90: their standard deviation is 30.
    assert facts["gain_error"] == pytest.approx(30 / 3**0.5, abs=1e-3)


def test_only_the_last_stages_change(
    backbone: TorchBackbone, fitting: LabelledCrops, held_out: LabelledCrops, recipe: MakeRecipe, tmp_path: Path
) -> None:
    before = copy.deepcopy(backbone.trunk.state_dict())
    outcome = train(Trainer(*recipe(), backbone, apart(fitting, held_out), 0, Checkpoints(tmp_path, "run")))
    changed = {name for name, value in backbone.trunk.state_dict().items() if not torch.equal(value, before[name])}
    assert changed and all(name.startswith("block1.") for name in changed)
    # Batch statistics stay as published.
    assert not any("running" in name for name in changed)
    assert {name.split(".")[1] for name in outcome.state} == {"block1"}


def test_stages_at_the_end_stay_as_published_and_pass_gradients_on(
    backbone: TorchBackbone, fitting: LabelledCrops, held_out: LabelledCrops, recipe: MakeRecipe, tmp_path: Path
) -> None:
    backbone.trunk.add_module("projection", torch.nn.Linear(64, 64, bias=False))
    before = copy.deepcopy(backbone.trunk.state_dict())
    options = recipe(last_stages=3, frozen_end=1)
    train(Trainer(*options, backbone, apart(fitting, held_out), 0, Checkpoints(tmp_path, "run")))
    changed = {name for name, value in backbone.trunk.state_dict().items() if not torch.equal(value, before[name])}
    assert changed and all(name.startswith("block1.") for name in changed)
    with pytest.raises(ValidationError, match="frozen_end leaves none"):
        recipe(last_stages=2, frozen_end=2)


def test_the_head_goes_on_alone_at_a_tenth_of_its_rate(
    backbone: TorchBackbone,
    fitting: LabelledCrops,
    held_out: LabelledCrops,
    recipe: MakeRecipe,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[tuple[dict[str, float], dict[str, torch.Tensor]]] = []
    record = loop._record_epoch

    def noting(learner: loop.Learner, *rest: object) -> None:
        record(learner, *rest)  # type: ignore[arg-type]
        state = {name: value.clone() for name, value in learner.objective.state_dict().items()}
        seen.append((rest[0].history[-1], state))  # type: ignore[attr-defined]

    monkeypatch.setattr(loop, "_record_epoch", noting)
    options = recipe("relu", loss="ce", epochs=2, head_epochs=2, patience=9, lr_head=0.01, weight_decay=0.1)
    train(Trainer(*options, backbone, apart(fitting, held_out), 0, Checkpoints(tmp_path, "run")))
    rows, states = zip(*seen, strict=True)
    assert [row["lr_head"] for row in rows[1:]] == [0.001] * 3
    assert rows[0]["lr_backbone"] > 0 and [row["lr_backbone"] for row in rows[1:]] == [0.0] * 3
    for before, after in pairwise(states[1:]):
        changed = {name for name in before if not torch.equal(before[name], after[name])}
        assert {name.split(".")[0] for name in changed} == {"head", "criterion"}


def test_adam_is_adamw_without_decay(
    backbone: TorchBackbone, fitting: LabelledCrops, held_out: LabelledCrops, recipe: MakeRecipe, tmp_path: Path
) -> None:
    """Where the study had Adam, recipes have no weight decay: not a bit of difference."""
    options = recipe(loss="ce", weight_decay=0.0)
    first, second = copy.deepcopy(backbone), copy.deepcopy(backbone)
    ours = train(Trainer(*options, first, apart(fitting, held_out), 0, Checkpoints(tmp_path, "ours")))
    make = Objective.optimizer

    def adam(objective: Objective) -> torch.optim.Optimizer:
        return torch.optim.Adam(make(objective).param_groups, weight_decay=0.0)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Objective, "optimizer", adam)
        theirs = train(Trainer(*options, second, apart(fitting, held_out), 0, Checkpoints(tmp_path, "theirs")))
    assert _same(ours, theirs)
    ends = [part.trunk.state_dict() for part in (first, second, backbone)]
    assert all(torch.equal(ends[0][name], ends[1][name]) for name in ends[0])
    assert not all(torch.equal(ends[0][name], ends[2][name]) for name in ends[0])


def test_the_frozen_model_is_kept_when_training_is_no_gain(
    backbone: TorchBackbone, fitting: LabelledCrops, recipe: MakeRecipe, tmp_path: Path
) -> None:
    """Held-out images that match pixel for pixel: nothing beats the frozen features."""
    easy = labelled_crops(6, 100, noise=0.0, inverted=False)
    outcome = train(Trainer(*recipe("relu"), backbone, apart(fitting, easy), 0, Checkpoints(tmp_path, "run")))
    assert outcome.frozen[0] == pytest.approx((1000.0, 1.0))
    assert outcome.kept == "frozen" and outcome.state == {}
    assert len(outcome.history) > 0


def test_cached_views_train_as_fresh_ones_do(
    backbone: TorchBackbone, fitting: LabelledCrops, held_out: LabelledCrops, recipe: MakeRecipe, tmp_path: Path
) -> None:
    fresh, cached = (
        train(
            Trainer(
                *recipe(augment=AUGMENT, cached_views=n),
                copy.deepcopy(backbone),
                apart(fitting, held_out),
                0,
                Checkpoints(tmp_path, f"{n}"),
            )
        )
        for n in (0, 4)
    )
    # The cache holds half precision, so the curves agree to a thousandth.
    for one, other in zip(fresh.history, cached.history, strict=True):
        assert one["loss"] == pytest.approx(other["loss"], rel=2e-3)


def test_a_head_learns_on_any_backbones_features(
    fitting: LabelledCrops, held_out: LabelledCrops, recipe: MakeRecipe, tmp_path: Path
) -> None:
    class Pooled:
        dim = 12

        def __init__(self) -> None:
            self.asked = 0

        def embed(self, crops: np.ndarray) -> np.ndarray:
            self.asked += len(crops)
            pooled = crops.reshape(len(crops), 2, 8, 2, 8, 3).mean((2, 4)).reshape(len(crops), 12)
            return (pooled / 255 - 0.5).astype(np.float32)

    backbone = Pooled()
    options = recipe("mlp", recipe="head", cached_views=2, augment={"flip": 0.5}, epochs=10)
    outcome = train(Trainer(*options, backbone, apart(fitting, held_out), 0, Checkpoints(tmp_path, "run")))
    assert outcome.trained[0].score > outcome.frozen[0].score
    # Two views of each fitting image, one of each held-out one, and one of each to learn the shapes.
    assert backbone.asked == 2 * len(fitting) + len(held_out) + 2


def test_stages_of_a_backbone_that_only_runs_cannot_learn(recipe: MakeRecipe) -> None:
    class Runner:
        dim = 1

        def embed(self, crops: np.ndarray) -> np.ndarray:
            return np.zeros((len(crops), 1), np.float32)

    with pytest.raises(LookalikeError, match="onnx_torch"):
        split_backbone(Runner(), recipe()[1])


def test_a_loss_that_is_not_finite_stops_the_run(
    backbone: TorchBackbone, fitting: LabelledCrops, held_out: LabelledCrops, recipe: MakeRecipe, tmp_path: Path
) -> None:
    with pytest.raises(LookalikeError, match="training loss is"):
        train(
            Trainer(
                *recipe(loss="ce", lr_backbone=1e30, clip=1e30),
                backbone,
                apart(fitting, held_out),
                0,
                Checkpoints(tmp_path, "run"),
            )
        )


def test_training_stops_early_when_nothing_is_gained(
    backbone: TorchBackbone, fitting: LabelledCrops, held_out: LabelledCrops, recipe: MakeRecipe, tmp_path: Path
) -> None:
    options = recipe("identity", epochs=9, patience=2, lr_backbone=0.0, lr_head=1e-9)
    outcome = train(Trainer(*options, backbone, apart(fitting, held_out), 0, Checkpoints(tmp_path, "run")))
    assert len(outcome.history) == 3 and outcome.best_epoch == 1


def test_points_and_precision_choose_together() -> None:
    assert ValidationScore(670.0, 0.42).score > ValidationScore(673.0, 0.39).score
