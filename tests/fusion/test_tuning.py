"""The tuner: judged on validation identities alone, deterministic, and honest about what it tried."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lookalike.embedding.cross_fitted import CrossFitted, unseen
from lookalike.embedding.table import EmbeddingTable
from lookalike.fusion.confidence import Confidence
from lookalike.fusion.plan import Plan
from lookalike.fusion.tuning.candidates import Candidate
from lookalike.fusion.tuning.forward_selection import ForwardSelection, paired_gain
from lookalike.fusion.tuning.record import Record
from lookalike.fusion.tuning.tune import tune
from lookalike.kit.digests import read_checked_json, write_checked_json
from lookalike.kit.errors import LookalikeError
from lookalike.metrics.rates import points
from lookalike.params.fusion import FusionOptions
from lookalike.params.retrieval import RetrievalOptions
from lookalike.retrieval.embeddings import Embeddings
from lookalike.retrieval.vectors import cosine, unit
from lookalike.validation.folds import Fold, fold_points, make_folds
from tests.in_memory import fuse


def table(seed: int, noise: float, domain: str = "stated", identities: int = 12) -> EmbeddingTable:
    """Build embeddings of people; drawings stand apart from photographs. The seed makes the model, not the images."""
    rng = np.random.default_rng(seed)
    rows = []
    for split, first in (("train", 0), ("query", identities), ("gallery", identities)):
        for person in range(first, first + identities):
            for shot in range(4):
                drawn = split == "gallery" or (split == "train" and shot % 2 == 1)
                stated = ("synthetic" if drawn else "real") if domain == "stated" else "unknown"
                rows.append(
                    (
                        f"{split}/{person:02d}_{shot}",
                        split,
                        stated,
                        f"p{person}" if split == "train" else None,
                        person,
                        drawn,
                    )
                )
    rows.sort()
    people = rng.normal(size=(2 * identities, 10))
    vectors = [people[r[4]] + noise * rng.normal(size=10) + 1.5 * r[5] for r in rows]
    keys = [np.array(column, dtype=object) for column in list(zip(*rows, strict=True))[:4]]
    return EmbeddingTable(*keys, unit(np.array(vectors)).astype(np.float32), {"model": f"m{seed}"})


def plan_of(tables: list[EmbeddingTable], **options: object) -> Plan:
    return tuned(tables, **options)[0]


def record_of(tables: list[EmbeddingTable], **options: object) -> Record:
    return tuned(tables, **options)[1]


def tuned(tables: list[EmbeddingTable], rule: str = "joint", **options: object) -> tuple[Plan, Record]:
    retrieval = RetrievalOptions(**{k: v for k, v in options.items() if k in RetrievalOptions.model_fields})
    fusion = FusionOptions(**{k: v for k, v in options.items() if k in FusionOptions.model_fields})
    part = np.array([int(label not in ("p0", "p3", "p5", "p7")) for label in tables[0].label])
    names = [f"m{i}" for i in range(len(tables))]
    judged = [unseen(one, NOBODY_APART) for one in tables]
    return tune(names, tables, part, judged, rule, retrieval, fusion, np.random.default_rng(0))


TABLES = [table(1, 0.5), table(2, 1.0)]
NOBODY_APART = CrossFitted.of(np.empty(0, dtype=object), {}, 10)


def first_right(tables: list[EmbeddingTable], plan: Plan) -> float:
    ranking = fuse(plan, tables)
    person = [np.array([name.split("/")[1][:2] for name in ids]) for ids in (ranking.query_id, ranking.gallery_id)]
    return float((person[1][ranking.order[:, 0]] == person[0]).mean())


def test_a_plan_is_the_same_every_time_and_survives_its_file(tmp_path: Path) -> None:
    plan = plan_of(TABLES)
    plan.write(tmp_path / "a.json")
    plan_of(TABLES).write(tmp_path / "b.json")
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()
    assert Plan.read(tmp_path / "a.json") == plan


def test_tuning_helps_the_test_it_never_saw() -> None:
    tables = [table(1, 0.5, identities=24), table(2, 1.0, identities=24)]
    chosen, (given, record) = plan_of(tables), tuned(tables, tune=False)
    assert given.retrieval == RetrievalOptions()
    assert record.tried == []
    assert chosen.retrieval.shift.method in ("centre", "wccn")
    assert first_right(tables, chosen) > first_right(tables, given)


def test_the_test_set_has_no_say() -> None:
    """With domains stated, not even the test's embeddings move the plan."""
    other = []
    for one in TABLES:
        vectors = one.embedding.copy()
        vectors[one.split != "train"] = vectors[one.split != "train"][::-1]
        other.append(EmbeddingTable(one.image_id, one.split, one.domain, one.label, vectors))
    assert tuned(other) == tuned(TABLES)


def test_folds_never_learn_from_whom_they_test() -> None:
    parts = [Embeddings.of(one) for one in TABLES]
    held_out = np.isin(parts[0].train_label.astype(str), ["p0", "p3", "p5"])
    folds = make_folds(parts, ~held_out, [{0: parts[0].train}, None], 2, np.random.default_rng(0))
    assert len(folds) == 1
    assert set(folds[0].embeddings[0].train_label) == {f"p{i}" for i in range(12)} - {"p0", "p3", "p5"}
    halves = make_folds(parts, ~held_out, [None, None], 2, np.random.default_rng(0))
    assert len(halves) == 4
    names = np.unique(parts[0].train_label.astype(str))
    for fold in halves:
        assert not set(names[fold.identity]) & set(fold.embeddings[0].train_label)


def test_fold_points_equal_the_score_and_ties_gain_nothing() -> None:
    fold = make_folds([Embeddings.of(TABLES[0])], np.zeros(48, dtype=int), [None], 1, np.random.default_rng(0))[0]
    similarity = np.random.default_rng(1).normal(size=fold.relevant.shape)
    order = np.argsort(-similarity, axis=1)
    hit = np.take_along_axis(fold.relevant, order, axis=1)
    assert fold_points(similarity, fold).tolist() == points(hit.argmax(axis=1) + 1).tolist()
    assert fold_points(np.zeros(fold.relevant.shape), fold).max() < 1000


def test_paired_gain_is_the_spread_of_identities() -> None:
    difference = np.array([100.0, 100.0, -40.0, -40.0, 0.0])
    gain, error = paired_gain(difference, np.array([0, 0, 1, 1, 2]))
    assert gain == pytest.approx(24)
    assert error == pytest.approx(np.sqrt(3 / 2 * ((2 * 76) ** 2 + (2 * 64) ** 2 + 24**2)) / 5)


@pytest.mark.parametrize("identities", [1, 2, 9])
def test_the_gain_of_one_identity_alone_is_worth_one_error(identities: int) -> None:
    identity = np.repeat(np.arange(identities), 5)
    gain, error = paired_gain(np.where(np.arange(len(identity)) == 2, 600.0, 0.0), identity)
    assert gain == pytest.approx(600 / len(identity))
    assert error == pytest.approx(gain)


@pytest.mark.parametrize(("identities", "kept"), [(1, False), (2, True)])
def test_what_helps_one_identity_alone_is_not_kept(identities: int, kept: bool) -> None:
    """Nine identities ask five times each, in front of one right and three wrong images."""
    identity = np.repeat(np.arange(9), 5)
    relevant = np.tile([True, False, False, False], (45, 1))
    fold = Fold((), identity, relevant)
    given, better = Candidate(RetrievalOptions(), (1.0,)), Candidate(RetrievalOptions(depth=7), (1.0,))

    def fuse(_: Fold, candidate: Candidate) -> np.ndarray:
        similarity = np.tile([4.0, 3.0, 2.0, 1.0], (45, 1))
        wrong = np.arange(5 * (identities if candidate is given else 0))
        similarity[wrong] = [3.0, 4.0, 2.0, 1.0]
        return similarity

    selection = ForwardSelection([fold], fuse, FusionOptions().caution, given)
    selection.step("depth", [("depth 7", better)])
    assert selection.tried[0].gain == pytest.approx(identities * 600 / 9, abs=1e-4)
    assert (selection.current is better) == kept


def trained(one: EmbeddingTable) -> EmbeddingTable:
    return replace(one, metadata={**one.metadata, "kept": "trained"})


def test_models_that_nobody_shaped_are_tuned_on_all_once_the_others_have_no_say() -> None:
    useless = trained(table(3, 20.0))
    plan, record = tuned([useless, TABLES[0]])
    alone, all_asked = tuned([TABLES[0]])
    assert plan.weight == [0.0, 1.0]
    assert (plan.retrieval, plan.confidence) == (alone.retrieval, alone.confidence)
    assert (record.identities, all_asked.identities) == (12, 12)
    assert record.tried[-len(all_asked.tried) :] == all_asked.tried


def test_every_part_asks_in_the_vectors_of_models_that_never_saw_it() -> None:
    parts = [Embeddings.of(one) for one in TABLES]
    number = np.array([int(label[1:]) % 3 for label in parts[0].train_label])
    apart = {part: unit(parts[0].train + 0.1 * part).astype(np.float32) for part in (0, 1, 2)}
    folds = make_folds(parts, number, [apart, None], 2, np.random.default_rng(0))
    assert len(folds) == 3
    drawn = parts[0].train_domain == "synthetic"
    for part, fold in enumerate(folds):
        assert np.array_equal(fold.embeddings[0].query, apart[part][(number == part) & ~drawn])
        assert np.array_equal(fold.embeddings[0].gallery, apart[part][drawn])
        assert np.array_equal(fold.embeddings[0].train, apart[part][number != part])
        assert np.array_equal(fold.embeddings[1].query, parts[1].train[(number == part) & ~drawn])
        assert {f"p{i}" for i in range(part, 12, 3)} == {f"p{i}" for i in range(12)} - set(
            fold.embeddings[0].train_label
        )
    asked = np.concatenate([fold.identity for fold in folds])
    assert np.bincount(asked).tolist() == [2] * 12


def test_only_parts_that_every_fitted_model_left_out_judge() -> None:
    parts = [Embeddings.of(one) for one in TABLES]
    number = np.array([int(label[1:]) % 3 for label in parts[0].train_label])
    both = [dict.fromkeys((0, 1, 2), parts[0].train), {0: parts[1].train}]
    folds = make_folds(parts, number, both, 2, np.random.default_rng(0))
    assert [set(fold.identity % 1) for fold in folds] == [{0}]
    assert len(set(folds[0].identity)) == 4


def test_cross_fitted_vectors_come_back_by_part_in_the_tables_order(tmp_path: Path) -> None:
    one = replace(TABLES[0], metadata={"model": "m1", "kept": "refitted"})
    train = one.of_split("train")
    vectors = {part: np.roll(train.embedding, part, axis=0) for part in (0, 2)}
    CrossFitted.of(train.image_id, vectors, one.dim).write(tmp_path / "apart.parquet")
    found = unseen(one, CrossFitted.read(tmp_path / "apart.parquet"))
    assert found is not None and sorted(found) == [0, 2]
    assert all(np.array_equal(found[part], vectors[part]) for part in found)
    fewer = one.rows(one.image_id != train.image_id[3])
    some = unseen(fewer, CrossFitted.read(tmp_path / "apart.parquet"))
    assert some is not None and np.array_equal(some[2], np.delete(vectors[2], 3, axis=0))
    with pytest.raises(LookalikeError, match="m1: .* other training images"):
        unseen(one, CrossFitted.of(train.image_id[1:], {0: train.embedding[1:]}, one.dim))


def test_the_model_that_is_kept_is_judged_by_nobody_it_was_fitted_on() -> None:
    assert unseen(TABLES[0], NOBODY_APART) is None
    held = unseen(trained(TABLES[0]), NOBODY_APART)
    assert held is not None and list(held) == [0]


def test_held_out_identities_decide_where_a_fitted_model_has_a_say() -> None:
    plan, record = tuned([trained(TABLES[0]), TABLES[1]])
    assert plan.weight[0] > 0
    assert record.identities == 4


@pytest.mark.parametrize("rule", ["weighted_sum", "reciprocal_rank", "accuracy_mean", "pca_mean"])
@pytest.mark.parametrize("normalise", ["none", "zscore", "platt", "isotonic"])
def test_every_rule_runs_on_every_scale(rule: str, normalise: str) -> None:
    plan = plan_of(TABLES, rule=rule, normalise=normalise, budget=3)
    ranking = fuse(plan, TABLES)
    assert ranking.order.shape == (48, 48)


@pytest.mark.parametrize("weights", ["equal", "logistic", "bradley_terry", "greedy"])
def test_every_way_to_weights_gives_shares(weights: str) -> None:
    plan = plan_of(TABLES, weights=weights, budget=0)
    assert sum(plan.weight) == pytest.approx(1, abs=1e-3)
    assert plan.retrieval == RetrievalOptions()


def test_a_better_model_gets_more_weight() -> None:
    assert plan_of([table(1, 0.4), table(2, 2.5)], weights="bradley_terry", budget=0).weight[0] > 0.6


@pytest.mark.parametrize(("options", "kept"), [({}, True), ({"expansion": {"enabled": True}}, False)])
def test_where_points_are_all_won_average_precision_chooses_weights_and_no_option(
    options: dict[str, Any], kept: bool
) -> None:
    # An easy fold: both candidates put a right image first, only the second puts all three first.
    right, order = np.array([[True, False, True, True]]), ([4.0, 3.0, 2.0, 1.0], [4.0, 1.0, 3.0, 2.0])
    empty = Embeddings(*(np.zeros((0, 1), np.float32),) * 3, *(np.zeros(0, dtype=object),) * 2)
    fold = Fold((empty,), np.array([0]), right)
    both = [Candidate(RetrievalOptions(), (0.0,)), Candidate(RetrievalOptions.model_validate(options), (1.0,))]
    selection = ForwardSelection([fold], lambda _, one: np.array([order[int(one.weight[0])]]), 0.0, both[0])
    selection.step("step", [("second", both[1])])
    assert selection.current == both[int(kept)]
    assert [(trial.points, trial.kept) for trial in selection.tried] == [(1000.0, kept)]


def test_a_trained_model_is_judged_in_a_gallery_of_everyone() -> None:
    parts = [Embeddings.of(TABLES[0])]
    held_out = np.isin(parts[0].train_label.astype(str), ["p0", "p3"])
    fold = make_folds(parts, ~held_out, [{0: parts[0].train}], 2, np.random.default_rng(0))[0]
    assert fold.relevant.shape == (4, 24)
    assert fold.relevant.sum() == 8


def test_without_transduction_nothing_transductive_is_tried() -> None:
    steps = {trial.step for trial in record_of(TABLES, transductive=False, budget=50).tried}
    assert steps == {"shift and weights", "gallery averaging", "hubness"}


def test_unknown_domains_are_inferred_and_the_certainty_told() -> None:
    domains = record_of([table(1, 0.5, domain="unknown")]).domains
    assert domains["unknown"] == 48
    assert domains["certainty"] > 0.8
    assert domains["accuracy"] > 0.8


@pytest.mark.parametrize("identities", [0, 1, 2])
def test_few_identities_still_make_a_plan(identities: int) -> None:
    whole = table(1, 0.5)
    wanted = {f"p{i}" for i in range(identities)}
    kept = whole.rows(np.array([label is None or label in wanted for label in whole.label]))
    plan = plan_of([kept])
    ranking = fuse(plan, [kept])
    assert np.isfinite(ranking.score).all()


@pytest.mark.parametrize("empty", ["query", "gallery"])
def test_an_empty_side_is_an_empty_ranking(empty: str) -> None:
    kept = [one.rows(one.split != empty) for one in TABLES]
    ranking = fuse(plan_of(kept), kept)
    assert ranking.order.size == 0


def test_models_over_different_images_are_refused() -> None:
    with pytest.raises(LookalikeError, match="are not of the same images"):
        plan_of([TABLES[0], TABLES[1].rows(np.arange(40))])


def test_a_plan_that_is_none_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "p.json").write_text('{"rule": "joint"}')
    with pytest.raises(LookalikeError, match=r"p\.json: not a fusion plan"):
        Plan.read(tmp_path / "p.json")


@pytest.mark.parametrize("retrieval", ['{"shift": "wccn"}', '{"k_reciprocal": {"k1": 1}}'])
def test_a_plan_of_another_version_is_one_clear_error(tmp_path: Path, retrieval: str) -> None:
    plan_of(TABLES).write(tmp_path / "p.json")
    value = read_checked_json(tmp_path / "p.json") | {"retrieval": json.loads(retrieval)}
    write_checked_json(tmp_path / "p.json", value)
    with pytest.raises(LookalikeError, match=r"p\.json: not a fusion plan"):
        Plan.read(tmp_path / "p.json")


def test_a_plan_is_followed_without_params(tmp_path: Path) -> None:
    """What the options were is in the plan: depth, powers and the common scale included."""
    plan, tables = plan_of(TABLES, rule="weighted_sum", normalise="zscore", depth=5, tune=False), TABLES
    plan.write(tmp_path / "p.json")
    again = Plan.read(tmp_path / "p.json")
    ranking = fuse(again, tables)
    assert ranking.order.shape == (48, 5)
    cosines = [cosine(part.query, part.gallery).astype(float) for part in map(Embeddings.of, tables)]
    spread = [(c - c.mean(axis=1, keepdims=True)) / c.std(axis=1, keepdims=True) for c in cosines]
    assert again.similarity([Embeddings.of(one) for one in tables]) == pytest.approx(sum(spread) / 2, abs=1e-5)


def test_a_larger_budget_that_finds_nothing_better_leaves_the_plan_as_it_was(tmp_path: Path) -> None:
    for budget in (2, 3):
        plan, record = tuned(TABLES, budget=budget, caution=50.0)
        plan.write(tmp_path / f"plan{budget}.json")
        record.write(tmp_path / f"record{budget}.json")
    assert (tmp_path / "plan2.json").read_bytes() == (tmp_path / "plan3.json").read_bytes()
    assert (tmp_path / "record2.json").read_bytes() != (tmp_path / "record3.json").read_bytes()


def test_confidence_is_read_from_the_plan(tmp_path: Path) -> None:
    plan = plan_of(TABLES)
    plan.write(tmp_path / "p.json")
    assert Confidence.read(tmp_path / "p.json") == plan.confidence
    (tmp_path / "p.json").write_text('{"confidence": {"charm": 1}}')
    with pytest.raises(LookalikeError, match=r"p\.json: not a fusion plan"):
        Confidence.read(tmp_path / "p.json")


def test_a_plan_for_one_photograph_leaves_out_what_needs_others() -> None:
    options = {"shift": {"method": "centre"}, "query_averaging": {"enabled": True}}
    plan = Plan("joint", ["a", "b"], [0.0, 1.0], [0.1, 0.9], RetrievalOptions.model_validate(options))
    alone = plan.alone(learnable=True)
    assert (alone.models, alone.weight, alone.accuracy) == (["b"], [1.0], [0.9])
    assert not alone.retrieval.transductive
    assert alone.retrieval.shift == plan.retrieval.shift
    assert plan.alone(learnable=False).retrieval.shift.method == "none"
    assert replace(plan, rule="borda").alone(learnable=True).models == ["b"]
    assert replace(plan, rule="pca_mean").alone(learnable=True).models == ["a", "b"]
    part = Embeddings.of(TABLES[1])
    one = replace(part, query=part.query[:1])
    assert alone.similarity([one]) == pytest.approx(alone.similarity([part])[:1], abs=1e-6)


def test_a_plan_refuses_other_models_than_its_own() -> None:
    with pytest.raises(LookalikeError, match=r"the plan fuses \['m0', 'm1'\], but 1 models'"):
        fuse(plan_of(TABLES), TABLES[:1])


def test_ranking_fusing_and_scoring_import_no_heavy_library() -> None:
    code = (
        "import sys; sys.argv=['x']\n"
        "import lookalike.retrieval.pipeline, lookalike.fusion.tuning.tune, lookalike.fusion.fuse\n"
        "import lookalike.metrics.summary, lookalike.metrics.tables, lookalike.metrics.submission\n"
        "heavy = {'torch', 'pandas', 'scipy', 'sklearn', 'httpx', 'matplotlib'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_models_that_nobody_shaped_are_tuned_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Though one has no say: all identities have judged both already."""
    module, dealt = sys.modules["lookalike.fusion.tuning.tune"], []
    monkeypatch.setattr(module, "make_folds", lambda *given: dealt.append(1) or make_folds(*given))
    plan, record = tuned([table(3, 20.0), TABLES[0]])
    assert plan.weight == [0.0, 1.0]
    assert len(dealt) == 1
    assert record.identities == 12


@pytest.mark.parametrize("rule", ["joint", "weighted_sum"])
def test_vectors_that_are_asked_for_again_are_those_of_a_first_asking(rule: str) -> None:
    """The tuner compares the same vectors under many options; what is kept between them must not show."""
    parts = [Embeddings.of(one) for one in TABLES]
    settings: list[dict[str, Any]] = [
        {},
        {"query_averaging": {"enabled": True, "neighbours": 2}},
        {"query_averaging": {"enabled": True, "neighbours": 4}},
        {"query_averaging": {"enabled": True, "neighbours": 4}, "gallery_averaging": {"enabled": True}},
        {"query_averaging": {"enabled": True, "neighbours": 4}, "expansion": {"enabled": True}},
        {"query_averaging": {"enabled": True, "neighbours": 2}, "hubness": {"method": "csls"}},
        {},
    ]
    placed = replace(Plan.equal(rule, ["a", "b"], RetrievalOptions()), weight=[0.3, 0.7]).place(parts)
    for weight in ([0.5, 0.5], [0.2, 0.8], [0.5, 0.5]):
        for inner in settings:
            plan = replace(Plan.equal(rule, ["a", "b"], RetrievalOptions(**inner)), weight=weight)
            assert np.array_equal(plan.compare(placed), plan.similarity(parts))


def test_no_candidate_is_judged_twice_and_the_number_of_threads_does_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    folds = make_folds([Embeddings.of(TABLES[0])], np.zeros(48, dtype=int), [None], 3, np.random.default_rng(0))
    asked: list[Candidate] = []

    def fuse(fold: Fold, chosen: Candidate) -> np.ndarray:
        asked.append(chosen)
        return cosine(fold.embeddings[0].query, fold.embeddings[0].gallery)

    given, other = Candidate(RetrievalOptions(), (1.0,)), Candidate(RetrievalOptions(depth=3), (1.0,))
    values = []
    for workers in ("1", "3"):
        monkeypatch.setenv("LOOKALIKE_WORKERS", workers)
        asked.clear()
        selection = ForwardSelection(folds, fuse, 0.0, given)
        values.append(selection.values([given, other, given]))
        assert len(asked) == 2 * len(folds)
    one = np.concatenate([fold_points(fuse(fold, given), fold) for fold in folds])
    assert all(np.array_equal(value, one) for found in values for value in found)
