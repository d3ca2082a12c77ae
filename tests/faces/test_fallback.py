import numpy as np

from lookalike.faces.fallback import central_face, usual_boxes
from tests.faces.conftest import central, listed

IMAGES = listed({"a": (100, 200), "b": (50, 50), "c": (400, 100), "d": (10, 20), "e": (8, 8)})


def test_a_central_face_is_the_same_share_of_every_image() -> None:
    faces = central(IMAGES)
    relative = faces.landmarks / np.array([[[w, h]] for w, h in zip(IMAGES.width, IMAGES.height, strict=True)])
    assert np.allclose(relative, relative[0])
    eye, other, nose, mouth, corner = relative[0]
    assert eye[0] < nose[0] < other[0] and mouth[0] < nose[0] < corner[0]
    assert max(eye[1], other[1]) < nose[1] < min(mouth[1], corner[1])
    assert ((relative > 0.15) & (relative < 0.85)).all()
    assert not faces.found.any() and (faces.score == 0).all()
    assert (faces.detector == "centre").all()


def test_its_landmarks_lie_in_its_box() -> None:
    face = central_face(120, 80)
    assert ((face.landmarks > face.box[:2]) & (face.landmarks < face.box[2:])).all()


def test_no_images_no_faces() -> None:
    assert len(central(listed({}))) == 0


def test_usual_boxes_are_squares_around_the_middle_up_to_the_size_of_the_image() -> None:
    boxes = usual_boxes(200, 400)
    side = boxes[:, 2:] - boxes[:, :2]
    assert boxes.shape == (4 * 25, 4)
    assert np.allclose(side[:, 0], side[:, 1])
    assert np.allclose(boxes.reshape(-1, 2, 2).mean(axis=(0, 1)), [100, 200], atol=1e-3)
    assert np.allclose(sorted(set(side[:, 0].round())), [160, 220, 300, 400])
