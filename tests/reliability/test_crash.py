"""A sample of `benchmarks.crash`: stages stopped at some of their writes and renames, the same ones each time.

All points: `python -m benchmarks.crash`.
"""

import shutil
import subprocess

import pytest

from benchmarks.crash import FAULTS, Harness, Point, sampled

# Slow: every point is two programs. One group, so that the project is made once.
pytestmark = pytest.mark.slow

STAGES = {"sample": 2, "weights": 3, "sources": 2, "catalog": 3, "crop": 3, "embed": 3, "rank": 3}


@pytest.fixture(scope="module")
def harness(tmp_path_factory: pytest.TempPathFactory) -> Harness:
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed")
    if subprocess.run(["strace", "-qq", "-o", "/dev/null", "true"], capture_output=True, check=False).returncode:
        pytest.skip("this machine lets no program trace another")
    return Harness(tmp_path_factory.mktemp("crash"), last="rank", faces=False)


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_that_is_stopped_leaves_whole_files_and_ends_in_the_same_bytes(harness: Harness, stage: str) -> None:
    points = harness.points(stage)
    assert {point.fault for point in points} == set(FAULTS)
    assert {"write", "fsync", "rename"} <= {point.call for point in points}
    for point in sampled(points, STAGES[stage], seed=7):
        assert harness.try_point(point).wrong == ""


def test_the_harness_sees_a_file_that_is_half_written(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    """It could not fail otherwise: the stage writes straight into place here."""
    (point,) = [p for p in harness.points("sources") if (p.call, p.fault) == ("rename", "SIGKILL")][:1]
    run = Harness._run

    def spoiling(self: Harness, *arguments: object) -> "subprocess.CompletedProcess[str]":
        result = run(self, *arguments)
        (self.work / "data/sources/tiny.json").write_text("{")
        return result

    monkeypatch.setattr(Harness, "_run", spoiling)
    assert "half written" in harness.try_point(Point(*vars(point).values())).wrong
