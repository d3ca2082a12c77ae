"""Damaged files and bombs, made here, through every command and the page: what benchmarks/hostile.py prints of them."""

import random
import re
import subprocess
import sys
from itertools import islice
from pathlib import Path

import pytest

from benchmarks.bombs import REFUSED
from benchmarks.fuzz import drawn, seeds

ROOT = Path(__file__).parents[2]
BOMBS = ("jpeg, 101 scans", "png, 2,000 profiles of 900 kB", "tiff, 2 M strips")


# It starts the stages, the commands and the server, as a user would; only then are all of their processes there.
@pytest.mark.slow
def test_nothing_crashes_hangs_or_loses_a_row(tmp_path: Path) -> None:
    suffixes = [name.split()[0].replace("mpo", "jpg") for name in seeds()]
    files = drawn([*seeds().values()], random.Random(5))
    for number, data in enumerate(islice(files, 60)):
        (tmp_path / f"{number:02}.{suffixes[number % len(suffixes)]}").write_bytes(data)
    for name in BOMBS:
        (tmp_path / f"bomb {name.split(',')[0]}.{name.split(',')[0]}").write_bytes(REFUSED[name]())
    command = [sys.executable, "-m", "benchmarks.hostile", str(tmp_path), "--queries", "3", "--uploads", "120"]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    lines = told.splitlines()
    for promised in ("crashes: 0", "hangs over 10 s: 0", "hostile files without a row: 0"):
        assert promised in lines, told
    reasons = {line.rpartition(" ")[0].strip(): int(line.rpartition(" ")[2]) for line in lines if line.startswith("  ")}
    assert reasons["too complex"] >= len(BOMBS), told
    assert sum(reasons.values()) == 60 + len(BOMBS), told
    page = next(line for line in lines if line.startswith("page "))
    statuses = [int(status) for status in re.findall(r"(\d{3}): \d+", page)]
    assert "120 uploads" in page and statuses and max(statuses) < 500, told
