"""How each kind of command is run. A command that no rule knows is an error: nothing is passed over in silence."""

import ast
import contextlib
import itertools
import os
import re
import shlex
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from unittest import mock

import httpx
from dvc.cli import parse_args
from dvc.repo import Repo
from dvc.utils.cli_parse import to_path_overrides
from dvc.utils.hydra import apply_overrides, get_hydra_sweeps
from typer.testing import CliRunner

from lookalike.cli import app
from lookalike.kit.durations import note_work
from lookalike.params.load import load_params
from lookalike.run.layout import Layout
from tests.docs.scoring_server import scoring_server
from tests.docs.workshop import Workshop
from tests.e2e.project import ROOT

Runner = Callable[[Workshop, list[str]], None]

SWITCHES = ("--each-face", "--json", "--open")  # options that take no value
PATIENCE = 60.0  # seconds that a server may take to answer or to stop, on a busy machine


def run(workshop: Workshop, command: str) -> None:
    """Run a command of the documentation by the first rule that knows it."""
    words = shlex.split(command)
    assigned = list(itertools.takewhile(lambda word: re.match(r"[A-Z_]+=", word), words))
    words = words[len(assigned) :]
    with mock.patch.dict(os.environ, dict(word.split("=", 1) for word in assigned)):
        _runner(words)(workshop, words)


def _runner(words: Sequence[str]) -> Runner:
    for known, runner in RULES.items():
        if f"{' '.join(words)} ".startswith((f"{known} ", f"{known}.")):
            return runner
    raise AssertionError(f"no rule says how to run: {words}")


def measure(root: Path) -> None:
    """Note rates: a stage that DVC has restored from its cache was not measured."""
    models = load_params(root / "params.yaml").run.models
    for kind in ("catalog", "faces", *(f"embed@{model}" for model in models)):
        note_work(kind, 100, 2.0, 4.0, file=Layout(root).work)


def lookalike(workshop: Workshop, words: list[str]) -> None:
    """Run a command of ours for real, in this process: its imports cost more than its work."""
    if "--plan" in words:
        measure(workshop.root)
    result = CliRunner().invoke(app, words[1:], catch_exceptions=False)
    assert result.exit_code == 0, result.output


def search(workshop: Workshop, words: list[str]) -> None:
    """Run `lookalike query` or `lookalike index` for real, on pictures that are put where it names them."""
    lookalike(workshop, [*words[:2], *_laid_out(workshop, words[2:])])


def import_folder(workshop: Workshop, words: list[str]) -> None:
    """Make a dataset for real, of pictures in identity folders that are put where the command names them."""
    lookalike(workshop, [*words[:2], workshop.lay_out_identities(words[2]), *words[3:]])


def serve(workshop: Workshop, words: list[str]) -> None:
    """Start the search page on a free port, ask it for itself, stop it."""
    with _served(workshop, _laid_out(workshop, words[2:])) as address:
        assert httpx.get(address, timeout=PATIENCE).status_code == 200


def post(workshop: Workshop, words: list[str]) -> None:
    """Send what `curl --data-binary @FILE URL` sends to a search page, started for it on a free port."""
    _, option, file, url = words
    assert option == "--data-binary", "another form of curl needs a rule of its own"
    content = Path(workshop.lay_out(file.removeprefix("@"))).read_bytes()
    with _served(workshop, []) as address:
        target = httpx.URL(address).join(httpx.URL(url).raw_path.decode())
        assert httpx.post(target, content=content, timeout=PATIENCE).status_code == 200


def submit(workshop: Workshop, words: list[str]) -> None:
    """Post to a server on this machine in place of the one that the command names."""
    assert words[2].startswith("http"), "the address comes first"
    with scoring_server() as (address, posted):
        lookalike(workshop, [*words[:2], address, *words[3:]])
    assert posted


def dry(workshop: Workshop, words: list[str]) -> None:
    """Check a run without an hour of training: options, params and stages are read as `dvc` will read them.

    `--dry` itself will not do: it fails at the first file that a stage before would have made.
    """
    options = parse_args(words[1:])
    file = workshop.root / "params.yaml"
    before = file.read_text()
    for changes in get_hydra_sweeps(to_path_overrides(getattr(options, "set_param", None) or [])):
        try:
            for path, overrides in changes.items():
                apply_overrides(path, overrides)
            params = load_params()
            workshop.link_dataset(params.run.dataset)
            check_stages(options.targets, params.run.models)
        finally:
            file.write_text(before)


def check_stages(targets: Sequence[str], models: Sequence[str]) -> None:
    """Check that the pipeline can be read, has the stages that are asked for, and needs no file that nobody makes."""
    with Repo() as repo:
        repo.index.check_graph()
        for name in (*targets, *(f"embed@{model}" for model in models)):
            assert repo.stage.collect(name)
        made = {Path(out.fs_path) for out in repo.index.outs}
        needed = {Path(dep.fs_path) for stage in repo.index.stages for dep in stage.deps}
        # A folder that several stages fill is needed as a whole, and made file by file.
        folders = {folder for path in made for folder in path.parents}
        assert not [path for path in needed - made - folders if not path.exists()]


def program(workshop: Workshop, words: list[str]) -> None:
    """Run a program of git, DVC or the shell for real."""
    workshop.call(*(str(workshop.path(word)) if word.startswith("~") else word for word in words))


def add_dataset(workshop: Workshop, words: list[str]) -> None:
    """Give DVC a folder for real, which is put where the command names it if none is."""
    if not workshop.path(words[2]).exists():
        workshop.lay_out_identities(words[2])
    program(workshop, words)


def add_remote(workshop: Workshop, words: list[str]) -> None:
    """Name a remote for real, with a folder of the reader's in place of one that only a team has."""
    program(workshop, [*words[:-1], str(workshop.path(f"~{words[-1]}"))])


def commit(workshop: Workshop, words: list[str]) -> None:
    """Commit for real; that another page has committed the same before is no fault."""
    program(workshop, [*words, "--allow-empty"])


def link(workshop: Workshop, words: list[str]) -> None:
    """Make a link for real, in place of the one that another page may have made."""
    workshop.path(words[-1]).unlink(missing_ok=True)
    program(workshop, words)


def make(workshop: Workshop, words: list[str]) -> None:
    """Check that the target is there; what it runs is tested elsewhere."""
    workshop.call("make", "--dry-run", *words[1:])


def benchmark(workshop: Workshop, words: list[str]) -> None:
    """Check that the module is there and can be run; it takes minutes and needs data that not everyone has."""
    source = ROOT / f"{words[2].replace('.', '/')}.py"
    body = ast.parse(source.read_text()).body
    assert any(isinstance(node, ast.If) and "__main__" in ast.unparse(node.test) for node in body), source


def collect(workshop: Workshop, words: list[str]) -> None:
    """Check that pytest finds the tests that are named; running them here would run them twice."""
    workshop.call(*words, "--collect-only", "-q")


def _laid_out(workshop: Workshop, words: Sequence[str]) -> list[str]:
    """Return arguments, with pictures put wherever they name some: after `--gallery`, and where no option is."""
    result = []
    for before, word in itertools.pairwise(["", *words]):
        is_value = before.startswith("-") and before not in SWITCHES
        names_pictures = before == "--gallery" or not (is_value or word.startswith("-"))
        result.append(workshop.lay_out(word) if names_pictures else word)
    return result


@contextlib.contextmanager
def _served(workshop: Workshop, arguments: Sequence[str]) -> Iterator[str]:
    """Run `lookalike serve` with some arguments, yield its address, stop it."""
    command = ["lookalike", "serve", *(word for word in arguments if word != "--open"), "--port", "0"]
    environment = os.environ | workshop.environment | {"PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(command, cwd=workshop.root, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        address = re.search(r"http://\S+", process.stdout.readline())
        assert address, "it does not say where it listens"
        yield address[0]
    finally:
        process.terminate()
        process.wait(PATIENCE)


# The first that fits counts, so the special ones stand before the general.
RULES: dict[str, Runner] = {
    "lookalike query": search,
    "lookalike index": search,
    "lookalike import": import_folder,
    "lookalike serve": serve,
    "lookalike submit": submit,
    "lookalike": lookalike,
    "dvc repro": dry,
    "dvc exp run": dry,
    "dvc add": add_dataset,
    "dvc remote add": add_remote,
    "dvc queue": program,
    "dvc exp show": program,
    "dvc exp list": program,
    "dvc exp apply": program,
    "dvc metrics": program,
    "dvc params": program,
    "dvc plots": program,
    "dvc checkout": program,
    "dvc dag": program,
    "dvc status": program,
    "git status": program,
    "git add": program,
    "git commit": commit,
    "git restore": program,
    "ln -s": link,
    "make": make,
    "python -m benchmarks": benchmark,
    "python -m pytest": collect,
    "curl": post,
}
