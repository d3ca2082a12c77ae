"""The picture of the report in the README, taken in Chromium. `make repro` first.

python -m benchmarks.screenshot
"""

import shutil
from pathlib import Path

import cv2
import numpy as np
from playwright.sync_api import sync_playwright

from lookalike.kit.files import atomic_path
from lookalike.run.layout import Layout

PICTURE = Path("docs/images/report.webp")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]


def photograph(page: Path) -> np.ndarray:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        tab = browser.new_page(viewport={"width": 1280, "height": 1500})
        tab.goto(page.absolute().as_uri())
        tab.wait_for_load_state("networkidle")
        png = tab.screenshot()
        browser.close()
    return cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)


def main() -> None:
    ok, encoded = cv2.imencode(".webp", photograph(Layout().report), [cv2.IMWRITE_WEBP_QUALITY, 85])
    assert ok
    with atomic_path(PICTURE) as temporary:
        temporary.write_bytes(encoded.tobytes())


if __name__ == "__main__":
    main()
