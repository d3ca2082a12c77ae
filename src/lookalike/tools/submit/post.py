"""Posting a submission, and the server's reply."""

import json
import time
from collections.abc import Mapping
from typing import Any

import httpx

from lookalike.kit.errors import LookalikeError

RETRY_STATUS = frozenset({408, 425, 429, 500, 502, 503, 504})
BACKOFF_SECONDS = 1.0


def submit(
    url: str, groupname: str, images: Mapping[str, list[str]], timeout: float = 30.0, attempts: int = 3
) -> dict[str, Any]:
    """Post a submission and return the server's JSON reply, such as `{"accuracy": 973.9}`.

    Tries again, each time after twice the wait, when the connection fails or the server says it is busy or broken.

    Args:
        url: where the server listens.
        groupname: who submits.
        images: query file name -> gallery file names.
        timeout: seconds for each attempt.
        attempts: how many times to try, at least 1.

    Raises:
        LookalikeError: the server cannot be reached, refuses, or answers with something other than a JSON object.
    """
    reason = ""
    for attempt in range(attempts):
        if attempt:
            time.sleep(BACKOFF_SECONDS * 2 ** (attempt - 1))
        try:
            reply = httpx.post(url, json={"groupname": groupname, "images": dict(images)}, timeout=timeout)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            reason = f"{type(error).__name__}: {error}"
            continue
        if reply.status_code not in RETRY_STATUS:
            return _reply(url, reply.status_code, reply.text)
        reason = f"HTTP {reply.status_code}"
    raise LookalikeError(f"{url}: no answer after {attempts} attempts ({reason}); check the address and try again")


def _reply(url: str, status: int, text: str) -> dict[str, Any]:
    if status >= 400:
        raise LookalikeError(f"{url}: the server refused the submission with HTTP {status}: {text[:200]}")
    try:
        value = json.loads(text)
    except json.JSONDecodeError:
        raise LookalikeError(f"{url}: expected a JSON reply, got {text[:200]!r}") from None
    if not isinstance(value, dict):
        raise LookalikeError(f"{url}: expected a JSON object, got {text[:200]!r}")
    return value
