import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.kit.errors import LookalikeError
from lookalike.metrics.first_hits import FirstHits
from lookalike.tools.compare.change import changes, paired_noise
from lookalike.tools.compare.flips import Flip, flips

WORTH = {0: 0.0, 1: 1000.0, 2: 400.0, 7: 100.0, 30: 0.0}  # points of a first right image at this rank
RANK = st.sampled_from(sorted(WORTH))


def hits(*ranks: int, names: str | None = None) -> FirstHits:
    ids = np.array(list(names) if names else [f"q{i:03d}" for i in range(len(ranks))], dtype=object)
    return FirstHits(ids, {"ensemble": np.array(ranks, dtype=np.int64)})


@given(st.lists(st.tuples(RANK, RANK), min_size=1, max_size=20))
def test_the_mean_is_the_difference_of_hand_counted_points(pairs: list[tuple[int, int]]) -> None:
    before, after = zip(*pairs, strict=True)
    change = changes(hits(*before), hits(*after))["ensemble"]
    expected = sum(WORTH[a] - WORTH[b] for b, a in pairs) / len(pairs)
    assert change.points.mean == pytest.approx(expected)
    assert change.paired
    assert change.points.low <= change.points.high


def test_the_paired_interval_is_that_of_the_single_differences() -> None:
    """Against the normal approximation: mean ± 1.96 standard errors of the differences."""
    rng = np.random.default_rng(1)
    before = rng.choice([1, 2, 7], size=400, p=[0.7, 0.2, 0.1])
    after = np.where(rng.random(400) < 0.1, 2, before)
    difference = np.array([WORTH[a] - WORTH[b] for a, b in zip(after, before, strict=True)])
    half = 1.96 * difference.std(ddof=1) / np.sqrt(400)
    change = changes(hits(*before), hits(*after))["ensemble"].points
    assert change.high - change.mean == pytest.approx(half, rel=0.08)
    assert change.mean - change.low == pytest.approx(half, rel=0.08)


def test_the_same_answers_leave_no_doubt_and_other_queries_leave_much() -> None:
    before = hits(*[1, 2] * 50)
    assert paired_noise(before, before) == {"ensemble": 0.0}
    others = FirstHits(np.array([f"r{i:03d}" for i in range(100)], dtype=object), before.rank_of)
    change = changes(before, others)["ensemble"]
    assert not change.paired
    # Two independent means of 1000 and 400, 50 each: standard error 300 · √(2 / 100).
    assert change.points.high == pytest.approx(1.96 * 300 * np.sqrt(2 / 100), rel=0.08)
    assert paired_noise(before, others) == {}
    assert paired_noise(None, before) == {}


def test_only_systems_of_both_have_a_change() -> None:
    other = FirstHits(hits(1).query_id, {"sface": np.array([1])})
    assert changes(hits(1), other) == {}


def test_a_flip_is_a_first_answer_that_became_right_or_stopped_being_so() -> None:
    before = hits(1, 1, 0, 3, 2, 1, names="abcdef")
    after = hits(1, 4, 1, 1, 5, 0, names="abcdef")
    assert flips(before, after, "ensemble") == [
        Flip("b", 1, 4),
        Flip("f", 1, 0),
        Flip("c", 0, 1),
        Flip("d", 3, 1),
    ]


def test_a_query_that_only_one_run_answered_is_no_flip() -> None:
    assert flips(hits(1, 0, names="ab"), hits(1, 2, names="bc"), "ensemble") == [Flip("b", 0, 1)]


@given(st.lists(st.tuples(st.text(min_size=1), RANK, RANK), min_size=1, max_size=8, unique_by=lambda row: row[0]))
def test_first_hits_survive_the_file(rows: list[tuple[str, int, int]]) -> None:
    rows = [(name.replace("\r", "").replace("\0", "") + f"-{i}", a, b) for i, (name, a, b) in enumerate(rows)]
    names, first, second = zip(*rows, strict=True)
    table = FirstHits(np.array(names, dtype=object), {"sface": np.array(first), "a,b": np.array(second)})
    again = FirstHits.parse(table.text(), "x")
    assert again.query_id.tolist() == list(names)
    assert {name: ranks.tolist() for name, ranks in again.rank_of.items()} == {"sface": [*first], "a,b": [*second]}


@pytest.mark.parametrize("text", ["", "query,sface\na,1\n", "query_id,sface\na\n", "query_id,sface\na,one\n"])
def test_a_table_that_is_none_is_named(text: str) -> None:
    with pytest.raises(LookalikeError, match="the-file.*dvc repro score"):
        FirstHits.parse(text, "the-file")
