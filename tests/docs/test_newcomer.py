"""The timed newcomer follows the README: its block of commands is where the script looks for it."""

from benchmarks.newcomer import PEOPLE, commands
from tests.docs.pages import ROOT
from tests.docs.pages import commands as documented


def test_the_script_types_what_the_readme_says() -> None:
    typed = commands((ROOT / "README.md").read_text())
    assert typed[0] == "make setup"
    assert set(typed) <= set(documented())
    # The other nine are asked about by the same command, so it has to name the first by the file's name.
    assert sum(line.startswith("lookalike query") and f"/{PEOPLE[0]}.jpg" in line for line in typed) == 1
    assert len(PEOPLE) == 10


def test_only_the_block_below_the_heading_counts() -> None:
    readme = "```sh\nfirst\n```\n## Your own pictures in five minutes\ntext\n```sh\none\ntwo\n```\n```sh\nlater\n```\n"
    assert commands(readme) == ["one", "two"]
