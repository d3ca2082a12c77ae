"""Posting a submission, and the server's reply."""

import asyncio
import json
import time
from collections.abc import Mapping
from typing import Any

import httpx

from lookalike.kit.errors import LookalikeError

RETRY_STATUS = frozenset({408, 425, 429, 500, 502, 503, 504})
BACKOFF_SECONDS = 1.0
# A reply is one line with a score.
MAX_REPLY_BYTES = 1_000_000


def submit(
    url: str, groupname: str, images: Mapping[str, list[str]], timeout: float = 30.0, attempts: int = 3
) -> dict[str, Any]:
    """Post a submission and return the server's JSON reply, such as `{"accuracy": 973.9}`.

    Tries again, each time after twice the wait, when the connection fails or the server says it is busy or broken.

    Args:
        url: where the server listens.
        groupname: who submits.
        images: query file name -> gallery file names.
        timeout: seconds for each attempt, from the connection to the last byte of the reply.
        attempts: how many times to try, at least 1.

    Raises:
        LookalikeError: the server cannot be reached, refuses, or answers with something other than a JSON object of at
            most `MAX_REPLY_BYTES`.
    """
    reason = ""
    for attempt in range(attempts):
        if attempt:
            time.sleep(BACKOFF_SECONDS * 2 ** (attempt - 1))
        try:
            body = {"groupname": groupname, "images": dict(images)}
            status, text = asyncio.run(asyncio.wait_for(_post(url, body, timeout), timeout))
        except TimeoutError:
            reason = f"no whole reply within {timeout:g} s"
            continue
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            reason = f"{type(error).__name__}: {error}"
            continue
        if status not in RETRY_STATUS:
            return _reply(url, status, text)
        reason = f"HTTP {status}"
    raise LookalikeError(f"{url}: no answer after {attempts} attempts ({reason}); check the address and try again")


async def _post(url: str, body: dict[str, Any], timeout: float) -> tuple[int, str]:
    """Return the status and the reply; httpx bounds the wait for each byte, and its caller the whole."""
    # Compressed, a small part of a reply could become a large one.
    headers = {"Accept-Encoding": "identity"}
    async with (
        httpx.AsyncClient(timeout=timeout) as client,
        client.stream("POST", url, json=body, headers=headers) as got,
    ):
        reply = b""
        async for part in got.aiter_bytes():
            reply += part
            if len(reply) > MAX_REPLY_BYTES:
                raise LookalikeError(f"{url}: the reply is larger than {MAX_REPLY_BYTES / 1e6:g} MB; check the address")
    return got.status_code, reply.decode("utf-8", "replace")


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
