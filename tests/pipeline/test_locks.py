"""What is installed is locked, and an extra is installed on request alone."""

import re
import subprocess
import tomllib
from functools import cache

import pytest

from tests.pipeline.imports import ROOT

LOCK = "requirements.lock"


@cache
def extras() -> dict[str, list[str]]:
    """Return the extras for users and what they name; what development needs is installed always."""
    named = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    return {extra: packages for extra, packages in named.items() if extra != "dev"}


def locked(name: str) -> dict[str, str]:
    """Return package -> version."""
    return dict(re.findall(r"^([\w.-]+)==(\S+)", (ROOT / name).read_text(), re.M))


def typed(*words: str) -> str:
    """Return what make would run in a new clone."""
    command = ["make", "--dry-run", "VENV=nowhere", *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("extra", sorted(extras()))
def test_an_extra_is_locked_apart(extra: str) -> None:
    added = locked(f"requirements-{extra}.lock")
    assert set(extras()[extra]) <= {f"{package}=={version}" for package, version in added.items()}
    assert not set(added) & set(locked(LOCK))


@pytest.mark.parametrize("name", [LOCK, *(f"requirements-{extra}.lock" for extra in sorted(extras()))])
def test_every_package_is_locked_by_digests(name: str) -> None:
    packages = re.split(r"\n(?=\S)", (ROOT / name).read_text().strip())
    assert len(packages) == len(locked(name))
    for package in packages:
        first, *digests = package.replace(" \\", "").split("\n")
        assert re.fullmatch(r"[\w.-]+==\S+", first)
        assert digests
        assert all(re.fullmatch(r"    --hash=sha256:[0-9a-f]{64}", digest) for digest in digests)


@pytest.mark.parametrize("extra", sorted(extras()))
def test_an_extra_is_installed_on_request_alone(extra: str) -> None:
    lock = f"requirements-{extra}.lock"
    assert f"--require-hashes --no-deps -r {lock}" in typed("setup", f"EXTRAS={extra}")
    for target in ("setup", "repro", "test"):
        assert f"-r {LOCK}" in typed(target)
        assert lock not in typed(target)
