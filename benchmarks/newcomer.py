"""How long does a newcomer wait, from the clone to an answer about pictures of their own?

    python -m benchmarks.newcomer              # installs the packages anew: 7 GB in a temporary folder
    python -m benchmarks.newcomer --installed  # leaves `make setup` out and borrows the packages of this interpreter

clones HEAD, draws ten photos and a folder of drawings of ten people as the newcomer's `~/pictures`, types the commands
of the README's "Your own pictures in five minutes" one after another, and prints the seconds of each. Then it asks
with each of the ten photos by the same command, with `--json` in place of `--open`, and counts the right first answers.
Fails where the first answer took more than five minutes.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lookalike.params.sample import SampleOptions
from lookalike.sample.dataset import Picture, draw, sitter
from lookalike.sample.styles.table import STYLES

ROOT = Path(__file__).parents[1]
HEADING = "## Your own pictures in five minutes"
PEOPLE = ("anna", "boris", "clara", "david", "elena", "felix", "greta", "henri", "irene", "jonas")
DRAWINGS = 4  # of each person
LIMIT = 300.0  # seconds
# Not the seed of the embedded sample: these people are strangers to the project.
OPTIONS = SampleOptions(seed=2026, image_size=320)


@dataclass
class Newcomer:
    """Somebody at a terminal.

    Attributes:
        folder: where they have put the clone, and what `~` stands for.
        environment: variables of their shell.
        activation: what they have typed to change that shell.
        waited: seconds so far.
    """

    folder: Path
    environment: dict[str, str]
    activation: list[str] = field(default_factory=list)
    waited: float = 0.0

    def type(self, command: str) -> str:
        """Run a command, print how long it took, and return what it printed."""
        if command.startswith("source "):
            self.activation.append(command)
        script = " && ".join(["cd lookalike", *self.activation, command])
        start = time.perf_counter()
        result = subprocess.run(
            ["bash", "-c", script], cwd=self.folder, env=self.environment, stdout=subprocess.PIPE, text=True, check=True
        )
        seconds = time.perf_counter() - start
        self.waited += seconds
        print(f"{seconds:7.1f} s  {command}", flush=True)
        return result.stdout


def commands(readme: str) -> list[str]:
    """Return the commands of the first block below the heading."""
    block = re.search(rf"^{re.escape(HEADING)}$.*?^```sh\n(.*?)^```$", readme, re.M | re.S)
    assert block, f"the README has no block of commands below {HEADING!r}"
    return block[1].splitlines()


def paint(pictures: Path) -> None:
    """Draw one photo of each person, and several drawings of each in a folder beside them."""
    (pictures / "drawings").mkdir(parents=True)
    styles = list(STYLES)
    for person, name in enumerate(PEOPLE):
        head = sitter(OPTIONS, person)
        (pictures / f"{name}.jpg").write_bytes(draw(head, Picture(person, 0, None, "", ""), OPTIONS))
        for index in range(DRAWINGS):
            picture = Picture(person, 1 + index, styles[(person + index) % len(styles)], "", "")
            (pictures / "drawings" / f"{name}_{index}.jpg").write_bytes(draw(head, picture, OPTIONS))


def right_answers(newcomer: Newcomer, query: str) -> int:
    """Ask about everybody, by the command that asked about the first, and count the right first answers."""
    right = 0
    for name in PEOPLE:
        answer = newcomer.type(query.replace(f"{PEOPLE[0]}.jpg", f"{name}.jpg").replace("--open", "--json"))
        right += json.loads(answer)["matches"][0]["image_id"].startswith(f"{name}_")
    return right


def shell(home: Path, installed: bool) -> dict[str, str]:
    """Return the environment of a newcomer's shell; how this machine reaches the package index stays as it is."""
    own = Path.home()
    pip = {"PIP_CACHE_DIR": str(own / ".cache/pip"), "PIP_CONFIG_FILE": str(own / ".config/pip/pip.conf")}
    kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    environment = pip | kept | {"HOME": str(home), "BROWSER": "true"}
    if installed:
        environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
        environment["PYTHONPATH"] = str(home / "lookalike/src")
    return environment


def main(arguments: Sequence[str]) -> int:
    installed = list(arguments) == ["--installed"]
    typed = commands((ROOT / "README.md").read_text())
    if installed:
        typed = [command for command in typed if not command.startswith(("make setup", "source "))]
    with tempfile.TemporaryDirectory() as folder:
        paint(Path(folder) / "pictures")
        newcomer = Newcomer(Path(folder), shell(Path(folder), installed))
        start = time.perf_counter()
        subprocess.run(["git", "clone", "--quiet", str(ROOT), "lookalike"], cwd=folder, check=True)
        newcomer.waited = time.perf_counter() - start
        print(f"{newcomer.waited:7.1f} s  git clone", flush=True)
        for command in typed:
            newcomer.type(command)
        print(f"{newcomer.waited:7.1f} s  until the first answer{', without make setup' * installed}")
        fast = newcomer.waited < LIMIT
        right = right_answers(newcomer, next(command for command in typed if command.startswith("lookalike query")))
    print(f"{right} of {len(PEOPLE)} first answers are right; ten photos took {newcomer.waited:.1f} s")
    return 0 if fast else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
