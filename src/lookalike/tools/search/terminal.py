"""An answer as a table for the terminal."""

from lookalike.kit.tables import Table, columns
from lookalike.tools.search.answer import Answer
from lookalike.tools.search.wording import face_line, percent


def as_table(answer: Answer) -> Table:
    """Return the matches, best first."""
    rows = [
        (str(rank), match.image_id, f"{match.score:.3f}", percent(match.probability))
        for rank, match in enumerate(answer.matches, start=1)
    ]
    return Table(f"{answer.system} · {face_line(answer.face)}", columns(">rank", "image", ">score", ">the same"), rows)
