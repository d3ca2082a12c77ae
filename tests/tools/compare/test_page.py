import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from lookalike.kit.errors import LookalikeError
from lookalike.run.run import Run
from lookalike.tools.compare.page import write_page


class Payload(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.text, self._inside = "", False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = dict(attrs).get("id") == "payload"

    def handle_data(self, data: str) -> None:
        self.text += data if self._inside else ""

    def handle_endtag(self, tag: str) -> None:
        self._inside = False


def write(before: str, after: str) -> Path:
    return write_page(Run(rev=before), Run(rev=after), "ensemble")


def test_the_page_holds_the_first_answers_of_both_runs(project: Path) -> None:
    path = write("main", "blurred")
    assert path == Path("reports/compare/main..blurred.html")
    shown = json.loads(Payload(path.read_text()).text)
    assert shown["pairs"][shown["pairs"].index(shown["lead"])] == "ensemble"
    assert [system["name"] for system in shown["systems"]] == ["main", "blurred"] * 2
    assert len(shown["queries"]) == 20
    label = shown["images"]["label"]
    for system in shown["systems"]:
        for query, rank, given in zip(shown["queries"], system["first_hit"], system["answers"], strict=True):
            right = [place for place, image in enumerate(given, 1) if label[image] == label[query]]
            assert len(given) == 5
            assert right[:1] == ([rank] if 1 <= rank <= 5 else [])


def test_the_page_counts_what_the_tables_of_git_say(project: Path) -> None:
    html = write("main", "blurred").read_text()
    before, after = (Run(rev=name).files.first_hits.rank_of["ensemble"] == 1 for name in ("main", "blurred"))
    gained, lost = int((after & ~before).sum()), int((before & ~after).sum())
    assert lost > 0
    assert f"{gained} first answers became right, {lost} stopped being so" in re.sub(r"\s+", " ", html)


def test_the_same_runs_give_the_same_page(project: Path) -> None:
    assert write("main", "workspace").read_bytes() == write("main", "workspace").read_bytes()


def test_a_name_with_a_slash_makes_no_folder(project: Path) -> None:
    assert write("refs/heads/main", "workspace").name == "refs-heads-main..workspace.html"


def test_pictures_that_are_gone_leave_the_page_whole(project: Path) -> None:
    for image in Path("data/raw/made-up").rglob("*.jpg"):
        image.unlink()
    shown = json.loads(Payload(write("main", "workspace").read_text()).text)
    assert set(shown["images"]["thumb"]) == {-1}


def test_answers_that_the_cache_lost_are_named(project: Path) -> None:
    for file in Path(".dvc/cache").rglob("*"):
        if file.is_file():
            file.unlink()
    with pytest.raises(LookalikeError, match=r"data/catalog\.parquet of main is not in DVC's cache"):
        write("main", "workspace")
