"""An answer as a table for the terminal."""

from lookalike.kit.tables import Table, columns
from lookalike.tools.search.answer import Answer
from lookalike.tools.search.wording import face_line, likelihood, verdict


def as_table(answer: Answer, refuse_below: float = 0.0) -> Table:
    """Return the matches, best first; a refused answer has none."""
    rows = [
        (str(rank), match.image_id, f"{match.score:.3f}", likelihood(match))
        for rank, match in enumerate(() if answer.refused(refuse_below) else answer.matches, start=1)
    ]
    title = f"{answer.system} · {face_line(answer.face)}"
    return Table(title, columns(">rank", "image", ">score", ">the same"), rows, verdict(answer, refuse_below))
