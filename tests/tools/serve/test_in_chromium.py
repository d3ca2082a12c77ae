"""The page in a real browser, over a real server, on a fake searcher."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from benchmarks.serve_screenshot import served
from lookalike.faces.table import FALLBACK
from lookalike.tools.search.photograph import Photograph
from lookalike.tools.serve.app import build_app
from lookalike.tools.serve.limits import Limits
from tests.browser import DESKTOP, PHONE, watched

pytestmark = pytest.mark.browser

LOOKS = [("light", DESKTOP), ("dark", DESKTOP), ("light", PHONE)]


@pytest.fixture
def url(searcher) -> Iterator[str]:
    with served(build_app(searcher, limits=Limits(upload_bytes=50_000))) as address:
        yield address


@pytest.fixture
def visit(chromium: Browser, url: str) -> Iterator[Callable[..., Page]]:
    """Open the page."""
    # A refused photo, or a server that has gone, is a failed request; the tests look at how the page tells it.
    with watched(chromium, (url, f"blob:{url}"), ("status of 4", "net::ERR_FAILED")) as go:
        yield lambda path="", **context: go(url + path, **context)


def give(page: Page, photo: Path) -> None:
    page.set_input_files("#file", photo)
    expect(page.locator("#photo")).to_be_visible()
    settled(page)


def settled(page: Page) -> None:
    expect(page.locator('#matches[aria-busy="false"] .match').first).to_be_visible()


def names(page: Page) -> list[str]:
    return page.locator(".match .name").all_text_contents()


def drop(page: Page, kind: str, data: bytes, name: str) -> None:
    """Let a file go over the window, or paste it."""
    page.evaluate(
        """([kind, bytes, name]) => {
            const data = new DataTransfer();
            data.items.add(new File([new Uint8Array(bytes)], name, {type: "image/jpeg"}));
            const how = {bubbles: true, cancelable: true};
            dispatchEvent(kind === "drop" ? new DragEvent(kind, {...how, dataTransfer: data})
                                          : new ClipboardEvent(kind, {...how, clipboardData: data}));
        }""",
        [kind, list(data), name],
    )


def test_a_photo_gives_ten_pictures_with_score_and_likelihood(visit, photo: Path) -> None:
    page = visit()
    expect(page.locator("#system")).to_have_value("sface")
    give(page, photo)
    expect(page.locator(".match")).to_have_count(10)
    first = page.locator(".match").first
    expect(first).to_contain_text("likely 95 %")
    expect(first).to_contain_text("score 0.900")
    expect(page.locator(".match").nth(3)).to_contain_text("unsure 65 %")
    expect(page.locator(".match").nth(9)).to_contain_text("unlikely 5 %")
    expect(page.locator("#status")).to_have_text("10 pictures, best first, by sface; 3 likely the same.")
    for image in page.locator(".match img").all():
        expect(image).to_have_js_property("naturalWidth", 320)


def test_the_face_is_boxed_where_it_is_in_the_picture(visit, photo: Path) -> None:
    page = visit()
    give(page, photo)
    expect(page.locator("#picture")).to_have_js_property("naturalWidth", 80)
    expect(page.locator("#found")).to_have_text("Face found by mtcnn.")
    expect(page.locator("#face circle")).to_have_count(5)
    picture, box = (page.locator(place).bounding_box() for place in ("#picture", "#face rect.over"))
    scale = picture["width"] / 80
    assert picture["height"] == pytest.approx(100 * scale, abs=1)
    assert box["x"] - picture["x"] == pytest.approx(20 * scale, abs=2)
    assert box["y"] - picture["y"] == pytest.approx(10 * scale, abs=2)
    assert box["width"] == pytest.approx(40 * scale, abs=3)
    assert box["height"] == pytest.approx(60 * scale, abs=3)


@pytest.mark.parametrize("kind", ["drop", "paste"])
def test_a_photo_can_be_dropped_or_pasted(visit, photo: Path, kind: str) -> None:
    page = visit()
    drop(page, kind, photo.read_bytes(), "dropped.jpg")
    settled(page)
    expect(page.locator("#name")).to_have_text("dropped.jpg")
    expect(page.locator("#picture")).to_have_attribute("alt", "Your photo dropped.jpg")


def test_another_model_answers_about_the_same_photo(visit, photo: Path) -> None:
    page = visit()
    give(page, photo)
    page.select_option("#system", "dlib")
    expect(page.locator("#status")).to_contain_text("by dlib")
    settled(page)
    assert names(page)[0] == "face 11.png"
    page.select_option("#top", "5")
    expect(page.locator(".match")).to_have_count(5)
    expect(page.locator("#name")).to_have_text(photo.name)


def test_a_result_is_searched_by_and_back_returns_to_the_photo(visit, photo: Path) -> None:
    page = visit()
    give(page, photo)
    expect(page.locator("#back")).to_be_hidden()
    page.locator(".match").nth(2).press("Enter")
    expect(page.locator("#name")).to_have_text("face 02.png (gallery)")
    expect(page.locator("#results")).to_be_focused()
    settled(page)
    assert "face 02.png" not in names(page)
    expect(page.locator("#found")).to_have_text("The whole picture is compared.")
    expect(page.locator("#key")).to_be_hidden()
    page.locator("#back").press("Enter")
    expect(page.locator("#name")).to_have_text(photo.name)
    expect(page.locator("#face rect.over")).to_be_visible()
    expect(page.locator("#back")).to_be_hidden()
    page.go_forward()
    expect(page.locator("#name")).to_have_text("face 02.png (gallery)")


def test_a_search_by_a_gallery_image_has_an_address(visit) -> None:
    page = visit("?image=people%2Fface+03.png&system=dlib&top=5")
    settled(page)
    expect(page.locator("#system")).to_have_value("dlib")
    assert names(page)[0] == "face 11.png"
    expect(page.locator(".match")).to_have_count(5)


def test_a_reload_forgets_the_photo_and_never_takes_another_for_it(visit, photo: Path, tmp_path: Path) -> None:
    page = visit()
    give(page, photo)
    page.locator(".match").first.press("Enter")
    expect(page.locator("#name")).to_contain_text("(gallery)")
    page.reload()
    page.wait_for_selector("html[data-ready]")
    other = tmp_path / "other.jpg"
    other.write_bytes(photo.read_bytes())
    give(page, other)
    page.go_back()
    page.go_back()
    expect(page.locator("#photo")).to_be_hidden()
    expect(page.locator(".match")).to_have_count(0)


@pytest.fixture
def others(photo: Path, tmp_path: Path) -> list[Path]:
    """Two more photographs of the same person, of other sizes, one of a hostile name."""
    paths = [tmp_path / "<img src=x onerror=alert(1)>.png", tmp_path / "third.png"]
    for path, size in zip(paths, ((60, 90), (120, 110)), strict=True):
        Image.new("RGB", size, "teal").save(path)
    return paths


def test_several_photos_of_one_person_ask_together(visit, searcher, photo: Path, others: list[Path]) -> None:
    page = visit()
    page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    page.set_input_files("#file", [photo, *others])
    settled(page)
    assert len(searcher.photos) >= 3
    thumbs = page.locator("#strip button")
    expect(thumbs).to_have_count(3)
    expect(page.locator("#name")).to_have_text(photo.name)
    expect(thumbs.nth(0)).to_have_attribute("aria-pressed", "true")
    thumbs.nth(1).click()
    expect(page.locator("#name")).to_have_text(others[0].name)
    expect(page.locator("#picture")).to_have_js_property("naturalWidth", 60)
    expect(page.locator("#face")).to_have_attribute("viewBox", "0 0 60 90")
    assert page.locator('img[src="x"]').count() == 0
    # To look at another photo is no new question.
    expect(page.locator("#back")).to_be_hidden()


def test_a_photo_of_the_same_person_is_added_and_back_takes_it_away(visit, photo: Path, others: list[Path]) -> None:
    page = visit()
    expect(page.locator("#add")).to_be_hidden()
    give(page, photo)
    expect(page.locator("#strip")).to_be_hidden()
    page.set_input_files("#more", others[1])
    expect(page.locator("#strip button")).to_have_count(2)
    expect(page.locator("#name")).to_have_text("third.png")
    settled(page)
    page.locator("#back").click()
    expect(page.locator("#strip")).to_be_hidden()
    expect(page.locator("#name")).to_have_text(photo.name)
    page.go_forward()
    expect(page.locator("#strip button")).to_have_count(2)
    # Chosen anew, a photo is of somebody else.
    give(page, photo)
    expect(page.locator("#strip")).to_be_hidden()


def test_a_face_of_a_group_is_chosen(visit, photo: Path) -> None:
    page = visit()
    give(page, photo)
    faces = page.locator("#faces button")
    expect(faces).to_have_count(2)
    expect(faces.nth(0)).to_have_attribute("aria-pressed", "true")
    assert names(page)[0] == "face 00.png"
    orange = "canvas => [...canvas.getContext('2d').getImageData(48, 48, 1, 1).data]"
    red, green, blue, _ = faces.nth(1).locator("canvas").evaluate(orange)
    assert red > 240 and 150 < green < 180 and blue < 20
    faces.nth(1).press("Enter")
    expect(page.locator(".match .name").first).to_have_text("face 11.png")
    expect(page.locator("#faces button").nth(1)).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#face rect.over")).to_have_attribute("x", "25")
    page.locator("#back").click()
    expect(page.locator(".match .name").first).to_have_text("face 00.png")
    page.locator(".match").nth(2).click()
    expect(page.locator("#name")).to_have_text("face 02.png (gallery)")
    expect(page.locator("#which")).to_be_hidden()


def test_photos_that_are_too_many_or_too_large_together_are_not_sent(
    visit, searcher, photo: Path, tmp_path: Path
) -> None:
    page = visit()
    half = tmp_path / "half.jpg"
    half.write_bytes(bytes(25_001))
    page.set_input_files("#file", [half, half])
    expect(page.locator("#error")).to_have_text(
        "These photos together are larger than 0.05 MB. Send fewer, or smaller copies."
    )
    page.set_input_files("#file", [photo] * 9)
    expect(page.locator("#error")).to_have_text("9 photos are too many. Send 8 at most.")
    assert searcher.photos == []


def test_what_is_no_image_is_told(visit, photo: Path, tmp_path: Path) -> None:
    page = visit()
    give(page, photo)
    text = tmp_path / "letter.txt"
    text.write_text("Dear reader")
    page.set_input_files("#file", text)
    expect(page.locator("#error")).to_contain_text("The photo: not an image; expected a whole JPEG")
    expect(page.locator(".match")).to_have_count(0)
    expect(page.locator("#frame")).to_be_hidden()
    give(page, photo)
    expect(page.locator("#error")).to_be_empty()


def test_what_is_too_large_is_told_and_not_sent(visit, searcher, tmp_path: Path) -> None:
    page = visit()
    large = tmp_path / "large.jpg"
    large.write_bytes(bytes(50_001))
    page.set_input_files("#file", large)
    expect(page.locator("#error")).to_have_text("large.jpg is larger than 0.05 MB. Send a smaller copy.")
    assert searcher.photos == []


def test_a_hostile_name_is_text(visit, photo: Path) -> None:
    page = visit()
    hostile = "<img src=x onerror=alert(1)>.jpg"
    page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    drop(page, "drop", photo.read_bytes(), hostile)
    settled(page)
    expect(page.locator("#name")).to_have_text(hostile)
    assert page.locator('img[src="x"]').count() == 0


def test_a_face_that_was_not_found_is_told(visit, searcher, photo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    see = searcher.see

    def without_face(*asked: object) -> Photograph:
        seen = see(*asked)
        return replace(seen, face=replace(seen.face, detector=FALLBACK))

    monkeypatch.setattr(searcher, "see", without_face)
    page = visit()
    give(page, photo)
    expect(page.locator("#found")).to_have_text("No face found; the middle of the picture is compared.")


def test_a_server_that_has_ended_is_told(visit, photo: Path) -> None:
    page = visit()
    page.route("**/api/search**", lambda route: route.abort())
    page.set_input_files("#file", photo)
    expect(page.locator("#error")).to_contain_text("The server does not answer.")


def test_tab_reaches_everything(visit, photo: Path) -> None:
    page = visit()
    give(page, photo)
    page.locator(".match").first.press("Enter")
    settled(page)
    page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
    reached = []
    for _ in range(20):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.id || document.activeElement.className"))
    assert set(reached) >= {"skip", "file", "system", "top", "back", "match"}
    page.locator("#file").focus()
    page.keyboard.press("Tab")
    outline = "element => getComputedStyle(element).outlineStyle"
    assert page.locator("#system").evaluate(outline) == "solid"


@pytest.mark.parametrize(("scheme", "viewport"), LOOKS)
def test_axe_finds_no_fault_and_nothing_sticks_out(visit, photo: Path, scheme: str, viewport: dict[str, int]) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
    page = visit(color_scheme=scheme, viewport=viewport, bypass_csp=True)
    for step in ("empty", "answered", "several", "refused"):
        if step == "answered":
            give(page, photo)
            expect(page.locator("#faces button")).to_have_count(2)
        if step == "several":
            page.set_input_files("#more", photo)
            expect(page.locator("#faces button")).to_have_count(2)
            settled(page)
        if step == "refused":
            drop(page, "drop", b"no image", "x.jpg")
            expect(page.locator("#error")).not_to_be_empty()
        results = axe.Axe().run(page)
        assert results.violations_count == 0, results.generate_report()
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]


def test_dark_and_light(visit) -> None:
    ink = "getComputedStyle(document.body).color + getComputedStyle(document.body).backgroundColor"
    dark, light = (visit(color_scheme=scheme).evaluate(ink) for scheme in ("dark", "light"))
    assert dark != light
