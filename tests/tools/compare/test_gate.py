import numpy as np
import pytest

from lookalike.kit.errors import LookalikeError
from lookalike.kit.tables import as_markdown
from lookalike.metrics.first_hits import FirstHits
from lookalike.tools.compare.change import paired_noise
from lookalike.tools.compare.gate import table, verdicts


def metrics(dataset: str = "sample", **points: float) -> dict:
    systems = {
        name: {"points": value, "points_low": value - 10, "points_high": value + 10} for name, value in points.items()
    }
    return {"dataset": dataset, "systems": systems}


def passes(base: dict, head: dict, tolerance: float | None = None) -> dict[str, bool]:
    return {verdict.system: verdict.passes for verdict in verdicts(base, head, tolerance)}


def test_a_drop_within_the_tolerance_passes_and_one_beyond_it_fails() -> None:
    base = metrics(sface=950.0, dlib=900.0)
    head = metrics(sface=945.0, dlib=894.9)
    assert passes(base, head, tolerance=5.0) == {"sface": True, "dlib": False}


def test_without_a_tolerance_the_interval_of_the_base_decides() -> None:
    base = metrics(sface=950.0, dlib=900.0)
    assert passes(base, metrics(sface=940.5, dlib=889.5)) == {"sface": True, "dlib": False}


def test_a_new_system_passes_and_a_lost_one_fails() -> None:
    assert passes(metrics(sface=950.0), metrics(dlib=100.0), tolerance=5.0) == {"sface": False, "dlib": True}


def test_different_datasets_are_not_compared() -> None:
    with pytest.raises(LookalikeError, match="caricature.*sample"):
        verdicts(metrics("sample", sface=1.0), metrics("caricature", sface=1.0))


def test_markdown_has_a_row_for_each_system() -> None:
    text = as_markdown(table(verdicts(metrics(sface=950.0), metrics(sface=900.0), tolerance=5.0)))
    assert text.splitlines()[2] == "| sface | 950.0 | 900.0 | -50.0 | 5.0 | **fail** |"


def hits(ranks: list[int]) -> FirstHits:
    query_id = np.array([f"q{i:03d}" for i in range(len(ranks))], dtype=object)
    return FirstHits(query_id, {"sface": np.array(ranks)})


def scored(ranks: list[int]) -> dict:
    """Return the metrics of ranks 1 (1000 points) and 2 (400), rounded as the file is; its own interval is wide."""
    return metrics(sface=round(sum(1000 if rank == 1 else 400 for rank in ranks) / len(ranks), 6))


def verdict(before: list[int], after: list[int]) -> bool:
    noise = paired_noise(hits(before), hits(after))
    return verdicts(scored(before), scored(after), noise=noise)[0].passes


def test_queries_that_flip_both_ways_are_noise() -> None:
    assert verdict([1] * 60 + [2] * 40, [1] * 52 + [2] * 8 + [1] * 6 + [2] * 34)


def test_queries_that_flip_one_way_are_a_drop_even_within_the_interval_of_the_base() -> None:
    before, after = [1] * 900, [1] * 892 + [2] * 8
    assert verdicts(scored(before), scored(after))[0].passes, "the base's own interval would let it through"
    assert not verdict(before, after)


@pytest.mark.parametrize(("lost", "passes"), [(1, True), (2, True), (3, True), (4, False), (6, False)])
def test_a_handful_of_lost_queries_is_chance_until_no_resample_misses_them(lost: int, passes: bool) -> None:
    """The share of resamples without any of k lost queries is e^-k: above 2.5 % for 3 of them, below it for 4."""
    assert verdict([1] * 700, [1] * (700 - lost) + [2] * lost) is passes


def test_an_explicit_tolerance_stands_above_the_intervals() -> None:
    before, after = [1] * 900, [1] * 892 + [2] * 8
    noise = paired_noise(hits(before), hits(after))
    assert verdicts(scored(before), scored(after), tolerance=6.0, noise=noise)[0].passes
