"""Chromium, as every browser test starts and watches it; `python -m tests.browser` fetches one where there is none."""

import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright
from playwright.sync_api import Error as PlaywrightError

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 360, "height": 740}


NO_CHROMIUM = "no chromium"
ADVICE = "install it (Debian: apt-get install chromium; elsewhere: playwright install --with-deps chromium)"
FETCH_SECONDS = 600


def in_ci() -> bool:
    """Tell whether a missing browser is a fault."""
    return os.environ.get("CI") == "true"


@contextmanager
def launched() -> Iterator[Browser]:
    """Yield the machine's Chromium, or else Playwright's own; without one, skip the test, but never in CI."""
    path = shutil.which("chromium")
    assert path or not in_ci(), "CI must have chromium on the PATH"
    expect.set_options(timeout=20_000)  # milliseconds: room for a machine that runs other tests beside these
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        except PlaywrightError as error:
            if path or in_ci():
                raise
            # Playwright's own is not there, or lacks libraries of the system.
            pytest.skip(f"{NO_CHROMIUM} on the PATH, and Playwright's does not start: {first_line(error)}; {ADVICE}")
        yield browser
        browser.close()


def first_line(error: PlaywrightError) -> str:
    """Return the first line of what Playwright says, without the colon that leads on to the others."""
    return error.message.partition("\n")[0].rstrip(":")


def missed(reports: Iterable[pytest.TestReport]) -> str:
    """Return a line that says which tests did not run for want of a browser and why; nothing where all did.

    Args:
        reports: of the tests that were skipped.
    """
    reasons = {report.nodeid: str(report.longrepr[2]) for report in reports if isinstance(report.longrepr, tuple)}
    unrun = {name: reason for name, reason in reasons.items() if NO_CHROMIUM in reason}
    if not unrun:
        return ""
    files = Counter(name.partition("::")[0] for name in unrun)
    named = ", ".join(f"{file} ({count})" for file, count in sorted(files.items()))
    why = next(iter(unrun.values())).removeprefix("Skipped: ")
    return f"{len(unrun)} browser tests did not run: {named}\n{why}"


def fetch() -> None:
    """Fetch Playwright's Chromium where there is none at all; in CI the machine brings its own, or its tests fail."""
    if in_ci() or shutil.which("chromium"):
        return
    with sync_playwright() as playwright:
        if Path(playwright.chromium.executable_path).is_file():
            return
    print("no chromium on the PATH: fetching Playwright's", flush=True)
    try:
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=True, timeout=FETCH_SECONDS)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        print(f"it cannot be had ({error}); the browser tests will be skipped, and named at the end", flush=True)


@contextmanager
def watched(
    browser: Browser, allowed: tuple[str, ...], forgiven: tuple[str, ...] = ()
) -> Iterator[Callable[..., Page]]:
    """Yield what opens a page; whatever its console complains of, or is asked of another place, is a fault in the end.

    Args:
        browser: from `launched`.
        allowed: what the addresses of requests may start with.
        forgiven: parts of complaints that a test provokes.
    """
    faults: list[str] = []
    pages: list[Page] = []

    def heard(message: ConsoleMessage) -> None:
        if message.type == "error" and not any(part in message.text for part in forgiven):
            faults.append(message.text)

    def go(address: str, **context: object) -> Page:
        page = browser.new_context(**{"viewport": DESKTOP, **context}).new_page()
        page.on("console", heard)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("request", lambda asked: None if asked.url.startswith(allowed) else faults.append(asked.url))
        page.goto(address)
        page.wait_for_selector("html[data-ready]")
        pages.append(page)
        return page

    yield go
    for page in pages:
        page.context.close()
    assert faults == []


if __name__ == "__main__":
    fetch()
