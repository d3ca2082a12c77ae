"""Chromium, as every browser test starts and watches it."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

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


@contextmanager
def launched() -> Iterator[Browser]:
    """Yield the machine's Chromium; without one, skip the test, but never in CI."""
    path = shutil.which("chromium")
    if path is None and os.environ.get("CI") != "true":
        pytest.skip("no chromium on the PATH; install it (Debian: apt-get install chromium) to run the browser tests")
    assert path, "CI must have chromium on the PATH"
    expect.set_options(timeout=20_000)  # milliseconds: room for a machine that runs other tests beside these
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


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
