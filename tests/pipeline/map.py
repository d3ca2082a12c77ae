"""Draws which package imports which into docs/architecture.md: `make docs`."""

import re

from tests.pipeline.imports import ROOT, arrows

PAGE = ROOT / "docs/architecture.md"
_DRAWING = re.compile(r"(<!-- map -->\n).*?(<!-- end of map -->)", re.S)
# Everyone imports these two; an arrow from each room to both would hide the others.
GROUND = {"kit", "params"}


def mermaid(imports: dict[str, set[str]]) -> str:
    """Return a diagram in Mermaid's language: an arrow from a package to each that it imports, the ground left out.

    An arrow that follows from two others is left out too: who imports fusion reaches retrieval through it.
    """
    graph = {here: others - GROUND for here, others in imports.items() if here not in {*GROUND, "__init__"}}
    lines = [
        f"  {here} --> {other}"
        for here in sorted(graph)
        for other in sorted(graph[here])
        if not any(other in _reached(graph, between) for between in graph[here] - {other})
    ]
    return "\n".join(["flowchart TD", *lines])


def drawn(page: str) -> str:
    """Return a page with the diagram between its two marks."""
    return _DRAWING.sub(lambda marks: f"{marks[1]}```mermaid\n{mermaid(arrows())}\n```\n{marks[2]}", page)


def _reached(graph: dict[str, set[str]], start: str) -> set[str]:
    found: set[str] = set()
    waiting = [start]
    while waiting:
        new = graph.get(waiting.pop(), set()) - found
        found |= new
        waiting += new
    return found


if __name__ == "__main__":
    PAGE.write_text(drawn(PAGE.read_text()))
