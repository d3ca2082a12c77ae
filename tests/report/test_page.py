import base64
import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from benchmarks import made_up_run
from lookalike.catalog.table import Catalog
from lookalike.kit.files import read_json
from lookalike.params.report import ReportOptions
from tests.report.conftest import LABELS, SYSTEMS, Made

HOSTILE = '<img src=x onerror="document.title=1"></script><script>document.title=2</script>'


class Page(HTMLParser):
    """The ids, tags and scripts of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: dict[str, str] = {}
        self._open = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags.append((tag, found))
        self.ids.add(found.get("id") or "")
        self._open = (found.get("id") or "code") if tag == "script" else ""

    def handle_endtag(self, tag: str) -> None:
        self._open = ""

    def handle_data(self, text: str) -> None:
        if self._open:
            self.scripts[self._open] = self.scripts.get(self._open, "") + text


def payload(html: str) -> dict:
    return json.loads(Page(html).scripts["payload"])


def without_labels(catalog: Catalog) -> Catalog:
    return replace(catalog, label=np.full(len(catalog), None, dtype=object))


def one_broken(catalog: Catalog) -> Catalog:
    status = catalog.status.copy()
    status[0] = "truncated"
    return replace(catalog, status=status)


def test_a_ranking_that_ends_early_is_said_to(make_run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the 36 drawings of six people the first 50 are all of them; the first 7 are not."""
    assert "gallery images, and what stands" not in make_run().render()
    monkeypatch.setattr(made_up_run, "DEPTH", 7)
    assert "Answers end after 7 of 36 gallery images, and what stands further down" in make_run().render()


def test_the_same_run_gives_the_same_bytes(run) -> None:
    assert run.render() == run.render()


def test_the_page_needs_nothing_from_outside(run) -> None:
    html = run.render()
    urls = [v for _, attrs in Page(html).tags for k, v in attrs.items() if k in ("src", "href", "srcset") and v]
    assert all(url.startswith("#") for url in urls)
    assert not re.search(r"url\(|@import|fetch\(|XMLHttpRequest|new Image", html)


def test_headline_and_table_repeat_the_metrics(run) -> None:
    html, scores = run.render(), read_json(run.root / "metrics/metrics.json")["systems"]
    assert f"<strong>{scores['ensemble']['points']:.0f}</strong>" in html
    assert all(f">{s['points']:.1f}</td>" in html for s in scores.values())


def test_the_published_marks_are_said_to_be_of_another_dataset(run) -> None:
    html = run.render()
    assert html.count("published, competition set") == 4
    assert "not on made-up" in re.sub(r"\s+", " ", html)


def test_the_browser_agrees_with_the_score(run) -> None:
    data = payload(run.render())
    scores = read_json(run.root / "metrics/metrics.json")["systems"]
    for system in data["systems"]:
        assert np.mean(np.array(system["first_hit"]) == 1) == pytest.approx(scores[system["name"]]["top1"], abs=1e-6)
    assert data["systems"][0]["answers"][0] == []  # the query that could not be embedded is there, without answers


def test_every_image_shown_has_its_thumbnail_once(run) -> None:
    page = Page(run.render())
    data, webp = json.loads(page.scripts["payload"]), json.loads(page.scripts["thumbnails"])
    shown = {image for system in data["systems"] for row in system["answers"] for image in row} | set(data["queries"])
    assert all(data["images"]["thumb"][image] >= 0 for image in shown)
    assert len(set(webp)) == len(webp) <= len(data["images"]["id"])


def test_names_and_labels_are_never_markup(make_run: Callable) -> None:
    def rename(catalog: Catalog) -> Catalog:
        return replace(catalog, label=np.where(catalog.label == "anna", HOSTILE, catalog.label))

    run = make_run(rename, systems={"sface": 1.0})
    html = run.render()
    page = Page(html)
    assert not [tag for tag, attrs in page.tags if "onerror" in attrs]
    assert [tag for tag, _ in page.tags].count("script") == 3
    assert HOSTILE in payload(html)["images"]["label"]


def test_hostile_reasons_are_escaped(make_run: Callable) -> None:
    def break_one(catalog: Catalog) -> Catalog:
        return replace(catalog, status=np.where(catalog.split == "gallery", HOSTILE, catalog.status))

    html = make_run(break_one, systems={"sface": 1.0}).render()
    assert HOSTILE not in html
    assert "&lt;img src=x" in html


def test_only_our_script_may_run(run) -> None:
    page = Page(run.render())
    [policy] = [a["content"] for tag, a in page.tags if tag == "meta" and a.get("http-equiv")]
    digest = base64.b64encode(hashlib.sha256(page.scripts["code"].encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy


@pytest.mark.parametrize(
    ("look", "absent"),
    [({"faces": False}, {"faces"}), ({"training": False}, {"training"}), ({}, set())],
)
def test_sections_without_data_are_left_out(make_run: Callable, look: dict, absent: set[str]) -> None:
    page = Page(make_run(systems={"sface": 1.0}, **look).render())
    sections = {"points", "curves", "browse", "identities", "faces", "data", "map", "training", "run"}
    assert sections - page.ids == absent
    links = {attrs["href"] for tag, attrs in page.tags if tag == "a" and attrs["href"] != "#main"}
    assert links == {f"#{name}" for name in sections - absent}


def test_the_gallery_is_told_apart_by_style(make_run: Callable) -> None:
    row = r'<th scope="row">style</th><td>{}</td><td class="number">18</td>'
    html = make_run(systems={"sface": 1.0}).render()
    assert all(row.format(style) in html for style in ("oil", "pencil"))
    assert '<th scope="row">style</th>' not in make_run(systems={"sface": 1.0}, styles=()).render()


def test_the_run_says_what_training_changed(run) -> None:
    html = re.sub(r"\s+", " ", run.render())
    assert '<th scope="row">sface</th><td>finetune</td><td>trained</td><td>12 of 12</td>' in html
    assert "550 → <b>893</b>" in html
    assert "0.310 → <b>0.720</b>" in html


def test_a_dataset_without_labels_can_still_be_browsed(make_run: Callable) -> None:
    html = make_run(without_labels, systems={"sface": 1.0, "dlib": 2.0}).render()
    assert "nothing is scored" in html
    assert {"points", "identities"}.isdisjoint(Page(html).ids)
    assert {rank for system in payload(html)["systems"] for rank in system["first_hit"]} == {-1}


def test_a_query_that_cannot_be_read_is_listed_without_a_picture(make_run: Callable) -> None:
    run = make_run(one_broken, systems={"sface": 1.0})
    html = run.render()
    assert payload(html)["images"]["thumb"][0] == -1
    assert f"<code>{run.catalog.image_id[0]}</code> truncated" in html


def test_a_folder_of_photographs_is_shown_by_its_first(tmp_path: Path) -> None:
    images, rng = tmp_path / "images", np.random.default_rng(3)
    before = made_up_run.draw_dataset(images, LABELS[:3], 4, 48, rng)
    names = before.image_id[(before.split == "query") & (before.label == LABELS[0])]
    (images / "test/query/folder").mkdir()
    rows = []
    for name, split, domain, label in zip(before.image_id, before.split, before.domain, before.label, strict=True):
        place = name.replace("test/query/", "test/query/folder/") if name in names else name
        (images / name).rename(images / place)
        rows.append((place, split, domain, label))
    catalog = made_up_run.catalogue(images, sorted(rows), 48)
    made_up_run.write_run(tmp_path, "made-up", catalog, made_up_run.MadeUpRun(SYSTEMS), rng)
    data = payload(Made(tmp_path, images, catalog, tuple(SYSTEMS)).render())
    shown = [data["images"]["id"][row] for row in data["queries"]]
    first = min(names).replace("test/query/", "test/query/folder/")
    assert len(shown) == 9 and [name for name in shown if "folder" in name] == [first]
    assert all(data["images"]["thumb"][row] >= 0 for row in data["queries"])
    assert all(len(system["answers"]) == 9 and min(system["first_hit"]) > 0 for system in data["systems"])


def test_limits_are_kept(run) -> None:
    data = payload(run.render(ReportOptions(top=3, max_queries=5, max_fallbacks=1)))
    assert len(data["queries"]) == 5
    assert {len(row) for system in data["systems"] for row in system["answers"]} <= {0, 3}
    assert len(data["fallbacks"]) <= 1


def test_no_machine_path_and_no_time_in_the_page(run) -> None:
    html = run.render()
    assert str(run.root) not in html
    assert str(Path.home()) not in html
    assert not re.search(r"\b20\d\d-\d\d-\d\d", html)
