"""The page of a comparison in a real browser, opened from disk."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from lookalike.run.run import Run
from lookalike.tools.compare.page import write_page
from tests.browser import DESKTOP, PHONE, watched

pytestmark = pytest.mark.browser

LOOKS = [("light", DESKTOP), ("dark", DESKTOP), ("light", PHONE)]


@pytest.fixture(scope="module")
def comparison(made_project: Path) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(made_project)
        return write_page(Run(rev="main"), Run(rev="blurred"), "ensemble").absolute()


@pytest.fixture
def visit(chromium: Browser, comparison: Path) -> Iterator[Callable[..., Page]]:
    """Open the page from disk."""
    with watched(chromium, ("file:", "data:")) as go:
        yield lambda **context: go(comparison.as_uri(), **context)


def count(page: Page, outcome: str) -> int:
    return int(page.locator("#outcomes label", has_text=outcome).locator("b").text_content())


def test_outcomes_part_the_queries(visit) -> None:
    page = visit()
    counts = {outcome: count(page, outcome) for outcome in ("all", "gained", "lost", "both wrong", "both right")}
    assert counts.pop("all") == 20 == sum(counts.values())
    assert counts["lost"] > 0
    expect(page.locator(".summary")).to_contain_text(f"{counts['lost']} stopped being so")


def test_a_lost_query_is_right_first_on_one_side_only(visit) -> None:
    page = visit()
    page.locator("#outcomes label", has_text="lost").locator("input").check()
    expect(page.locator(".card")).to_have_count(count(page, "lost"))
    for card in page.locator(".card").all():
        titles = card.locator("h4").all_text_contents()
        assert titles[0] == "main: right first"
        assert titles[1].startswith("blurred: ") and titles[1] != "blurred: right first"
        for row, right in zip(card.locator("ol.row").all(), (True, False), strict=True):
            assert row.locator(".pic").count() == 5
            assert ("right" in row.locator(".pic").first.get_attribute("class").split()) == right
        assert card.locator(".figures").first.text_content().startswith("rank 1 → ")


def test_another_system_is_another_pair(visit) -> None:
    page = visit()
    before = page.locator(".said").all_text_contents()
    page.select_option("#pair", label="sface")
    assert page.locator(".said").all_text_contents() != before
    assert {title.split(":")[0] for title in page.locator("h4").all_text_contents()} == {"main", "blurred"}
    page.locator(".card .pic").first.focus()
    page.keyboard.press("s")
    expect(page.locator("#pair")).to_have_value("0" if page.evaluate("data.pairs[1]") == "sface" else "1")


def test_enter_looks_closer_and_escape_returns(visit) -> None:
    page = visit()
    pic = page.locator(".card").first.locator("ol.row .pic").first
    pic.press("Enter")
    expect(page.locator("#viewer-title")).to_contain_text("Answer 1 of main")
    page.keyboard.press("Escape")
    expect(pic).to_be_focused()


def test_names_are_text_whatever_they_hold(visit) -> None:
    page = visit()
    page.fill("#search", "<b>dora")
    assert set(page.locator(".card .name").all_text_contents()) == {"<b>dora"}


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE])
def test_nothing_sticks_out_sideways(visit, viewport: dict[str, int]) -> None:
    assert visit(viewport=viewport).evaluate("document.documentElement.scrollWidth") <= viewport["width"]


@pytest.mark.parametrize(("scheme", "viewport"), LOOKS)
def test_axe_finds_no_fault(visit, scheme: str, viewport: dict[str, int]) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
    results = axe.Axe().run(visit(color_scheme=scheme, viewport=viewport, bypass_csp=True))
    assert results.violations_count == 0, results.generate_report()
