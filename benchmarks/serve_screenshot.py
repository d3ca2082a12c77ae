"""The picture of the search page in the docs, taken in Chromium. `make repro` of the sample first.

python -m benchmarks.serve_screenshot [PROJECT]

A group is put together of three people's photographs, the last one is chosen in it, and another photograph of theirs is
added.
"""

import csv
import shutil
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np
from playwright.sync_api import Page, sync_playwright
from starlette.types import ASGIApp

from benchmarks.screenshot import FLAGS
from lookalike.kit.files import atomic_path
from lookalike.run.layout import Layout
from lookalike.tools.search.searcher import Searcher
from lookalike.tools.serve.app import build_app
from lookalike.tools.serve.server import listen, server_of, url_of

# Drawn people: nobody's photograph is published.
PHOTO = "05bfbcd1a307f876a2d6a843dfed8b04.jpg"
PICTURE = Path("docs/images/serve.webp")


@contextmanager
def served(app: ASGIApp) -> Iterator[str]:
    """Serve an application on a free port while the block runs; gives its address."""
    server = server_of(app)
    with listen("127.0.0.1", 0) as listening:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        while thread.is_alive() and not server.started:
            time.sleep(0.01)
        try:
            yield url_of(listening)
        finally:
            server.should_exit = True
            thread.join()


def group(images: Path, folder: Path) -> tuple[Path, Path]:
    """Write a group with the person of `PHOTO` on the right; return it, and another photograph of that person."""
    with (images / "ground_truth.csv").open() as stream:
        of = {row["filename"]: row["identity"] for row in csv.DictReader(stream) if row["split"] == "query"}
    first_of = {identity: name for name, identity in of.items() if identity != of[PHOTO]}
    people = [cv2.imread(str(images / "test/query" / name)) for name in (*list(first_of.values())[:2], PHOTO)]
    target = folder / "group.png"
    cv2.imwrite(str(target), np.concatenate(people, axis=1))
    other = next(name for name, identity in of.items() if identity == of[PHOTO] and name != PHOTO)
    return target, images / "test/query" / other


def photograph(url: str, together: Path, other: Path) -> np.ndarray:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 840})
        page.goto(url)
        page.wait_for_selector("html[data-ready]")
        page.set_input_files("#file", together)
        page.wait_for_selector("#faces button:nth-child(1)", timeout=120_000)
        right = max(range(3), key=lambda face: _left(page, face))
        page.set_input_files("#more", other)
        page.wait_for_selector("#strip button >> nth=1")
        page.wait_for_selector('#matches[aria-busy="false"] .match', timeout=120_000)
        page.locator("#strip button").first.click()
        _choose(page, right)
        page.wait_for_load_state("networkidle")
        png = page.screenshot()
        browser.close()
    return cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)


def _left(page: Page, face: int) -> float:
    """Choose a face, and return how far to the right its box stands."""
    _choose(page, face)
    return float(page.locator("#face rect.over").get_attribute("x") or 0)


def _choose(page: Page, face: int) -> None:
    page.locator("#faces button").nth(face).click()
    page.wait_for_selector(f'#faces li:nth-child({face + 1}) button[aria-pressed="true"]', timeout=120_000)
    page.wait_for_selector('#matches[aria-busy="false"] .match', timeout=120_000)


def main() -> None:
    root = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    with TemporaryDirectory() as folder, served(build_app(Searcher.open(root))) as url:
        picture = photograph(url, *group(Layout(root).images("sample"), Path(folder)))
    ok, encoded = cv2.imencode(".webp", picture, [cv2.IMWRITE_WEBP_QUALITY, 85])
    assert ok
    with atomic_path(PICTURE) as temporary:
        temporary.write_bytes(encoded.tobytes())


if __name__ == "__main__":
    main()
