"""The picture of the search page in the docs, taken in Chromium. `make repro` of the sample first.

python -m benchmarks.serve_screenshot
"""

import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
from playwright.sync_api import sync_playwright
from starlette.types import ASGIApp

from benchmarks.screenshot import FLAGS
from lookalike.kit.files import atomic_path
from lookalike.run.layout import Layout
from lookalike.tools.search.searcher import Searcher
from lookalike.tools.serve.app import build_app
from lookalike.tools.serve.server import listen, server_of, url_of

# Drawn people: nobody's photograph is published.
PHOTO = Layout().images("sample") / "test/query/05bfbcd1a307f876a2d6a843dfed8b04.jpg"
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


def photograph(url: str, photo: Path) -> np.ndarray:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 840})
        page.goto(url)
        page.wait_for_selector("html[data-ready]")
        page.set_input_files("#file", photo)
        page.wait_for_selector(".match", timeout=120_000)
        page.wait_for_load_state("networkidle")
        png = page.screenshot()
        browser.close()
    return cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)


def main() -> None:
    with served(build_app(Searcher.open(Path()))) as url:
        picture = photograph(url, PHOTO)
    ok, encoded = cv2.imencode(".webp", picture, [cv2.IMWRITE_WEBP_QUALITY, 85])
    assert ok
    with atomic_path(PICTURE) as temporary:
        temporary.write_bytes(encoded.tobytes())


if __name__ == "__main__":
    main()
