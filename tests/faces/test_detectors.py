import numpy as np
import pytest
from facenet_pytorch import MTCNN

from lookalike.faces.canvas import Canvas
from lookalike.faces.choice import choose
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


def test_what_is_left_out_could_not_win(
    mtcnn: Mtcnn, portraits: list[np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    canvases = [on_canvas(image) for image in portraits]
    canvases += [on_canvas(np.concatenate([image, image[:, ::2], image[:, ::3]], axis=1)) for image in portraits]
    some = [mtcnn.detect(canvas) for canvas in canvases]
    for name, value in {"_LARGE": 0.0, "_GROWTH": np.inf, "_LAST_GROWTH": np.inf}.items():
        monkeypatch.setattr(f"lookalike.faces.mtcnn.{name}", value)
    for canvas, found in zip(canvases, some, strict=True):
        every = mtcnn.detect(canvas)
        best, other = (faces.rows(np.array([choose(canvas.to_image(faces), *canvas.size)])) for faces in (found, every))
        assert np.abs(best.box - other.box).max() < 1e-3


def test_a_mirrored_pass_is_a_pass_over_the_mirror_image(mtcnn: Mtcnn, portraits: list[np.ndarray]) -> None:
    straight, turned = on_canvas(portraits[0]), on_canvas(np.ascontiguousarray(portraits[0][:, ::-1]))
    width = straight.pixels.shape[1]
    box = np.array([[100.0, 90.0, 280.0, 270.0]])
    mirrored = mtcnn.refine(straight, box, np.array([True]))
    seen = mtcnn.refine(turned, np.array([[width - 280.0, 90.0, width - 100.0, 270.0]]))
    assert mirrored.score == pytest.approx(seen.score, abs=0.01)
    # In the mirror image the eye on the left is the other one.
    expected = seen.landmarks[0, [1, 0, 2, 4, 3]] * (-1, 1) + (width, 0)
    assert np.abs(mirrored.landmarks[0] - expected).max() < 0.5
    x1, y1, x2, y2 = seen.box[0]
    assert np.abs(mirrored.box[0] - (width - x2, y1, width - x1, y2)).max() < 0.5


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
