from dataclasses import replace

import numpy as np

from lookalike.faces.summary import summarise
from tests.faces.conftest import central, listed


def test_rates_and_counts_by_hand() -> None:
    images = listed(dict.fromkeys("abcde", (10, 10)))
    domain = np.array(["real", "real", "real", "synthetic", "synthetic"], dtype=object)
    split = np.array(["train", "query", "query", "gallery", "gallery"], dtype=object)
    label = np.array(["x", None, None, None, None], dtype=object)
    images = replace(images, domain=domain, split=split, label=label)
    detector = np.array(["mtcnn", "centre", "mtcnn", "yunet", "centre"], dtype=object)
    faces = replace(central(images), detector=detector)
    assert summarise(images, faces) == {
        "cropped": True,
        "found": 0.6,
        "by_domain": {"real": round(2 / 3, 6), "synthetic": 0.5},
        "by_split": {"gallery": 0.5, "query": 0.5, "train": 1.0},
        "by_detector": {"centre": 2, "mtcnn": 2, "yunet": 1},
        "fallbacks": 2,
    }


def test_a_dataset_without_faces_says_so() -> None:
    nothing = listed({})
    assert summarise(nothing, central(nothing)) == {"cropped": False}
