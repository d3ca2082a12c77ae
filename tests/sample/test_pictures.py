"""People, photographs and styles: who is drawn stays who they are, however they are drawn."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from facenet_pytorch import MTCNN

from lookalike.sample.canvas import LEFT
from lookalike.sample.family import LIKENESS, SIBLINGS, blend, member
from lookalike.sample.head import Head, model
from lookalike.sample.identity import Identity
from lookalike.sample.light import Light, shade
from lookalike.sample.photograph import photograph
from lookalike.sample.pose import Pose, project, view
from lookalike.sample.relief import half_width
from lookalike.sample.rendering import render
from lookalike.sample.styles.table import STYLES

SIDE = 160


@pytest.fixture(scope="module")
def head() -> Head:
    return model(member(seed=3, number=1), SIDE / 3.0)


def generators(count: int) -> Iterator[np.random.Generator]:
    return (np.random.default_rng([11, index]) for index in range(count))


def test_a_person_is_the_same_whenever_asked_for_and_cannot_change() -> None:
    person = member(seed=7, number=5)
    assert person == member(seed=7, number=5)
    assert person != member(seed=7, number=6)
    assert person != member(seed=8, number=5)
    assert hash(person) == hash(member(seed=7, number=5))  # hashable because frozen


def test_pictures_leave_the_person_untouched(head: Head) -> None:
    before = [array.copy() for array in (head.front.colour, head.front.height, head.depth)]
    photograph(head, np.random.default_rng(0), SIDE)
    render(head, "oil", np.random.default_rng(0), SIDE)
    for old, new in zip(before, (head.front.colour, head.front.height, head.depth), strict=True):
        np.testing.assert_array_equal(old, new)


def test_siblings_are_alike_and_strangers_are_not() -> None:
    def features(number: int) -> np.ndarray:
        person = member(seed=7, number=number)
        return np.array([person.skull.chin, person.eyes.gap, person.nose.length, person.mouth.width, person.nose.width])

    people = np.stack([features(number) for number in range(40 * SIBLINGS)])
    people = (people - people.mean(0)) / people.std(0)
    families = people.reshape(40, SIBLINGS, -1)
    within = np.sqrt(((families[:, 0] - families[:, 1]) ** 2).sum(-1)).mean()
    between = np.sqrt(((families[:-1, 0] - families[1:, 0]) ** 2).sum(-1)).mean()
    assert 0.3 * between < within < 0.85 * between


def test_blend_moves_numbers_and_keeps_the_choices_of_the_other() -> None:
    own, other = (Identity.draw(rng) for rng in generators(2))
    mixed = blend(own, other, LIKENESS)
    assert mixed.nose.length == pytest.approx((1 - LIKENESS) * own.nose.length + LIKENESS * other.nose.length)
    assert mixed.skin[1] == pytest.approx((1 - LIKENESS) * own.skin[1] + LIKENESS * other.skin[1])
    assert (mixed.hair.cut, mixed.glasses) == (other.hair.cut, other.glasses)
    assert blend(own, own, LIKENESS) == own


def test_styles_differ_from_one_another_and_from_the_photograph(head: Head) -> None:
    drawn = {name: render(head, name, np.random.default_rng(5), SIDE).astype(float) for name in STYLES}
    drawn["photograph"] = photograph(head, np.random.default_rng(5), SIDE).astype(float)
    assert len(drawn) >= 5
    for first, second in combinations(drawn, 2):
        assert np.abs(drawn[first] - drawn[second]).mean() > 6, (first, second)


def test_a_turned_head_shows_its_nose_to_the_side_it_turns_to(head: Head) -> None:
    straight = replace(Pose.draw(np.random.default_rng(1), 0.0), yaw=0.0, pitch=0.0, roll=0.0, smile=0.0)
    seen = view(straight, SIDE)
    nose_column = -LEFT * head.canvas.scale  # x = 0 on the canvas
    places = []
    for yaw in (-0.25, 0.0, 0.25):
        columns, _ = project(head, replace(straight, yaw=yaw), seen)
        row = columns[round((straight.y + head.person.nose.length * straight.zoom) * SIDE)]
        places.append(int(np.abs(row - nose_column).argmin()))
    assert places[0] < places[1] < places[2]
    assert places[1] == pytest.approx(straight.x * SIDE, abs=1)


def test_light_from_the_left_brightens_the_left_cheek(head: Head) -> None:
    middle = head.front.coverage.shape[1] // 2
    sides = {}
    for name, x in (("left", -0.7), ("right", 0.7)):
        lit = shade(head.canvas, head.front, Light((x, 0.0, 0.714), (1.0, 1.0, 1.0), (0.2, 0.2, 0.2)))
        lit = lit.sum(-1) * head.front.coverage
        sides[name] = lit[:, :middle].sum() / lit[:, middle:].sum()
    assert sides["left"] > 1.1
    assert sides["right"] < 1 / 1.1


def test_outline_is_widest_at_the_cheeks_and_closes_at_crown_and_chin() -> None:
    for rng in generators(20):
        skull = Identity.draw(rng).skull
        y = np.linspace(-skull.crown, skull.chin, 301)
        width = half_width(skull, y)
        assert width.max() == pytest.approx(skull.cheek, rel=1e-3)
        assert width[[0, -1]] == pytest.approx([0, 0], abs=1e-6)
        assert np.all(np.diff(np.sign(np.diff(width[1:-1]))) <= 0)


def test_mtcnn_finds_the_faces() -> None:
    detector = MTCNN(keep_all=True)
    found = []
    for number in (0, 9):
        someone = model(member(seed=7, number=number), 224 / 3.0)
        rng = np.random.default_rng(number)
        views = [photograph(someone, rng, 224), *(render(someone, name, rng, 224) for name in STYLES)]
        found += [detector.detect(image)[0] is not None for image in views]
    assert np.mean(found) >= 0.9
