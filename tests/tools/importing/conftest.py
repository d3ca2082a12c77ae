"""Folders of pictures to import, and a project to import them into."""

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

ROOT = Path(__file__).parents[3]

Draw = Callable[..., Path]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in an empty project with the shipped params."""
    shutil.copyfile(ROOT / "params.yaml", tmp_path / "params.yaml")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def draw(tmp_path: Path) -> Draw:
    """Write pictures under `pictures`, each of its own noise unless a seed says which."""

    def write(*names: str, seed: int | None = None, size: int = 96) -> Path:
        for name in names:
            path = tmp_path / "pictures" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(encoded(hash_of(name) if seed is None else seed, size, path.suffix))
        return tmp_path / "pictures"

    return write


def hash_of(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:6], "big")


def encoded(seed: int, size: int, suffix: str = ".png") -> bytes:
    """Return a smooth picture of random colours, as an encoded image."""
    coarse = np.random.default_rng(seed).integers(0, 256, (8, 8, 3), dtype=np.uint8)
    pixels = cv2.resize(coarse, (size, size), interpolation=cv2.INTER_CUBIC)
    return cv2.imencode(suffix, pixels)[1].tobytes()


def people(count: int, each: int = 2) -> list[str]:
    """Return the names of pictures of some people, real and synthetic ones mixed."""
    domains = [f"{domain}_{n}" for domain in ("real", "synthetic") for n in range(each)]
    return [f"p{i:02}/{name}.png" for i in range(count) for name in domains]
