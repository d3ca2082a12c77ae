"""The page in a real browser, opened from disk."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import DESKTOP, PHONE, watched

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def file(run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "index.html"
    path.write_text(run.render(), encoding="utf-8")
    return path


@pytest.fixture
def visit(chromium: Browser, file: Path) -> Iterator[Callable[..., Page]]:
    """Open a report from disk."""
    with watched(chromium, ("file:", "data:")) as go:
        yield lambda path=file, **context: go(path.as_uri(), **context)


def outcomes(page: Page) -> set[str]:
    return set(page.locator(".card .badge").all_text_contents())


def press_more(page: Page) -> None:
    """Press the button by key: its place on the screen moves while sections above it draw."""
    page.locator("#more").press("Enter")


def test_the_page_shows_every_query_and_right_answers_are_marked(visit) -> None:
    page = visit()
    expect(page.locator("#status")).to_have_text("36 of 36 queries")
    first = page.locator(".card").nth(1)
    expect(first.locator("ol.row .pic")).to_have_count(10)
    label = first.locator(".name").text_content()
    for pic in first.locator("ol.row .pic").all():
        right = "right" in pic.get_attribute("class").split()
        assert pic.get_attribute("title").startswith(f"{label},") == right
        assert pic.locator("img").get_attribute("alt").endswith(", right") == right
    assert first.locator("img").first.evaluate("image => image.naturalWidth") > 0


def test_filter_by_outcome(visit) -> None:
    page = visit()
    page.select_option("#system", label="dlib")
    page.locator("#outcomes label", has_text="right first").locator("input").check()
    assert outcomes(page) == {"right first"}
    page.locator("#outcomes label", has_text="missed").locator("input").check()
    assert outcomes(page) == {"missed"}
    expect(page.locator("#outcomes input:checked")).to_be_focused()


def test_search_by_identity(visit) -> None:
    page = visit()
    page.fill("#search", "DORA")
    expect(page.locator("#status")).to_have_text("6 of 36 queries")
    assert set(page.locator(".card .name").all_text_contents()) == {"dora"}
    page.fill("#search", "nobody")
    expect(page.locator(".card")).to_have_count(0)


def test_switching_the_system_changes_answers_and_identities(visit) -> None:
    page = visit()
    before = page.locator(".card .pic").evaluate_all("all => all.map(pic => pic.title)")
    page.select_option("#system", label="dlib")
    after = page.locator(".card .pic").evaluate_all("all => all.map(pic => pic.title)")
    assert before != after
    expect(page.locator("#identities-system")).to_have_text("dlib")


def test_two_systems_side_by_side(visit) -> None:
    page = visit()
    page.select_option("#other", label="dlib")
    titles = page.locator(".card").nth(1).locator("h4").all_text_contents()
    assert [title.split(":")[0] for title in titles] == ["ensemble", "dlib"]
    page.locator("#outcomes label", has_text="right first only by ensemble").locator("input").check()
    for card in page.locator(".card").all():
        assert card.locator("h4").nth(0).text_content() == "ensemble: right first"
        assert card.locator("h4").nth(1).text_content() != "dlib: right first"


def test_sort_by_margin_puts_unknown_ones_last(visit) -> None:
    page = visit()
    page.select_option("#sort", "margin")
    press_more(page)
    margins = page.locator(".about .figures", has_text="margin").all_text_contents()
    texts = [text.removeprefix("margin ") for text in margins]
    values = [float(text.replace("−", "-")) for text in texts if text != "–"]
    assert len(values) == 35
    assert values == sorted(values)
    assert texts[-1] == "–"


def test_the_list_grows_on_demand(visit) -> None:
    page = visit()
    expect(page.locator(".card")).to_have_count(24)
    press_more(page)
    expect(page.locator(".card")).to_have_count(36)
    expect(page.locator("#more")).to_be_hidden()


def test_keys_walk_the_list_and_open_the_viewer(visit) -> None:
    page = visit()
    page.locator(".card").nth(1).locator(".pic").first.focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowDown", "ArrowUp"):
        page.keyboard.press(key)
    expect(page.locator(".card").nth(1).locator(".pic").nth(2)).to_be_focused()
    assert page.locator('.pic[tabindex="0"]').count() == 1
    page.keyboard.press("Enter")
    expect(page.locator("#viewer-title")).to_contain_text("Answer 2 of ensemble")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#viewer-title")).to_contain_text("Answer 3 of ensemble")
    page.keyboard.press("Escape")
    expect(page.locator("#viewer")).to_be_hidden()
    expect(page.locator(".card").nth(1).locator(".pic").nth(2)).to_be_focused()


def test_letters_act_only_in_the_list(visit) -> None:
    page = visit()
    page.locator("#search").focus()
    page.keyboard.type("ms")
    expect(page.locator("#system")).to_have_value("0")
    page.fill("#search", "")
    page.locator(".card .pic").first.focus()
    page.keyboard.press("m")
    assert outcomes(page) == {"missed"}
    page.keyboard.press("s")
    expect(page.locator("#system")).to_have_value("1")
    page.locator(".card .pic").first.focus()
    page.keyboard.press("/")
    expect(page.locator("#search")).to_be_focused()


def test_an_identity_leads_to_its_queries(visit) -> None:
    page = visit()
    page.locator("#identities-table tbody button", has_text="carlo").press("Enter")
    expect(page.locator("#search")).to_have_value("carlo")
    assert set(page.locator(".card .name").all_text_contents()) == {"carlo"}


def test_the_map_shows_what_is_under_the_pointer(visit) -> None:
    page = visit()
    page.fill("#map-label", "emil")
    expect(page.locator("#map-legend")).to_contain_text("emil: 12 images picked out")
    # Found and pointed at in one go: sections above draw when they come near the screen, and push the map down.
    label = page.evaluate(
        "() => { const svg = byId('map-plot'), m = data.maps[0];"
        " svg.scrollIntoView({behavior: 'instant', block: 'center'});"
        " const p = new DOMPoint(m.x[5], 1000 - m.y[5]).matrixTransform(svg.getScreenCTM());"
        " svg.dispatchEvent(new PointerEvent('pointermove', {clientX: p.x, clientY: p.y, bubbles: true}));"
        " return name(m.image[5]); }"
    )
    expect(page.locator("#map-preview b")).to_have_text(label)


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE])
def test_nothing_sticks_out_sideways(visit, viewport: dict[str, int]) -> None:
    page = visit(viewport=viewport)
    page.select_option("#other", label="dlib")
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]


def test_dark_and_light(visit) -> None:
    ink = "getComputedStyle(document.body).color + getComputedStyle(document.body).backgroundColor"
    dark, light = (visit(color_scheme=scheme).evaluate(ink) for scheme in ("dark", "light"))
    assert dark != light


def test_names_are_text_whatever_they_hold(make_run, visit, tmp_path: Path) -> None:
    hostile = "<img src=x onerror=alert(1)>"
    run = make_run(labels=(hostile, "</script><b>bold", "carlo"), systems={"sface": 1.0})
    path = tmp_path / "index.html"
    path.write_text(run.render(), encoding="utf-8")
    page = visit(path)
    page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    page.fill("#search", "onerror")
    expect(page.locator(".card .name").first).to_have_text(hostile)
    assert page.locator('img[src="x"]').count() == 0
    assert page.locator("main b", has_text="bold").count() == 0


@pytest.mark.parametrize(("scheme", "viewport"), [("light", DESKTOP), ("dark", DESKTOP), ("light", PHONE)])
def test_axe_finds_no_fault(visit, scheme: str, viewport: dict[str, int]) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
    page = visit(color_scheme=scheme, viewport=viewport, bypass_csp=True)
    for look in ("page", "viewer"):
        if look == "viewer":
            page.locator(".card .pic").nth(1).press("Enter")
        results = axe.Axe().run(page)
        assert results.violations_count == 0, results.generate_report()
