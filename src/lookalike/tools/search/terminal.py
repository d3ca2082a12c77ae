"""An answer as a table for the terminal."""

from collections.abc import Sequence

from lookalike.kit.tables import Table, columns
from lookalike.tools.search.answer import Answer
from lookalike.tools.search.wording import asked, percent, place


def as_tables(answers: Sequence[Answer]) -> list[Table]:
    """Return the matches, best first, of one answer, or of the answers to the faces of one photograph."""
    if len(answers) == 1:
        return [_table(answers[0], asked(answers[0]))]
    told = (f"face {number} of {len(answers)}, {place(answer.face)}" for number, answer in enumerate(answers, 1))
    return [_table(answer, about) for answer, about in zip(answers, told, strict=True)]


def _table(answer: Answer, about: str) -> Table:
    rows = [
        (str(rank), match.image_id, f"{match.score:.3f}", percent(match.probability))
        for rank, match in enumerate(answer.matches, start=1)
    ]
    return Table(f"{answer.system} · {about}", columns(">rank", "image", ">score", ">the same"), rows)
