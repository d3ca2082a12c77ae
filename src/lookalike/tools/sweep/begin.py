"""A sweep, begun or taken up again where it was left."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lookalike.kit.errors import LookalikeError
from lookalike.kit.files import write_text
from lookalike.kit.git import git
from lookalike.params.load import PARAMS_FILE, read_mapping
from lookalike.run.files import Files
from lookalike.run.layout import Layout
from lookalike.run.revisions import Revision
from lookalike.tools.search.lock import writing
from lookalike.tools.sweep.experiments import Experiments
from lookalike.tools.sweep.plan import load_sweep
from lookalike.tools.sweep.study import Study

# What stages read of git; the rest of a workspace may change while a sweep goes on, and so may these once it has begun.
READ_BY_STAGES = (PARAMS_FILE.name, "dvc.yaml", "src", "stages", "data")


def opened(root: Path, path: Path, begin: bool) -> tuple[Experiments, Study]:
    """Return what runs a sweep's experiments, and what was tried so far.

    All trials start from one commit, kept beside the study: the one that was checked out when the sweep began.

    Args:
        root: the project's folder.
        path: the sweep's file.
        begin: whether to begin a sweep that was not begun.

    Raises:
        LookalikeError: the file holds faults, the project is not committed, or there is no sweep to look at.
    """
    name = str(read_mapping(path).get("name", ""))
    note = Layout(root).sweeps(name) / "base"
    base = note.read_text(encoding="utf-8").strip() if name and note.is_file() else _committed(root)
    if not begin and not note.is_file():
        raise LookalikeError(f"{name or path}: this sweep was not begun yet; leave out --report")
    files = Files(Revision(base, base, root))
    sweep = load_sweep(path, read_mapping(files.path(files.layout.params)))
    dataset = sweep.shared.get("run.dataset", files.params.run.dataset)
    study = Study(note.parent, sweep)
    write_text(note, f"{base}\n")
    return Experiments(root, sweep, base, dataset), study


@contextmanager
def alone(experiments: Experiments) -> Iterator[None]:
    """Keep a second program from running the same sweep.

    Raises:
        LookalikeError: one does.
    """
    with writing(experiments.folder) as lock:
        if not lock.take():
            raise LookalikeError(f"{experiments.sweep.file.name}: it is running already; --report shows how far")
        yield


def _committed(root: Path) -> str:
    changed = git(root, "status", "--porcelain", "--untracked-files=no", "--", *READ_BY_STAGES)
    head = git(root, "rev-parse", "--verify", "HEAD")
    if changed is None or head is None:
        raise LookalikeError(f"{root.absolute()}: no commit of git; trials start from one")
    if changed:
        names = ", ".join(line[3:] for line in changed.decode().splitlines())
        raise LookalikeError(f"commit first, since trials start from what is committed, which these are not: {names}")
    return head.decode().strip()
