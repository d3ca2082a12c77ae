"""Where five landmarks lie in the chip that an encoder was trained on, as shares of the chip's side.

Order: eye, eye, nose tip, mouth corner, mouth corner, image-left first.
"""

import numpy as np

# InsightFace, python-package/insightface/utils/face_align.py, `arcface_dst`, made for 112 pixels.
ARCFACE = np.array(
    [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]]
) / np.float64(112)

# dlib, image_transforms/interpolation.h, the mean face of get_face_chip_details: the mean of each eye's six
# points, the nose tip and the mouth corners (points 36-41, 42-47, 30, 48 and 54 of the 68).
DLIB = np.array(
    [[0.225492, 0.215990], [0.754762, 0.215990], [0.490127, 0.515625], [0.254149, 0.780233], [0.726104, 0.780233]]
)

LANDMARKS = {"arcface": ARCFACE, "dlib": DLIB}


def template_points(name: str, size: int, margin: float) -> np.ndarray:
    """Return (5, 2) landmark positions in pixels of a chip.

    Args:
        name: a key of `LANDMARKS`.
        size: side of the chip in pixels.
        margin: room added on every side, as a share of the template's own frame (dlib's `padding`).
    """
    return (margin + LANDMARKS[name]) / (1 + 2 * margin) * size
