"""What is said about an answer as a whole."""

from pathlib import Path

import pytest

from lookalike.tools.search.answer import Answer, Match
from lookalike.tools.search.document import as_document
from lookalike.tools.search.terminal import as_tables
from lookalike.tools.search.wording import likelihood, verdict
from lookalike.tools.serve.reply import reply


def answer(probability: float | None, unknown: str = "") -> Answer:
    ends = (None, None) if probability is None else (probability / 2, (1 + probability) / 2)
    return Answer("sface", 10, 10, None, (Match("a.jpg", Path("a.jpg"), 0.5, probability, *ends),), unknown=unknown)


@pytest.mark.parametrize(("probability", "below", "refused"), [(0.3, 0.31, True), (0.3, 0.3, False), (0.3, 0.0, False)])
def test_an_answer_is_refused_below_what_was_asked_for(probability: float, below: float, refused: bool) -> None:
    given = answer(probability)
    assert given.refused(below) is refused
    assert verdict(given, below) == ("probably nobody here: the first answer is below 31 %" if refused else "")
    assert len(as_tables([given], below)[0].rows) == (0 if refused else 1)
    document = as_document(given, [Path("photo.jpg")], below)
    assert document["refused"] is refused
    assert document["matches"][0]["interval"] == [0.15, 0.65]


def test_what_is_unknown_is_said_and_never_refused() -> None:
    given = answer(None, "the gallery has 3 images")
    assert not given.refused(1.0)
    assert verdict(given, 1.0) == "how likely a match is, is unknown: the gallery has 3 images"
    assert len(as_tables([given], 1.0)[0].rows) == 1
    assert (
        as_document(given, [Path("photo.jpg")], 1.0)["unknown"] == reply(given)["unknown"] == "the gallery has 3 images"
    )
    assert reply(given)["matches"][0]["interval"] is None
    assert likelihood(given.matches[0]) == "–"


def test_a_likelihood_is_shown_with_its_interval() -> None:
    assert likelihood(answer(0.8).matches[0]) == "80 % (40–90)"
