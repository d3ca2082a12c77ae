"""Size of the report and how soon it is seen: `python -m benchmarks.report_size [--page FILE] [--queries N]`.

Measures reports/index.html, or, with --queries, the report of a made-up run with N queries and as many gallery images.
"""

import argparse
import re
import shutil
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
from playwright.sync_api import sync_playwright

from benchmarks.made_up_run import MadeUpRun, draw_dataset, write_run
from benchmarks.screenshot import FLAGS
from lookalike.params.report import ReportOptions
from lookalike.report.data import collect
from lookalike.report.page import render
from lookalike.run.layout import Layout

EACH = 10
SYSTEMS = {"sface": 1.3, "dlib": 1.6, "ensemble": 1.05}
FIRST_PAINT = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
READY = """new Promise((done) => {
  const look = () => (document.documentElement.dataset.ready ? done(performance.now()) : requestAnimationFrame(look));
  look();
})"""


def make_page(folder: Path, queries: int) -> Path:
    """Render the report of a made-up run."""
    rng = np.random.default_rng(0)
    labels = tuple(f"identity {number:04d}" for number in range(queries // EACH))
    catalog = draw_dataset(folder / "images", labels, EACH, 224, rng)
    write_run(folder, "made-up", catalog, MadeUpRun(SYSTEMS), rng)
    start = time.perf_counter()
    html = render(collect(Layout(folder), SYSTEMS, ""), folder / "images", "images", ReportOptions())
    print(f"made in            {time.perf_counter() - start:6.1f} s")
    page = folder / "index.html"
    page.write_text(html, encoding="utf-8")
    return page


def sizes(html: str) -> dict[str, int]:
    """Return the bytes of the page's parts."""
    blocks = {name: re.search(rf'id="{name}">(.*?)</script>', html, re.S) for name in ("payload", "thumbnails")}
    parts = {name: len(block.group(1)) for name, block in blocks.items() if block}
    return {"whole page": len(html.encode()), **parts}


def visit(page: Path, runs: int) -> list[tuple[float, float]]:
    """Open the page in Chromium; return (first paint, everything drawn) in milliseconds, one pair a visit."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        pairs = []
        for _ in range(runs):
            tab = browser.new_page(viewport={"width": 1280, "height": 900})
            tab.goto(page.resolve().as_uri())
            pairs.append((tab.evaluate(FIRST_PAINT), tab.evaluate(READY)))
            tab.close()
        browser.close()
    return pairs


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--page", type=Path, default=Layout().report)
    parser.add_argument("--queries", type=int, default=0)
    parser.add_argument("--runs", type=int, default=5)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        page = make_page(Path(folder), chosen.queries) if chosen.queries else chosen.page
        for name, count in sizes(page.read_text(encoding="utf-8")).items():
            print(f"{name:18} {count / 1e6:6.2f} MB")
        paint, ready = zip(*visit(page, chosen.runs), strict=True)
    print(f"first view         {statistics.median(paint):6.0f} ms (median of {chosen.runs})")
    print(f"everything drawn   {statistics.median(ready):6.0f} ms")


if __name__ == "__main__":
    main()
