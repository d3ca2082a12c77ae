"""Tables of words for people: Markdown for a pull request, aligned columns for a terminal."""

import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

PIPED_WIDTH = 1000


@dataclass(frozen=True)
class Column:
    """A column: its name, and whether it holds figures, which go to the right."""

    name: str
    figures: bool = False


class Strong(str):
    """A word that stands out: bold."""


@dataclass(frozen=True)
class Table:
    """A table of words.

    Attributes:
        title: what it lists; empty where that is said already.
        header: the columns.
        rows: as many words each as there are columns.
        note: what to know about it, after it.
    """

    title: str
    header: tuple[Column, ...]
    rows: Sequence[tuple[str, ...]]
    note: str = ""


def columns(*names: str) -> tuple[Column, ...]:
    """Return columns by their names; a name that starts with `>` is of a column of figures."""
    return tuple(Column(name.removeprefix(">"), name.startswith(">")) for name in names)


def size_text(count: int) -> str:
    """Return a number of bytes as people read it: `1.5 MB`."""
    value = float(count)
    for unit in ("B", "kB", "MB"):
        if value < 1000:
            return f"{value:.3g} {unit}"
        value /= 1000
    return f"{value:.4g} GB"


def as_markdown(table: Table) -> str:
    """Return GitHub's Markdown; whatever the words hold, they stay words."""
    head = _line([column.name for column in table.header])
    rule = "|" + "|".join("--:" if column.figures else "---" for column in table.header) + "|"
    body = "\n".join([head, rule, *map(_line, table.rows)]) if table.rows else ""
    parts = [f"**{_escape(table.title)}**" if table.title else "", body, _escape(table.note)]
    return "\n\n".join(part for part in parts if part)


def terminal() -> Console:
    """Return standard output; piped, its lines are as long as they need to be."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else PIPED_WIDTH)


def write_terminal(table: Table, console: Console) -> None:
    """Write the table for a terminal, no wider than it is."""
    if table.title:
        console.print(Text(table.title, style="bold"))
    if table.rows:
        grid = RichTable(box=None, pad_edge=False)
        for column in table.header:
            grid.add_column(Text(column.name), justify="right" if column.figures else "left", overflow="fold")
        for row in table.rows:
            grid.add_row(*(Text(word, style="bold" if isinstance(word, Strong) else "") for word in row))
        console.print(grid)
    if table.note:
        console.print(Text(table.note, style="dim"))
    console.print()


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(map(_cell, cells))} |"


def _cell(word: str) -> str:
    return f"**{_escape(word)}**" if isinstance(word, Strong) else _escape(word)


def _escape(text: str) -> str:
    """Return text that Markdown shows as it is: no cell ends early, no tag opens, nobody is mentioned."""
    for mark in "\\`*[]|~":
        text = text.replace(mark, f"\\{mark}")
    # Between letters or digits, as in the name of a model, an underscore is one (CommonMark 0.31, section 6.2).
    text = re.sub(r"(?<![^\W_])_|_(?![^\W_])", r"\_", text)
    # In this order: the entities that follow hold an ampersand and a hash themselves.
    for mark, entity in (("&", "&amp;"), ("#", "&#35;"), ("<", "&lt;"), (">", "&gt;"), ("@", "&#64;")):
        text = text.replace(mark, entity)
    return " ".join(text.split())
