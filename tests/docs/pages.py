"""What the Markdown pages of the project hold: fenced blocks, links, headings."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]

_FENCE = re.compile(r"^(?P<indent> *)```(?P<tag>[a-z]*)\n(?P<text>.*?)^(?P=indent)```$", re.M | re.S)
_LINK = re.compile(r"!?\[[^\]]*\]\((?P<target>[^)\s]+)\)|<(?:img|source)[^>]+src(?:set)?=\"(?P<source>[^\"]+)\"")


@dataclass(frozen=True)
class Block:
    """A fenced block: the page it is on, its number on that page, its language, its lines."""

    page: Path
    number: int
    tag: str
    text: str

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)} block {self.number} ({self.tag or 'no tag'})"


def blocks() -> Iterator[Block]:
    for page in PAGES:
        for number, match in enumerate(_FENCE.finditer(page.read_text()), start=1):
            lines = match["text"].splitlines()
            yield Block(page, number, match["tag"], "\n".join(line.removeprefix(match["indent"]) for line in lines))


def links(page: Path) -> Iterator[str]:
    """Yield the targets of a page's links and pictures; what stands in fenced blocks is no link."""
    for match in _LINK.finditer(_FENCE.sub("", page.read_text())):
        yield match["target"] or match["source"]


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", _FENCE.sub("", page.read_text()), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def commands() -> list[str]:
    """Return every distinct command of the blocks tagged `sh`, in the order of the pages.

    A comment is no command, a backslash at the end of a line joins it with the next, and `&&` joins two commands.
    """
    lines = (line for block in blocks() if block.tag == "sh" for line in block.text.replace("\\\n", " ").splitlines())
    bare = (re.sub(r"(^|\s)#.*", "", line).strip() for line in lines)
    return list(dict.fromkeys(part.strip() for line in bare if line for part in line.split("&&")))
