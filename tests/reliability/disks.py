"""Small disks of the kernel's own: a tmpfs of so many bytes, where this user may mount one."""

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest


@contextlib.contextmanager
def mounted(folder: Path, size: int, read_only: bool = False) -> Iterator[None]:
    """Mount a tmpfs over a folder for as long as the block runs; skip the test where that is not allowed."""
    folder.mkdir(parents=True, exist_ok=True)
    options = f"size={size}"
    result = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], capture_output=True, text=True)
    if result.returncode != 0:
        pytest.skip(f"no tmpfs can be mounted here: {result.stderr.strip()}")
    try:
        if read_only:
            subprocess.run(["mount", "-o", "remount,ro", folder], check=True)
        yield
    finally:
        subprocess.run(["umount", "-l", folder], check=True)
