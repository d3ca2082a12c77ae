"""The steps of the workflow that compare, comment and gate, run as the runner would."""

import json
import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from lookalike.metrics.first_hits import FirstHits
from lookalike.run.revisions import Revision

# Slow: the steps of the workflow run as the runner starts them, in shells of their own.
pytestmark = pytest.mark.slow

WORKFLOW = Path(__file__).parents[3] / ".github/workflows/ci.yml"
STEPS = {
    step.get("name", step.get("uses")): step for step in yaml.safe_load(WORKFLOW.read_text())["jobs"]["check"]["steps"]
}
COMPARE, POST, GATE = "Compare with the base", "Post it as one comment, written anew each time", "Gate"

GH = """#!{python}
import json, sys
from pathlib import Path
words = sys.argv[1:]
with Path("asked").open("a") as log:
    log.write(json.dumps(words) + "\\n")
if "--paginate" in words:
    print(Path("found").read_text(), end="")
"""


def test_a_pull_request_takes_up_what_a_run_before_it_kept() -> None:
    names = list(STEPS)
    (restore,) = (name for name in names if str(STEPS[name].get("uses")).startswith("actions/cache/restore@"))
    (save,) = (name for name in names if str(STEPS[name].get("uses")).startswith("actions/cache/save@"))
    (run,) = (name for name in names if STEPS[name].get("run") == "bash .ci/run")
    assert names.index(restore) < names.index(run) < names.index(save)
    assert STEPS[restore]["with"]["path"] == STEPS[save]["with"]["path"] == ".dvc/cache"
    assert STEPS[save]["with"]["key"].startswith(STEPS[restore]["with"]["restore-keys"])
    assert STEPS[restore]["if"] == "github.event_name == 'pull_request'" and "if" not in STEPS[save]


def step(name: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a step's script as GitHub's `shell: bash` does."""
    assert STEPS[name].get("shell", "bash") == "bash"
    environment = os.environ | {"DVC_NO_ANALYTICS": "1"} | variables
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", STEPS[name]["run"]]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def runner(project: Path) -> Path:
    """The project with the run of `main` in the workspace, and an environment to activate."""
    base = Revision.find("main")
    for file in map(Path, ("metrics/metrics.json", "metrics/first_hits.csv", "params.yaml")):
        file.write_text(base.text(file))
    activate = Path(".venv/bin/activate")
    activate.parent.mkdir(parents=True)
    activate.write_text(f'export PATH="{Path(sys.executable).parent}:$PATH"\n')
    return project


def flip(wanted: dict[int, int]) -> dict[str, str]:
    """Give the first query of the ensemble that stands at a rank another one; return query -> which way it went."""
    path = Path("metrics/first_hits.csv")
    hits = FirstHits.parse(path.read_text(), "x")
    ranks = hits.rank_of["ensemble"]
    done = {}
    for before, after in wanted.items():
        row = ranks.tolist().index(before)
        ranks[row] = after
        done[hits.query_id[row]] = "gained" if after == 1 else "lost"
    path.write_text(hits.text())
    return done


def compare() -> tuple[str, str]:
    """Run the step; return the comment, and what it says of the gate."""
    result = step(COMPARE, BASE="main", GITHUB_STEP_SUMMARY="summary", GITHUB_OUTPUT="output")
    assert result.returncode == 0, result.stderr
    comment = Path("comment.md").read_text()
    assert Path("summary").read_text() == comment
    return comment, Path("output").read_text().strip()


def test_an_unchanged_run_passes(runner: Path) -> None:
    comment, gate = compare()
    assert comment.startswith("<!-- lookalike -->\n## Competition points\n\n| system |")
    assert "Flips of ensemble: 0 gained, 0 lost" in comment
    assert "No param differs" in comment
    assert comment.count("<details>") == comment.count("</details>") == 2
    assert gate == "gate=0"


def test_a_hit_that_became_a_miss_and_a_miss_that_became_a_hit_are_told(runner: Path) -> None:
    hits = FirstHits.parse(Path("metrics/first_hits.csv").read_text(), "x")
    miss = next(rank for rank in hits.rank_of["ensemble"].tolist() if rank > 1)
    flipped = flip({1: 3, miss: 1})
    comment, gate = compare()
    assert "Flips of ensemble: 1 gained, 1 lost" in comment
    rows = dict(re.findall(r"^\| (\S+\.jpg) \| (gained|lost) \|", comment, re.M))
    assert rows == flipped
    assert gate == "gate=0"


def test_a_real_drop_fails(runner: Path) -> None:
    path = Path("metrics/metrics.json")
    metrics = json.loads(path.read_text())
    lost = [flip({1: 2}) for _ in range(8)]
    metrics["systems"]["ensemble"]["points"] -= len(lost) * 600 / metrics["queries"]["scored"]
    path.write_text(json.dumps(metrics))
    comment, gate = compare()
    assert re.search(r"\| ensemble \|.*\*\*fail\*\* \|", comment)
    assert gate == "gate=1"
    assert step(GATE).returncode == 1


def test_a_base_without_a_run_is_told_in_the_comment_and_fails(runner: Path) -> None:
    subprocess.run(["git", "checkout", "-q", "--orphan", "empty"], check=True)
    author = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    subprocess.run(["git", "rm", "-rqf", "--cached", "metrics"], check=True)
    subprocess.run(["git", *author, "commit", "-qm", "no run"], check=True)
    subprocess.run(["git", "branch", "-qf", "main", "empty"], check=True)
    comment, gate = compare()
    assert "metrics/metrics.json is not in main" in comment
    assert gate == "gate=1"


@pytest.mark.parametrize(("found", "expected"), [("", "POST"), ("11\n12\n", "PATCH")])
def test_one_comment_is_kept_up_to_date(runner: Path, found: str, expected: str) -> None:
    gh = runner / "bin/gh"
    gh.parent.mkdir()
    gh.write_text(GH.format(python=sys.executable))
    gh.chmod(gh.stat().st_mode | stat.S_IXUSR)
    Path("found").write_text(found)
    Path("comment.md").write_text("text")
    path = f"{gh.parent}{os.pathsep}{os.environ['PATH']}"
    result = step(POST, PATH=path, REPOSITORY="me/mine", NUMBER="7")
    assert result.returncode == 0, result.stderr
    listed, written = (json.loads(line) for line in Path("asked").read_text().splitlines())
    assert listed[2] == "repos/me/mine/issues/7/comments"
    assert written[written.index("--method") + 1] == expected
    target = "repos/me/mine/issues/comments/12" if found else "repos/me/mine/issues/7/comments"
    assert target in written
    assert written[-2:] == ["--field", "body=@comment.md"]
