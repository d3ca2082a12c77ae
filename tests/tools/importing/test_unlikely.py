"""Labels that a picture's neighbours contradict."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from lookalike.tools.importing.sources import Picture
from lookalike.tools.importing.unlikely import unlikely


def clusters(people: int, each: int, spread: float = 0.1) -> tuple[list[Picture], np.ndarray]:
    rng = np.random.default_rng(0)
    centre = np.repeat(rng.normal(size=(people, 16)), each, axis=0)
    rows = centre + spread * rng.normal(size=centre.shape)
    pictures = [Picture(f"{i:03}", f"p{i // each}") for i in range(len(rows))]
    return pictures, (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def muddled() -> tuple[list[Picture], np.ndarray]:
    pictures, embedding = clusters(12, 5, spread=0.6)
    other = np.random.default_rng(1).integers(0, 12, len(pictures))
    return [replace(one, label=f"p{other[i]}") if i % 5 == 0 else one for i, one in enumerate(pictures)], embedding


def test_a_picture_among_those_of_another_is_doubted_and_no_other() -> None:
    pictures, embedding = clusters(4, 6)
    pictures[7] = Picture("007", "p3")
    [doubt] = unlikely(pictures, embedding)
    assert (doubt.source, doubt.label, doubt.instead) == ("007", "p3", "p1")
    cosine = embedding @ embedding[7]
    assert doubt.similarity == pytest.approx(np.delete(cosine[6:12], 1).max(), abs=1e-6)
    assert doubt.own == pytest.approx(cosine[18:].max(), abs=1e-6)


def test_the_rule_is_that_of_a_full_sort() -> None:
    pictures, embedding = muddled()
    count = Counter(picture.label for picture in pictures)
    expected = set()
    for row, picture in enumerate(pictures):
        order = sorted((i for i in range(len(pictures)) if i != row), key=lambda i: -embedding[i] @ embedding[row])[:5]
        votes = Counter(pictures[i].label for i in order)
        if count[picture.label] > 1 and picture.label not in votes and max(votes.values()) >= 3:
            expected.add(picture.source)
    assert expected and {doubt.source for doubt in unlikely(pictures, embedding)} == expected


def test_the_clearest_comes_first() -> None:
    pictures, embedding = muddled()
    margins = [doubt.similarity - doubt.own for doubt in unlikely(pictures, embedding)]
    assert margins == sorted(margins, reverse=True)


def test_a_label_with_one_picture_is_not_doubted() -> None:
    pictures, embedding = clusters(2, 6)
    pictures[0] = Picture("000", "alone")
    assert unlikely(pictures, embedding) == []


def test_one_picture_has_no_neighbours() -> None:
    assert unlikely([Picture("a", "p")], np.ones((1, 1), np.float32)) == []
