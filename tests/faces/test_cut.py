from importlib.metadata import distribution

import cv2
import dlib
import numpy as np
import pytest
from PIL import Image
from pydantic import ValidationError
from torchvision.transforms import v2

from lookalike.faces.cut import chip_matrix, cut, resized, warp, whole_matrix
from lookalike.faces.table import Face
from lookalike.faces.templates import LANDMARKS, template_points
from lookalike.params.crop import CropOptions

FACE = np.array([[80.0, 90.0], [130.0, 95.0], [103.0, 120.0], [82.0, 145.0], [122.0, 149.0]])
BOX = np.array([60.0, 50.0, 150.0, 170.0])


def moved(matrix: np.ndarray, points: np.ndarray) -> np.ndarray:
    return points @ matrix[:, :2].T + matrix[:, 2]


def noise(height: int, width: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)


@pytest.mark.parametrize("template", LANDMARKS)
@pytest.mark.parametrize("margin", [0.0, 0.25, -0.1])
def test_a_face_shaped_like_the_template_lands_on_it(template: str, margin: float) -> None:
    target = template_points(template, 112, margin)
    turned = target @ np.array([[1.2, -0.5], [0.5, 1.2]]).T + [30, 20]
    crop = CropOptions(template=template, size=112, margin=margin)
    assert np.allclose(moved(chip_matrix(crop, BOX, turned), turned), target)


def test_the_arcface_template_is_the_published_one() -> None:
    published = [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]]
    assert np.allclose(template_points("arcface", 112, 0.0), published)


def test_our_dlib_chip_is_where_dlib_itself_would_cut(portraits: list[np.ndarray]) -> None:
    image = portraits[0]
    models = "face_recognition_models/models"
    path = distribution("face-recognition-models").locate_file(f"{models}/shape_predictor_68_face_landmarks.dat")
    find = dlib.shape_predictor(str(path))
    shape = find(image, dlib.rectangle(50, 55, 175, 180))
    points = np.array([[point.x, point.y] for point in shape.parts()], dtype=np.float64)
    eyes, rest = [points[36:42].mean(axis=0), points[42:48].mean(axis=0)], points[[30, 48, 54]]
    ours = chip_matrix(CropOptions(template="dlib", size=150, margin=0.25), BOX, np.array([*eyes, *rest]))
    theirs = dlib.get_face_chip_details(shape, 150, 0.25)
    centre = theirs.rect.center()
    assert np.linalg.norm(moved(ours, np.array([centre.x, centre.y])) - 74.5) < 4
    assert np.hypot(*ours[:, 0]) == pytest.approx(150 / theirs.rect.width(), rel=0.06)


def test_a_larger_margin_shows_the_template_smaller_around_the_same_middle() -> None:
    tight, wide = (template_points("dlib", 150, margin) for margin in (0.0, 0.5))
    assert np.allclose(wide - 75, (tight - 75) / 2)


def test_the_box_fills_its_chip_and_is_stretched() -> None:
    matrix = chip_matrix(CropOptions(template="box", size=160), BOX, FACE)
    # Edge x of the image is at pixel centre x - 0.5, and so is an edge of the chip.
    corners = moved(matrix, BOX.reshape(2, 2) - 0.5)
    assert np.allclose(corners, [[-0.5, -0.5], [159.5, 159.5]])


def test_the_margin_template_is_an_upright_square_around_the_box() -> None:
    matrix = chip_matrix(CropOptions(template="margin", size=100, margin=0.5), BOX, FACE)
    scale = 100 / (120 * 2)
    assert np.allclose(matrix[:, :2], scale * np.eye(2))
    assert np.allclose(moved(matrix, np.array([105, 110]) - 0.5), 49.5)


def test_a_whole_square_image_of_the_chip_size_stays_as_it_is() -> None:
    image = noise(64, 64)
    assert (warp(image, whole_matrix(CropOptions(template="whole", size=64), 64, 64), 64) == image).all()


def test_the_whole_of_a_wide_image_is_its_central_square() -> None:
    image = noise(64, 100)
    assert (warp(image, whole_matrix(CropOptions(template="whole", size=64), 100, 64), 64) == image[:, 18:82]).all()


def test_a_negative_margin_is_the_usual_centre_crop() -> None:
    image = noise(256, 256)
    crop = CropOptions(template="whole", size=224, margin=-1 / 16)
    assert (warp(image, whole_matrix(crop, 256, 256), 224) == image[16:240, 16:240]).all()


def test_outside_the_image_is_black() -> None:
    white = np.full((200, 200, 3), 255, dtype=np.uint8)
    crop = CropOptions(template="margin", size=100, margin=0.5)
    chip = warp(white, chip_matrix(crop, np.array([-50.0, -50.0, 50.0, 50.0]), FACE), 100)
    assert (chip[:49] == 0).all() and (chip[:, :49] == 0).all()
    assert (chip[51:, 51:] == 255).all()


def test_fine_lines_average_out_when_a_large_image_is_shrunk() -> None:
    lines = np.zeros((3000, 4000, 3), dtype=np.uint8)
    lines[:, ::2] = 255
    chip = warp(lines, whole_matrix(CropOptions(template="whole", size=112), 4000, 3000), 112)
    assert np.abs(chip.astype(int) - 127).max() <= 8


@pytest.mark.parametrize(("height", "width"), [(8, 8), (1, 5), (3000, 40), (218, 178)])
@pytest.mark.parametrize("template", ["arcface", "dlib", "box", "margin"])
def test_images_of_any_size_give_a_chip(height: int, width: int, template: str) -> None:
    crop = CropOptions(template=template, size=112)
    box = np.array([0.1, 0.1, 0.9, 0.9]) * [width, height, width, height]
    points = LANDMARKS["arcface"] * [width, height]
    assert warp(noise(height, width), chip_matrix(crop, box, points), 112).any()


def test_shrinking_first_moves_nothing() -> None:
    image = np.zeros((900, 900, 3), dtype=np.uint8)
    cv2.circle(image, (600, 300), 40, (255, 255, 255), -1)
    matrix = whole_matrix(CropOptions(template="whole", size=90), 900, 900)
    chip = warp(image, matrix, 90)[:, :, 0].astype(float)
    rows, columns = np.indices(chip.shape)
    found = np.array([(columns * chip).sum(), (rows * chip).sum()]) / chip.sum()
    assert np.allclose(found, moved(matrix, np.array([600.0, 300.0])), atol=0.05)


def test_without_faces_the_whole_image_is_shown_and_no_margin() -> None:
    recipe = CropOptions(template="margin", size=128, margin=0.3)
    assert recipe.as_whole() == CropOptions(template="whole", size=128, margin=0.0)
    centre_crop = CropOptions(template="whole", size=128, margin=-0.0625)
    assert centre_crop.as_whole() == centre_crop


def test_a_cut_shows_the_face_or_the_whole_image() -> None:
    image, face = noise(200, 200), Face("mtcnn", 0.9, BOX, FACE)
    aligned, whole = CropOptions(template="arcface", size=56, margin=0.2), CropOptions(template="whole", size=56)
    untouched = image.copy()
    assert (cut(image, face, aligned) == warp(image, chip_matrix(aligned, BOX, FACE), 56)).all()
    assert (cut(image, face, whole) == warp(image, whole_matrix(whole, 200, 200), 56)).all()
    # Without a face nothing is left to add a margin to.
    assert (cut(image, None, aligned) == cut(image, None, whole)).all()
    assert not (cut(image, face, aligned) == cut(image, None, aligned)).all()
    assert (image == untouched).all()


SIZES = [(300, 200), (200, 300), (224, 224), (97, 640), (1000, 701), (40, 30)]


FILTERS = {"bilinear": v2.InterpolationMode.BILINEAR, "bicubic": v2.InterpolationMode.BICUBIC}


@pytest.mark.parametrize(("height", "width"), SIZES)
@pytest.mark.parametrize("resampling", FILTERS)
@pytest.mark.parametrize(("margin", "side"), [(0.0, 64), (-1 / 16, 73), (-4 / 232, 66)])
def test_whole_images_are_resized_as_torchvision_does(
    height: int, width: int, resampling: str, margin: float, side: int
) -> None:
    image = noise(height, width)
    reference = v2.Compose([v2.Resize(side, FILTERS[resampling]), v2.CenterCrop(64)])
    crop = CropOptions(template="whole", size=64, margin=margin, resampling=resampling)
    assert (cut(image, None, crop) == np.asarray(reference(Image.fromarray(image)))).all()
    assert (cut(image, Face("mtcnn", 0.9, BOX, FACE), crop) == resized(image, crop)).all()


@pytest.mark.parametrize(("height", "width"), SIZES)
@pytest.mark.parametrize("resampling", FILTERS)
def test_squashed_images_are_resized_as_torchvision_does(height: int, width: int, resampling: str) -> None:
    image = noise(height, width)
    reference = v2.Compose([v2.Resize((66, 66), FILTERS[resampling]), v2.CenterCrop(64)])
    crop = CropOptions(template="squash", size=64, margin=-4 / 232, resampling=resampling)
    assert (cut(image, None, crop) == np.asarray(reference(Image.fromarray(image)))).all()


def test_a_very_long_image_is_shown_without_all_of_it_resized() -> None:
    image = noise(4, 90_001)
    crop = CropOptions(template="whole", size=256, resampling="bicubic")
    shown = cut(image, None, crop)
    assert (shown == cut(image[:, 44_900:45_101], None, crop)).all()
    assert (cut(image.transpose(1, 0, 2), None, crop) == cut(image.transpose(1, 0, 2)[44_900:45_101], None, crop)).all()


def test_a_squashed_image_shows_its_corners() -> None:
    image = noise(64, 100)
    matrix = whole_matrix(CropOptions(template="squash", size=64), 100, 64)
    corners = moved(matrix, np.array([[-0.5, -0.5], [99.5, 63.5]]))
    assert np.allclose(corners, [[-0.5, -0.5], [63.5, 63.5]])
    crop = CropOptions(template="squash", size=64)
    assert crop.as_whole() == crop and (cut(image, None, crop) == warp(image, matrix, 64)).all()


@pytest.mark.parametrize("wrong", [{"template": "margin"}, {"template": "arcface"}, {"margin": 0.1}])
def test_resizing_is_for_whole_images(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match="whole and squash"):
        CropOptions.model_validate({"template": "whole", "size": 64, "resampling": "bicubic", **wrong})


def test_what_is_noted_of_a_crop_is_as_before_there_was_a_choice() -> None:
    assert CropOptions(template="arcface", size=112).model_dump_json() == (
        '{"template":"arcface","size":112,"margin":0.0}'
    )
    assert '"resampling":"bicubic"' in CropOptions(template="whole", size=64, resampling="bicubic").model_dump_json()
