"""The artifacts that dvc.yaml names: they are what stages write, and DVC hands them out by name."""

import subprocess
import sys
from pathlib import Path, PurePosixPath

import pytest
import yaml
from dvc.repo.artifacts import check_name_format

from lookalike.run.layout import Layout
from tests.pipeline.imports import ROOT

PIPELINE = yaml.safe_load((ROOT / "dvc.yaml").read_text())
ARTIFACTS = PIPELINE["artifacts"]
OUTS = [
    PurePosixPath(out if isinstance(out, str) else next(iter(out)))
    for stage in PIPELINE["stages"].values()
    for out in stage["outs"]
]


@pytest.mark.parametrize("name", ARTIFACTS)
def test_an_artifact_is_an_output_or_the_folder_of_some(name: str) -> None:
    check_name_format(name)
    path = PurePosixPath(ARTIFACTS[name]["path"])
    assert [out for out in OUTS if path in (out, out.parent)]


def test_the_trained_models_and_the_submission_have_names() -> None:
    paths = {name: Path(artifact["path"]) for name, artifact in ARTIFACTS.items()}
    assert paths == {"models": Layout().trained("any").parent, "submission": Layout().submissions}


# Slow: DVC's own commands, on a project of two small stages.
@pytest.mark.slow
def test_dvc_hands_them_out_by_name(tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()

    def call(*command: str) -> None:
        done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr

    stages = {
        "finetune": {
            "matrix": {"model": ["a", "b"]},
            "cmd": "mkdir -p data/models && echo ${item.model} > data/models/${item.model}.safetensors",
            "outs": ["data/models/${item.model}.safetensors"],
        },
        "score": {"cmd": "mkdir -p submission && echo {} > submission/list.json", "outs": ["submission"]},
    }
    (project / "dvc.yaml").write_text(yaml.safe_dump({"stages": stages, "artifacts": ARTIFACTS}))
    call("git", "init", "-q")
    dvc = (sys.executable, "-m", "dvc")
    call(*dvc, "init", "-q")
    call(*dvc, "repro", "-q")
    call("git", "add", ".")
    author = ("-c", "user.name=t", "-c", "user.email=t@example.org")
    call("git", *author, "commit", "-qm", "run")
    for name in ARTIFACTS:
        call("git", *author, "tag", "-a", f"{name}@v1.0.0", "-m", "first")
        call(*dvc, "artifacts", "get", "-q", str(project), name, "-o", str(tmp_path / name))
    assert {path.name: path.read_text() for path in (tmp_path / "models").glob("*.safetensors")} == {
        "a.safetensors": "a\n",
        "b.safetensors": "b\n",
    }
    assert (tmp_path / "submission/list.json").read_text() == "{}\n"
