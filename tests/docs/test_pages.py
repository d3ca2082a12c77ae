"""Links lead somewhere, blocks say what they hold, and every page is reached from the index."""

import ast
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from lookalike.params.load import Params
from lookalike.tools.sweep.plan import load_sweep
from tests.docs.pages import PAGES, ROOT, Block, anchors, blocks, links

# `sh` is for commands, which test_commands.py runs; `console` for usage, which Typer writes; `text` for trees, messages
# and other things nobody types.
TAGS = {"sh", "text", "console", "mermaid", "yaml", "python", "json", "csv", "html"}


def name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_relative_link_and_picture_is_there(page: Path) -> None:
    for link in links(page):
        if "://" in link or link.startswith("mailto:"):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.is_relative_to(ROOT) and target.exists(), f"{link} leads nowhere"
        assert not anchor or anchor in anchors(target), f"{link}: no such heading"


@pytest.mark.parametrize("block", list(blocks()), ids=str)
def test_a_block_says_what_it_holds_and_holds_it(block: Block, tmp_path: Path) -> None:
    assert block.tag in TAGS, f"tag the block: {sorted(TAGS)}"
    if block.tag == "yaml":
        edit = yaml.safe_load(block.text.replace("sha256: …", f"sha256: {'a' * 64}"))
        params = yaml.safe_load((ROOT / "params.yaml").read_text())
        if "knobs" in edit:
            (tmp_path / "sweep.yaml").write_text(block.text)
            load_sweep(tmp_path / "sweep.yaml", params)
        else:
            Params.model_validate(merged(params, edit))
    if block.tag == "python":
        ast.parse(block.text)
    if block.tag == "json":
        json.loads(block.text)


def merged(params: dict[str, Any], edit: dict[str, Any]) -> dict[str, Any]:
    """Return params as they are after a reader has put a block of YAML into them."""
    both = {key: merged(params[key], edit[key]) for key in params.keys() & edit if isinstance(params[key], dict)}
    return params | edit | both


def test_every_page_is_linked_from_the_index() -> None:
    index = ROOT / "docs/index.md"
    linked = {(index.parent / link.partition("#")[0]).resolve() for link in links(index)}
    assert [name(page) for page in PAGES if page not in linked and page != index] == []


def test_the_reader_of_pages_sees_links_blocks_and_anchors(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# A `b`, c\n[x](y.md#z)\n1. list\n   ```sh\n   [no](link)\n   ```\n![p](q.webp)\n")
    assert list(links(page)) == ["y.md#z", "q.webp"]
    assert anchors(page) == {"a-b-c"}
