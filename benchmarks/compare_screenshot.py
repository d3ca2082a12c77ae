"""The picture in docs/how-to/compare.md: two runs of the sample side by side, taken in Chromium.

dvc exp run -n centred -S retrieval.shift=centre
python -m benchmarks.compare_screenshot main centred
"""

import argparse
import shutil
from pathlib import Path

import cv2
import numpy as np
from playwright.sync_api import sync_playwright

from benchmarks.screenshot import FLAGS
from lookalike.kit.files import atomic_path
from lookalike.run.run import Run
from lookalike.tools.compare.page import write_page

PICTURE = Path("docs/images/compare.webp")
SYSTEM = "sface"


def photograph(page: Path, outcome: str) -> np.ndarray:
    """Return the list of queries with one outcome, (height, width, 3) BGR."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        tab = browser.new_page(viewport={"width": 1280, "height": 1000})
        tab.goto(page.absolute().as_uri())
        tab.wait_for_selector("html[data-ready]")
        tab.locator("#outcomes label", has_text=outcome).locator("input").check()
        tab.locator("#browse").evaluate("section => section.scrollIntoView({behavior: 'instant'})")
        png = tab.screenshot()
        browser.close()
    return cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("revisions", nargs=2)
    parser.add_argument("--outcome", default="gained")
    options = parser.parse_args()
    before, after = (Run(rev=revision) for revision in options.revisions)
    page = write_page(before, after, SYSTEM)
    ok, encoded = cv2.imencode(".webp", photograph(page, options.outcome), [cv2.IMWRITE_WEBP_QUALITY, 85])
    assert ok
    with atomic_path(PICTURE) as temporary:
        temporary.write_bytes(encoded.tobytes())


if __name__ == "__main__":
    main()
