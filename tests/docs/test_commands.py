"""Every command of the README and of docs/ does what a reader would type it for."""

import re
import webbrowser

import pytest
import typer
from dvc.cli import DvcParserError
from dvc.exceptions import DvcException, InvalidArgumentError

from lookalike.kit.errors import LookalikeError
from tests.docs.pages import commands
from tests.docs.runners import run
from tests.docs.workshop import Workshop
from tests.e2e.project import Project

pytestmark = pytest.mark.e2e

# Each with the reason why it cannot be run here.
NOT_RUN = {
    "source .venv/bin/activate": "changes the shell that it is typed into",
    "torchrun --nproc-per-node 2 stages/finetune.py --model clip_arcface": "trains for hours; tests/training has two",
    "dvc commit -f finetune@clip_arcface": "keeps what the line before it trained",
    "lookalike sweep docs/sweeps/sface_tuned.yaml": "trains two dozen times; tests/e2e/test_sweep.py has a small one",
    "lookalike sweep docs/sweeps/sface_tuned.yaml --report": "shows the trials of the line before it",
    "ray start --head": "needs Ray, which is an extra; tests of the executors start their own cluster",
    "ray start --address=head:6379": "needs the machine of the line before it",
    "LOOKALIKE_EXECUTOR=ray RAY_ADDRESS=head:6379 LOOKALIKE_STORE=/shared/store dvc repro": "needs that cluster",
}
COMMANDS = [command for command in commands() if command not in NOT_RUN]


@pytest.fixture(scope="module")
def workshop(finished_project: Project, tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    workshop = Workshop.copy_of(finished_project, tmp_path_factory.mktemp("docs"))
    for name in re.findall(r"dvc exp run .*?(?:-n|--name) (\S+)", "\n".join(COMMANDS)):
        workshop.keep_experiment(name)
    return workshop


@pytest.fixture(autouse=True)
def reader(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Stand in the project as a reader would; return the pages that were opened in the browser."""
    opened: list[str] = []
    monkeypatch.chdir(workshop.root)
    for name, value in workshop.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(typer, "launch", lambda page: opened.append(page) or 0)
    monkeypatch.setattr(webbrowser, "open", lambda page: opened.append(page) or True)
    return opened


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_of_the_docs_works(command: str, workshop: Workshop, reader: list[str]) -> None:
    run(workshop, command)
    assert bool(reader) == ("--open" in command and not command.startswith("lookalike serve"))


def test_nothing_is_excused_that_the_docs_do_not_say() -> None:
    assert NOT_RUN.keys() <= set(commands())


@pytest.mark.parametrize(
    ("command", "fault"),
    [
        ("lookalike qurey photo.jpg", AssertionError),
        ("dvc exp run -S retrieval.shfit=centre", InvalidArgumentError),
        ("dvc exp run -S retrieval.shift.method=centred", LookalikeError),
        ("dvc exp run --sped", DvcParserError),
        ("dvc repro no_such_stage", DvcException),
        ("make nothing", AssertionError),
        ("python -m benchmarks.nothing", FileNotFoundError),
        ("rm -r data", AssertionError),
    ],
)
def test_a_command_that_is_wrong_fails(command: str, fault: type[Exception], workshop: Workshop) -> None:
    with pytest.raises(fault):
        run(workshop, command)
