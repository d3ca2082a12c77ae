"""An answer as a table for the terminal."""

from lookalike.listing import Listing, columns
from lookalike.search.answer import Answer
from lookalike.search.wording import face_line, percent


def as_listing(answer: Answer) -> Listing:
    """Return the matches, best first."""
    rows = [
        (str(rank), match.image_id, f"{match.score:.3f}", percent(match.probability))
        for rank, match in enumerate(answer.matches, start=1)
    ]
    return Listing(
        f"{answer.system} · {face_line(answer.face)}", columns(">rank", "image", ">score", ">the same"), rows
    )
