"""An answer as a table for the terminal."""

from collections.abc import Sequence

from lookalike.kit.tables import Table, columns
from lookalike.tools.search.answer import Answer
from lookalike.tools.search.wording import asked, likelihood, place, verdict


def as_tables(answers: Sequence[Answer], refuse_below: float = 0.0) -> list[Table]:
    """Return the matches, best first, of one answer, or of the answers to the faces of one photograph.

    A refused answer has none.
    """
    if len(answers) == 1:
        return [_table(answers[0], asked(answers[0]), refuse_below)]
    told = (f"face {number} of {len(answers)}, {place(answer.face)}" for number, answer in enumerate(answers, 1))
    return [_table(answer, about, refuse_below) for answer, about in zip(answers, told, strict=True)]


def _table(answer: Answer, about: str, refuse_below: float) -> Table:
    rows = [
        (str(rank), match.image_id, f"{match.score:.3f}", likelihood(match))
        for rank, match in enumerate(() if answer.refused(refuse_below) else answer.matches, start=1)
    ]
    title = f"{answer.system} · {about}"
    return Table(title, columns(">rank", "image", ">score", ">the same"), rows, verdict(answer, refuse_below))
