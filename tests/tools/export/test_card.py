"""The card of a model, read by the Hub's own library."""

import json
from collections.abc import Callable

import numpy as np
import pytest
import yaml
from huggingface_hub import ModelCard

from lookalike.catalog.table import Catalog
from lookalike.metrics.rates import POINTS
from lookalike.params.models import Recipe
from lookalike.retrieval.ranking import Ranking
from lookalike.run.layout import Layout
from lookalike.run.run import Run
from lookalike.tools.export.card import hub_licence, write_card
from lookalike.tools.export.facts import NO_LICENCE
from lookalike.tools.export.styles import points_by_style
from tests.tools.export.conftest import FinishedRun, catalog_of, embeddings

SCORES = {"points": 812.5, "points_low": 700.0, "points_high": 900.0, "top1": 0.75, "top5": 0.9, "top10": 1.0}
SCORES |= {"map": 0.5, "mrr": 0.8, "precision_at_10": 0.4, "precision_at_10_low": 0.3, "precision_at_10_high": 0.5}
STYLES = ["ink", "oil | <b>", "ink", "oil | <b>", "ink", "oil | <b>"]


@pytest.fixture
def scored(finished_run: Callable[..., FinishedRun]) -> FinishedRun:
    """A finished run with labels, styles, figures and a record of training."""
    run = finished_run(head="residual")
    layout, table = Layout(run.root), embeddings()
    labelled(table.image_id).write(layout.catalog)
    gallery, query = table.of_split("gallery"), table.of_split("query")
    ranked = Ranking.from_similarity(query.image_id, gallery.image_id, query.embedding @ gallery.embedding.T, 0)
    ranked.write(layout.ranking("tiny"))
    metrics = {"dataset": "sample", "systems": {"tiny": SCORES}, "queries": {"missed": {"tiny": 0}}}
    record = {"kept": "trained", "best_epoch": 3, "epochs": 5, "frozen_points": 600.0, "best_points": 800.0}
    for path, value in ((layout.metrics, metrics), (layout.training_record("tiny"), record)):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(value))
    layout.images("sample").mkdir(parents=True, exist_ok=True)
    rows = [f"{name},{style}" for name, style in zip(gallery.image_id, STYLES, strict=True)]
    layout.styles("sample").write_text("\n".join(["image,style", *rows]))
    (run.root / "out").mkdir()
    (run.root / "out/model.onnx").touch()
    return run


def labelled(image_id: np.ndarray) -> Catalog:
    """Return the catalogue with two labels in turn, so that each has images of both sides."""
    values = vars(catalog_of(embeddings()))
    return Catalog(**values | {"label": np.array(["ab"[i % 2] for i in range(len(image_id))], dtype=object)})


def card_of(run: FinishedRun) -> ModelCard:
    return ModelCard.load(write_card(run.root / "out", Run(run.root).files, "tiny", run.recipe))


def test_the_hub_reads_every_figure_with_its_interval(scored: FinishedRun) -> None:
    data = card_of(scored).data
    assert data.model_name == "tiny"
    found = {result.metric_type: (result.metric_value, result.metric_args) for result in data.eval_results}
    assert found == {
        "points": (812.5, {"low": 700.0, "high": 900.0}),
        "precision_at_10": (0.4, {"low": 0.3, "high": 0.5}),
        **{name: (SCORES[name], None) for name in ("top1", "top5", "top10", "map", "mrr")},
    }
    assert {result.dataset_type for result in data.eval_results} == {"sample"}


def test_the_head_is_yaml_with_what_the_hub_sorts_by(scored: FinishedRun) -> None:
    text = write_card(scored.root / "out", Run(scored.root).files, "tiny", scored.recipe).read_text()
    head = yaml.safe_load(text.split("---\n")[1])
    named = head["license"], head["library_name"], head["pipeline_tag"]
    assert named == ("unknown", "lookalike", "image-feature-extraction")
    assert head["model-index"][0]["name"] == "tiny"
    assert {"image-retrieval", "onnx", "head"} <= set(head["tags"])


def test_the_card_says_data_recipe_training_files_and_digests(scored: FinishedRun) -> None:
    text = card_of(scored).text
    recipe = yaml.safe_load(text.split("```yaml\n")[1].split("```")[0])
    assert Recipe.model_validate(recipe) == scored.recipe
    for said in ("- `model.onnx`", "epoch 3 of 5", "800.0 points, 600.0 before", "700.0 to 900.0", "run on `sample`"):
        assert said in text
    assert "model.pt" not in text
    assert "https://example.org/tiny.onnx" in text


def test_a_style_cannot_break_out_of_its_cell(scored: FinishedRun) -> None:
    text = card_of(scored).text
    assert "oil \\| &lt;b&gt;" in text and "<b>" not in text


def test_a_run_without_labels_says_so(scored: FinishedRun) -> None:
    metrics = {"dataset": "sample", "systems": {}, "queries": {"missed": {"tiny": 0}}}
    Layout(scored.root).metrics.write_text(json.dumps(metrics))
    card = card_of(scored)
    assert not card.data.eval_results
    assert "have no labels" in card.text and "By style" not in card.text


@pytest.mark.parametrize(
    ("licence", "expected"),
    [
        ("Apache-2.0", {"license": "apache-2.0"}),
        ("MIT; any use", {"license": "mit"}),
        ("CC-BY-NC-4.0, research alone", {"license": "cc-by-nc-4.0"}),
        ("DINOv3 licence", {"license": "other", "license_name": "dinov3"}),
        (NO_LICENCE, {"license": "unknown"}),
    ],
)
def test_licences_get_the_hubs_names(licence: str, expected: dict[str, str]) -> None:
    assert hub_licence(licence) == expected


def test_points_by_style_are_those_of_a_gallery_of_that_style() -> None:
    rng = np.random.default_rng(0)
    gallery = np.array([f"test/gallery/{i:02}" for i in range(30)], dtype=object)
    query = np.array([f"test/query/{i:02}" for i in range(12)], dtype=object)
    ids = np.concatenate([gallery, query])
    label = np.array([f"p{rng.integers(5)}" for _ in ids], dtype=object)
    style = {name: str(rng.choice(["ink", "oil", "wax"])) for name in gallery}
    similarity = rng.random((12, 30)).astype(np.float32)
    same = {"domain": "unknown", "sha256": "", "status": "ok"}
    catalog = Catalog(
        image_id=ids,
        split=np.array(["gallery"] * 30 + ["query"] * 12, dtype=object),
        label=label,
        width=np.ones(42, np.int32),
        height=np.ones(42, np.int32),
        **{name: np.full(42, value, dtype=object) for name, value in same.items()},
    )
    found = points_by_style(Ranking.from_similarity(query, gallery, similarity, 0), catalog, style, 50, 0)
    assert [one.style for one in found] == ["ink", "oil", "wax"]
    for one in found:
        mine = [i for i, name in enumerate(gallery) if style[name] == one.style]
        worth = []
        for row in range(12):
            order = sorted(mine, key=lambda i: -similarity[row, i])
            right = [rank + 1 for rank, i in enumerate(order) if label[i] == label[30 + row]]
            if right:
                worth.append(sum(points for k, points in POINTS if right[0] <= k))
        assert (one.images, one.queries) == (len(mine), len(worth))
        assert one.points.mean == pytest.approx(np.mean(worth))
        assert one.points.low <= one.points.mean <= one.points.high


def test_a_ranking_that_leaves_images_out_says_nothing_of_styles() -> None:
    table = embeddings()
    gallery, query = table.of_split("gallery"), table.of_split("query")
    ranked = Ranking.from_similarity(query.image_id, gallery.image_id, query.embedding @ gallery.embedding.T, 3)
    styles = dict(zip(gallery.image_id, STYLES, strict=True))
    assert points_by_style(ranked, labelled(table.image_id), styles, 10, 0) == []
