"""What finding the face better is worth: faces found, time, and points of raw SFace, one step of the search at a time.

    python -m benchmarks.faces caricature [test]

reads data/raw/<dataset> with the params of params.yaml. The training photographs are the queries and the training
drawings the gallery, so that options can be chosen here; `test` scores the test set instead, for the final figure.
The rate is of the search alone, in images a second of processor time (`taskset -c 1` keeps it to one core).
"""

import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from lookalike.backbones.registry import load_backbone, torch_device
from lookalike.catalog.build import build_catalog
from lookalike.catalog.table import Catalog
from lookalike.faces.find import find_faces
from lookalike.faces.pack import write_pack
from lookalike.faces.pixels import file_reader
from lookalike.faces.table import FaceTable
from lookalike.metrics.judgement import Truth, judge
from lookalike.metrics.scores import compare
from lookalike.params.load import Params, load_params
from lookalike.retrieval.ranking import Ranking
from lookalike.run.layout import Layout
from lookalike.weights.fetch import fetch

MODEL = "sface"
ONE_PASS = {"yunet": 1.0, "guess": 1.0, "jitter": 0.0}
STEPS = {
    "MTCNN, its own thresholds, no border": ONE_PASS | {"border": 0.0, "pnet": 0.6, "rnet": 0.7, "onet": 0.7},
    "low thresholds, black border": ONE_PASS,
    "+ mean of many passes": {"yunet": 1.0, "guess": 1.0},
    "+ YuNet": {"guess": 1.0},
    "+ usual place (params.yaml)": {},
}


def as_test(catalog: Catalog) -> Catalog:
    """Make queries of the training photographs and a gallery of the training drawings."""
    train = catalog.rows(catalog.split == "train")
    return replace(train, split=np.where(train.domain == "real", "query", "gallery").astype(object))


def embed(chips: np.ndarray, params: Params, folder: Path) -> np.ndarray:
    weights = folder / "weights"
    recipe = params.models[MODEL]
    name = recipe.backbone.weights
    fetch(name, params.weights[name], weights, Layout().manual_weights, Layout().weights_lock)
    backbone = load_backbone(recipe.backbone, recipe.crop.size, weights, torch_device("cpu"))
    rows = np.concatenate([backbone.embed(chips[start : start + 32]) for start in range(0, len(chips), 32)])
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def score(images: Catalog, embedding: np.ndarray) -> str:
    query, gallery = images.split == "query", images.split == "gallery"
    similarity = embedding[query] @ embedding[gallery].T
    ranking = Ranking.from_similarity(images.image_id[query], images.image_id[gallery], similarity, gallery.sum())
    judged = {MODEL: judge(ranking, Truth.of(images))}
    scores = compare(judged, "ensemble", 100, np.random.default_rng(0)).scores[MODEL]
    return f"{scores.points.mean:6.1f} points, top-1 {scores.rates['top1']:.4f}, mAP {scores.rates['map']:.4f}"


def found(images: Catalog, faces: FaceTable) -> str:
    return " / ".join(f"{faces.found[images.domain == name].mean():.3f}" for name in ("real", "synthetic"))


def main(dataset: str, split: str = "train") -> None:
    params, root = load_params(), Layout().images(dataset)
    catalog = build_catalog(root, params.datasets[dataset]).catalog
    images = catalog.rows(catalog.ok)
    images = as_test(images) if split == "train" else images.rows(images.split != "train")
    for name, changes in STEPS.items():
        start = time.process_time()
        faces = find_faces(file_reader(root), images, params.faces.model_copy(update=changes))
        speed = len(images) / (time.process_time() - start)
        with tempfile.TemporaryDirectory() as folder:
            pack = Path(folder) / "crops.npy"
            write_pack(pack, root, images, faces, params.models[MODEL].crop)
            points = score(images, embed(np.load(pack), params, Path(folder)))
        print(f"{name:38s} found {found(images, faces)}  {points}  {speed:5.1f} images a core-second", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
