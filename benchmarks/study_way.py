"""From photograph to vector: the study's way and ours, on the same images and weights, in one run.

    python -m benchmarks.study_way [FOLDER] [--images 64]

The study takes one image after the other through `facenet_pytorch.MTCNN` and InceptionResnetV1, or through open_clip's
preprocessing and CLIP ViT-B/32, whole images, all in torch. Ours decodes, finds every face, cuts and embeds, as the
stages do; CLIP once on whole images, which is the same work, and once on faces, cut as `clip_face_zeroshot` has it.
Weights of the encoders are seeded random ones (a network costs the same whatever they are), detectors have their own.
Everything runs on one thread, loaded and warm; time is the processor's, so that other load shows little. The default
images are the sample's test set, drawn where there is none.
"""

import argparse
import logging
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np
import open_clip
import torch
from facenet_pytorch import MTCNN, InceptionResnetV1
from PIL import Image

from benchmarks.gpu import unlabelled
from lookalike.backbones.base import Backbone
from lookalike.backbones.compiled import load_to_embed
from lookalike.catalog.table import Catalog
from lookalike.faces.find import find_faces
from lookalike.faces.pack import cut_all
from lookalike.faces.pixels import file_reader
from lookalike.kit.images.decode import UnreadableImage, decode
from lookalike.params.load import Params, load_params
from lookalike.params.models import Precision
from lookalike.params.sample import SampleOptions
from lookalike.run.layout import Layout
from lookalike.sample.dataset import draw, pictures, sitter

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")
PEOPLE, WARM = 8, 2
FORMATS: tuple[Precision, Precision] = ("fp32", "bf16")
Vectors = tuple[np.ndarray, int]  # one vector for every image that has one, and how many faces were lost
Way = Callable[[Catalog], Vectors]


@dataclass(frozen=True)
class Ways:
    """Two ways to the same vectors, and whether a face is looked for on each."""

    name: str
    study: Way
    ours: Way
    study_finds: bool = True
    ours_finds: bool = True


def drawn(folder: Path, options: SampleOptions) -> Path:
    """Draw test images of a few people of the sample."""
    for identity in range(options.train_identities, options.train_identities + PEOPLE):
        head = sitter(options, identity)
        for picture in pictures(options, identity):
            (folder / picture.folder).mkdir(parents=True, exist_ok=True)
            (folder / picture.folder / picture.name).write_bytes(draw(head, picture, options))
    return folder / "test"


def catalogued(root: Path, count: int) -> Catalog:
    """Return `count` readable images of a folder, evenly picked."""
    names = sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.suffix.lower() in SUFFIXES)
    if not names:
        sys.exit(f"{root}: holds no images ({'/'.join(SUFFIXES)})")
    chosen, sizes = [], []
    for name in (names[i] for i in np.unique(np.linspace(0, len(names) - 1, count).round().astype(int))):
        try:
            sizes.append(decode(root / name).shape)
            chosen.append(name)
        except UnreadableImage as error:
            print(f"left out: {error}")
    height, width, _ = np.array(sizes, dtype=np.int32).T
    return unlabelled(chosen, width, height)


def study_facenet(root: Path, detector: MTCNN, network: InceptionResnetV1, images: Catalog) -> Vectors:
    found = []
    for name in images.image_id:
        face = detector(Image.open(root / name).convert("RGB"))
        if face is not None:
            with torch.no_grad():
                found.append(network(face[None])[0].numpy())
    return np.array(found), len(images) - len(found)


def study_clip(root: Path, model: open_clip.CLIP, preprocess: Callable, images: Catalog) -> Vectors:
    found = []
    for name in images.image_id:
        pixels = preprocess(Image.open(root / name).convert("RGB"))
        with torch.no_grad():
            found.append(model.encode_image(pixels[None])[0].numpy())
    return np.array(found), 0


def ours(root: Path, params: Params, model: str, backbone: Backbone, looks: bool, images: Catalog) -> Vectors:
    read = file_reader(root)
    crop = params.models["clip_face_zeroshot" if looks and model == "clip_b32" else model].crop
    faces = find_faces(read, images, params.faces) if looks else None
    chips = np.empty((len(images), crop.size, crop.size, 3), np.uint8)
    cut_all(read, images, faces, crop, chips)
    return backbone.embed(chips), 0 if faces is None else int((~faces.found).sum())


def loaded(params: Params, model: str, weights: Path, precision: Precision = "fp32") -> Backbone:
    recipe = params.models[model]
    return load_to_embed(recipe.backbone, recipe.crop.size, weights, "cpu", precision)


def ways(params: Params, root: Path, folder: Path) -> list[Ways]:
    torch.manual_seed(0)
    detector = MTCNN(image_size=160, margin=0, min_face_size=20, thresholds=[0.6, 0.7, 0.7])
    facenet = InceptionResnetV1(classify=False, num_classes=8631).eval()
    clip, _, preprocess = open_clip.create_model_and_transforms("ViT-B-32-quickgelu")
    torch.save(facenet.state_dict(), folder / "facenet.pt")
    torch.save({f"visual.{name}": value for name, value in clip.visual.state_dict().items()}, folder / "clip.pt")
    study = partial(study_facenet, root, detector, facenet), partial(study_clip, root, clip.eval(), preprocess)
    by_facenet, by_facenet_half = (
        partial(ours, root, params, "facenet", loaded(params, "facenet", folder / "facenet.pt", precision))
        for precision in FORMATS
    )
    by_clip = partial(ours, root, params, "clip_b32", loaded(params, "clip_b32", folder / "clip.pt"))
    return [
        Ways("FaceNet", study[0], partial(by_facenet, True)),
        Ways("FaceNet, ours in bf16", study[0], partial(by_facenet_half, True)),
        Ways("CLIP ViT-B/32, whole images", study[1], partial(by_clip, False), False, False),
        Ways("CLIP ViT-B/32, faces", study[1], partial(by_clip, True), False),
    ]


def rate(way: Way, images: Catalog) -> tuple[float, int]:
    """Return images a core-second and the faces lost."""
    way(images.rows(np.arange(len(images)) < WARM))
    begin = time.process_time()
    _, lost = way(images)
    return len(images) / (time.process_time() - begin), lost


def row(pair: Ways, images: Catalog) -> str:
    (study, lost), (mine, missed) = rate(pair.study, images), rate(pair.ours, images)
    faces = (str(lost) if pair.study_finds else "–", str(missed) if pair.ours_finds else "–")
    return f"| {pair.name} | {study:.1f} | {mine:.1f} | {mine / study:.1f} × | {' | '.join(faces)} |"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.study_way")
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--images", type=int, default=64)
    asked = parser.parse_args()
    os.environ["LOOKALIKE_WORKERS"] = "1"
    # open_clip warns that its weights are random, as they are meant to be.
    logging.getLogger().setLevel(logging.ERROR)
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    params = load_params()
    with TemporaryDirectory() as scratch:
        os.environ["XDG_CACHE_HOME"] = scratch
        sample = Layout().images("sample") / "test"
        root = asked.folder or (sample if sample.is_dir() else drawn(Path(scratch) / "sample", params.sample))
        images = catalogued(root, asked.images)
        print(f"{len(images)} images of {asked.folder or 'the sample'}\n")
        print("| images a core-second | the study's way | ours | ratio | faces lost: study | ours |")
        print("|---|--:|--:|--:|--:|--:|")
        for pair in ways(params, root, Path(scratch)):
            print(row(pair, images), flush=True)


if __name__ == "__main__":
    main()
