"""Validation figures by hand."""

import numpy as np
import pytest

from lookalike.training.judge import judge, sides


def test_real_images_look_for_synthetic_ones() -> None:
    label = np.array(["a", "a", "b", "b"], dtype=object)
    domain = np.array(["real", "synthetic", "real", "synthetic"], dtype=object)
    embedding = np.array([[1, 0], [1, 0], [0.8, 0.6], [0, 1]], dtype=np.float32)
    # a finds a first; b finds a (.8) before b (.6), so its own comes second: 300 + 100 points, precision 1/2.
    assert judge(embedding, label, domain) == pytest.approx((700.0, 0.75))


def test_without_domains_every_other_image_is_a_query() -> None:
    label = np.array(["a", "b", "a", "b", "a"], dtype=object)
    query, gallery = sides(label, np.full(5, "unknown", dtype=object))
    assert query.tolist() == [True, True, False, False, True]
    assert gallery.tolist() == [False, False, True, True, False]


def test_a_query_without_a_match_is_left_out() -> None:
    label = np.array(["a", "a", "lonely"], dtype=object)
    domain = np.array(["real", "synthetic", "real"], dtype=object)
    assert judge(np.eye(3, dtype=np.float32)[:, :2] + 0.1, label, domain) == pytest.approx((1000.0, 1.0))
