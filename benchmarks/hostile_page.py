"""The search page under hostile uploads, for `benchmarks.hostile`: bombs among them, and sound searches in between."""

import re
import subprocess
import tempfile
import time
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import cycle, islice
from pathlib import Path

import httpx

from benchmarks.bombs import REFUSED
from benchmarks.watched import Outcome, environment, lookalike, memory_of

AT_ONCE = 20
HANG_SECONDS = 10.0
FILES_A_BOMB = 10
UPLOAD_BYTES = 20_000_000
# Until memory is asked for again.
REST_SECONDS = 3.0


def use_page(root: Path, gallery: Path, hostile: list[Path], photo: Path, uploads: int) -> Outcome:
    """Serve a gallery, send it hostile files, and search by a sound photograph meanwhile."""
    bodies = [path.read_bytes() for path in hostile if path.is_file()]
    bombs = cycle(body for make in REFUSED.values() if len(body := make()) <= UPLOAD_BYTES)
    for place in range(0, len(bodies), FILES_A_BOMB):
        bodies.insert(place, next(bombs))
    start = time.monotonic()
    with tempfile.TemporaryFile() as log:
        command = lookalike("serve", "--gallery", str(gallery), "--port", "0")
        server = subprocess.Popen(
            command, cwd=root, env=environment(root), stdout=subprocess.PIPE, stderr=log, text=True
        )
        assert server.stdout, "a pipe"
        url = server.stdout.readline().split()[0]
        try:
            note, hangs, peak, failed = _besiege(url, server.pid, bodies, photo.read_bytes(), uploads)
        finally:
            server.terminate()
            server.wait()
        log.seek(0)
        tracebacks = len(re.findall(b"Traceback", log.read()))
    crashed = failed or tracebacks > 0 or server.returncode not in (0, -15)
    return Outcome("page", server.returncode, time.monotonic() - start, 0.0, peak, crashed, hangs, note)


def _besiege(url: str, pid: int, bodies: list[bytes], photo: bytes, uploads: int) -> tuple[str, int, int, bool]:
    with httpx.Client(base_url=url, timeout=300) as client:
        system = client.get("api/about").json()["systems"][0]

        def ask(body: bytes) -> tuple[int, float]:
            begun = time.monotonic()
            status = client.post("api/search", params={"system": system}, content=body).status_code
            return status, time.monotonic() - begun

        usual = min(ask(photo)[1] for _ in range(5))
        before = peak = memory_of(pid)
        sound, running = [], _send(ask, bodies, uploads)
        while not all(one.done() for one in running):
            sound.append(ask(photo))
            peak = max(peak, memory_of(pid))
        time.sleep(REST_SECONDS)
        after = memory_of(pid)
    replies = [one.result() for one in running]
    statuses = dict(sorted(Counter(status for status, _ in replies).items()))
    slowest = max(wait for _, wait in sound) if sound else 0.0
    note = (
        f"{len(replies)} uploads {statuses}, slowest {max(wait for _, wait in replies):.1f} s; {len(sound)} sound "
        f"searches, usually {usual:.2f} s, slowest {slowest:.2f} s; memory {before / 1e6:.0f} -> {after / 1e6:.0f} MB"
    )
    hangs = sum(wait > HANG_SECONDS for _, wait in [*replies, *sound])
    failed = any(status >= 500 for status, _ in replies) or any(status != 200 for status, _ in sound)
    return note, hangs, peak, failed


def _send(ask, bodies: list[bytes], uploads: int) -> list[Future]:
    pool = ThreadPoolExecutor(AT_ONCE)
    running = [pool.submit(ask, body) for body in islice(cycle(bodies), uploads)]
    pool.shutdown(wait=False)
    return running
