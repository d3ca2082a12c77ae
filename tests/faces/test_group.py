"""Every face of a group photograph."""

import cv2
import numpy as np
import pytest

from lookalike.faces.boxes import share_of_smaller
from lookalike.faces.find import MOST, Finder
from lookalike.faces.table import FALLBACK, Face
from lookalike.params.faces import FaceOptions

TILE, SCALES = 224, (1.0, 0.55, 0.8)


def faces_of(image: np.ndarray, options: FaceOptions) -> list[Face]:
    return Finder(lambda *_: image, options).faces("", image.shape[1], image.shape[0])


@pytest.fixture
def group(portraits: list[np.ndarray]) -> np.ndarray:
    """Three photographed or drawn people side by side, of different sizes, the largest last but one."""
    image = np.full((TILE, 3 * TILE, 3), 90, np.uint8)
    for place, (scale, portrait) in enumerate(zip(SCALES, portraits, strict=False)):
        small = cv2.resize(portrait, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        image[: len(small), place * TILE : place * TILE + len(small)] = small
    return image


def test_every_face_of_a_group_is_found_once_where_it_is(
    group: np.ndarray, portraits: list[np.ndarray], options: FaceOptions
) -> None:
    found = faces_of(group, options)
    assert len(found) == 3
    for place, (scale, portrait) in enumerate(zip(SCALES, portraits, strict=False)):
        alone = Finder(lambda *_, image=portrait: image, options).face("", TILE, TILE)
        expected = alone.landmarks * scale + (place * TILE, 0)
        nearest = min(np.abs(face.landmarks - expected).max() for face in found)
        assert nearest < 0.06 * scale * TILE


def test_the_first_is_the_one_that_a_search_takes_and_none_is_told_twice(
    group: np.ndarray, portraits: list[np.ndarray], options: FaceOptions
) -> None:
    for image in (group, *portraits):
        height, width, _ = image.shape
        one = Finder(lambda *_, image=image: image, options).face("", width, height)
        found = faces_of(image, options)
        assert (found[0].detector, found[0].score) == (one.detector, one.score)
        assert found[0].points.tobytes() == one.points.tobytes()
        for place, face in enumerate(found):
            rest = np.array([other.box for other in found[:place] + found[place + 1 :]]).reshape(-1, 4)
            assert share_of_smaller(face.box, rest).max(initial=0) <= 0.5


def test_a_picture_without_a_face_has_the_assumed_one(options: FaceOptions) -> None:
    (face,) = faces_of(np.full((120, 200, 3), 127, np.uint8), options)
    assert face.detector == FALLBACK


def test_a_crowd_is_cut_short(portraits: list[np.ndarray], options: FaceOptions) -> None:
    small = cv2.resize(portraits[0], (130, 130), interpolation=cv2.INTER_AREA)
    assert len(faces_of(np.tile(small, (6, 8, 1)), options)) == MOST
