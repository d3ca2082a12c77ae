from lookalike.metrics.scoreboard import scoreboard


def system(points: float) -> dict[str, float]:
    rates = dict.fromkeys(("top1", "top5", "top10", "map", "mrr"), 0.5)
    return {"points": points, "points_low": points - 1, "points_high": points + 1} | rates


def test_systems_stand_best_first_under_their_columns() -> None:
    metrics = {
        "dataset": "sample",
        "systems": {"dlib": system(900), "ensemble": system(990)},
        "queries": {"scored": 12, "unanswerable": 3, "unlabelled": 0},
    }
    table = scoreboard(metrics)
    header, (first, second) = [column.name for column in table.header], table.rows
    assert header[:2] == ["system", "points"]
    assert first[:4] == ("ensemble", "990.0", "989.0", "991.0")
    assert second[0] == "dlib"
    assert len(header) == len(first) == len(second)
    assert "12 queries scored, 3 without a match" in table.note


def test_a_run_without_scored_queries_still_says_why() -> None:
    metrics = {"dataset": "x", "systems": {}, "queries": {"scored": 0, "unanswerable": 0, "unlabelled": 7}}
    assert "7 without a label" in scoreboard(metrics).note


def test_answers_that_end_early_are_said_to() -> None:
    counts = {"scored": 7, "unanswerable": 0, "unlabelled": 0}
    cut = {"gallery": {"dlib": 5000}, "depth": {"dlib": 100}, "at_most": {"dlib": {"map": 0.61}}}
    metrics = {"dataset": "x", "systems": {"dlib": system(900)}, "queries": counts}
    assert "Answers end" not in scoreboard(metrics).note
    note = scoreboard(metrics | {"cut": cut}).note
    assert note.endswith(
        "Answers end after 100 of 5000 gallery images, and what stands further down counts as never found; "
        "at most dlib map 0.610"
    )


def test_precision_at_k_has_its_columns_where_it_was_asked_for() -> None:
    precision = {"precision_at_50": 0.9592, "precision_at_50_low": 0.95, "precision_at_50_high": 0.97}
    systems = {"dlib": system(900) | precision}
    metrics = {"dataset": "fish", "systems": systems, "queries": {"scored": 1, "unanswerable": 0, "unlabelled": 0}}
    table = scoreboard(metrics)
    assert [column.name for column in table.header][-3:] == list(precision)
    assert table.rows[0][-3:] == ("0.959", "0.950", "0.970")


def test_open_set_figures_stand_beside_the_points_and_probabilities_below() -> None:
    metrics = {
        "dataset": "x",
        "systems": {"dlib": system(900), "ensemble": system(990)},
        "queries": {"scored": 1, "unanswerable": 0, "unlabelled": 0},
        "open_set": {"dlib": {"auc": 0.9}, "ensemble": {"dir_at_far_1e-2": 0.61249}},
        "trust": {"unknown": 0.03, "ece": 0.0214, "brier": 0.1, "base": 0.2},
    }
    table = scoreboard(metrics)
    assert [column.name for column in table.header][-1] == "dir@1%"
    assert [row[-1] for row in table.rows] == ["0.612", "–"]
    assert table.note.endswith("The ensemble's probabilities are off by 2.1 % on average, unknown for 3.0 %")
    assert "probabilities" not in scoreboard(metrics | {"trust": {"unknown": 1.0}}).note
