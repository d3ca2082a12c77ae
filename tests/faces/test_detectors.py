import numpy as np
import pytest
from facenet_pytorch import MTCNN

from lookalike.faces.canvas import Canvas
from lookalike.faces.mtcnn import Mtcnn
from lookalike.faces.yunet import YuNet
from lookalike.kit.errors import LookalikeError
from lookalike.kit.packages import packaged_file

THRESHOLDS = (0.6, 0.7, 0.7)


@pytest.fixture(scope="module")
def mtcnn() -> Mtcnn:
    return Mtcnn(40, THRESHOLDS)


def on_canvas(image: np.ndarray) -> Canvas:
    return Canvas.of(image, side=256, border=0.4)


def test_mtcnn_finds_what_facenet_pytorch_finds(mtcnn: Mtcnn, portraits: list[np.ndarray]) -> None:
    canvases = [on_canvas(image) for image in portraits]
    reference = MTCNN(keep_all=True, min_face_size=40, thresholds=list(THRESHOLDS))
    boxes, scores, landmarks = reference.detect(np.stack([one.pixels for one in canvases]), landmarks=True)
    found = [mtcnn.detect(canvas) for canvas in canvases]
    assert [len(faces) for faces in found] == [len(one) for one in boxes]
    for faces, box, score, points in zip(found, boxes, scores, landmarks, strict=True):
        side = box[0, 2] - box[0, 0]
        assert faces.score[0] == pytest.approx(score[0], abs=0.05)
        assert np.abs(faces.box[0] - box[0]).max() < 0.2 * side
        assert np.abs(faces.landmarks[0] - points[0]).max() < 0.1 * side


def test_faceless_images_are_no_error(mtcnn: Mtcnn, portraits: list[np.ndarray]) -> None:
    canvases = [on_canvas(image) for image in (portraits[0], np.zeros_like(portraits[0]))]
    assert [len(mtcnn.detect(canvas)) for canvas in canvases] == [1, 0]


def test_canvases_smaller_than_the_smallest_face_hold_none(mtcnn: Mtcnn) -> None:
    assert len(mtcnn.detect(Canvas.of(np.zeros((8, 8, 3), np.uint8), side=256, border=0))) == 0


def test_a_box_off_the_canvas_is_black(mtcnn: Mtcnn, portraits: list[np.ndarray]) -> None:
    off = np.array([[900, 900, 960, 960]], np.float32)
    inside = np.array([[10, 10, 70, 70]], np.float32)
    seen = mtcnn.refine(on_canvas(portraits[0]), off)
    black = mtcnn.refine(on_canvas(np.zeros((100, 100, 3), np.uint8)), inside)
    assert seen.score == pytest.approx(black.score)


def test_yunet_and_mtcnn_name_the_landmarks_alike(mtcnn: Mtcnn, portraits: list[np.ndarray]) -> None:
    canvas = on_canvas(portraits[0])
    one, other = mtcnn.detect(canvas), YuNet(0.3).detect(canvas.pixels)
    side = one.box[0, 2] - one.box[0, 0]
    assert np.abs(one.landmarks[0] - other.landmarks[0]).max() < 0.2 * side
    assert np.abs(one.box[0] - other.box[0]).max() < 0.4 * side


def test_yunet_finds_nothing_in_black() -> None:
    assert len(YuNet(0.3).detect(np.zeros((64, 64, 3), np.uint8))) == 0


def test_changed_weights_are_refused() -> None:
    with pytest.raises(LookalikeError, match=r"onet\.pt: missing or changed, expected SHA-256 00"):
        packaged_file("facenet-pytorch", "facenet_pytorch/data/onet.pt", "00")
    with pytest.raises(LookalikeError, match="not installed"):
        packaged_file("no-such-package", "x", "00")
