import numpy as np

from lookalike.faces.fallback import with_fallbacks
from lookalike.faces.prior import Prior
from lookalike.faces.table import Face
from tests.faces.conftest import listed

IMAGES = listed({"a": (100, 200), "b": (50, 50), "c": (400, 100), "d": (10, 20), "e": (8, 8)})


def face(relative: float, width: int, height: int) -> Face:
    """Return a face whose box and landmarks are at one share of the image."""
    at = np.array([relative * width, relative * height], dtype=np.float32)
    return Face("mtcnn", 0.9, np.tile(at, 2), np.tile(at, (5, 1)))


def test_the_median_of_the_others_in_shares_of_each_image() -> None:
    found = [face(0.2, 100, 200), face(0.3, 50, 50), face(0.9, 400, 100), None, None]
    faces = with_fallbacks(IMAGES, found)
    assert faces.detector.tolist() == ["mtcnn", "mtcnn", "mtcnn", "median", "median"]
    assert np.allclose(faces.landmarks[3], [3, 6])
    assert np.allclose(faces.box[4], 2.4)
    assert faces.score.tolist() == [np.float32(0.9)] * 3 + [0, 0]
    assert np.allclose(faces.landmarks[2], [360, 90])


def test_without_a_single_face_a_central_one_is_assumed() -> None:
    faces = with_fallbacks(IMAGES, [None] * 5)
    relative = faces.landmarks / np.array([[[w, h]] for w, h in zip(IMAGES.width, IMAGES.height, strict=True)])
    assert np.allclose(relative, relative[0])
    eye, other, nose, mouth, corner = relative[0]
    assert eye[0] < nose[0] < other[0] and mouth[0] < nose[0] < corner[0]
    assert max(eye[1], other[1]) < nose[1] < min(mouth[1], corner[1])
    assert ((relative > 0.15) & (relative < 0.85)).all()
    assert not faces.found.any()


def test_no_images_no_faces() -> None:
    assert len(with_fallbacks(listed({}), [])) == 0


def test_faces_of_like_images_count_beside_those_found() -> None:
    prior = Prior(np.array([0.4, 0.5])[:, None, None] * np.ones((2, 7, 2)))
    faces = with_fallbacks(IMAGES, [face(0.2, 100, 200), None, None, None, None], prior)
    assert np.allclose(faces.box[1], 0.4 * 50)
    assert np.allclose(faces.landmarks[2], [160, 40])
    assert np.allclose(with_fallbacks(IMAGES, [None] * 5, prior).box[4], 0.45 * 8)
