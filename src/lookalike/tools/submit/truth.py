"""What a submission can be held against: the run's own test set, another dataset, or a label file alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np

from lookalike.catalog.labels import Labels, read_label_file, read_test_labels
from lookalike.catalog.layout import ImageFile, list_images
from lookalike.catalog.queries import query_of
from lookalike.kit.errors import LookalikeError
from lookalike.metrics.judgement import Truth
from lookalike.metrics.submission import Answers
from lookalike.params.datasets import DatasetOptions
from lookalike.run.files import Files


@dataclass(frozen=True)
class GroundTruth:
    """The labels of a test set.

    Attributes:
        name: what to call it.
        truth: the labels.
        precision_k: also score precision among the first k answers; 0 for none.
    """

    name: str
    truth: Truth
    precision_k: int

    @classmethod
    def of_run(cls, files: Files) -> Self:
        """Return the catalogued test set of the run.

        Raises:
            LookalikeError: it is not catalogued yet.
        """
        return cls(files.params.run.dataset, files.truth, files.params.dataset.precision_k)

    @classmethod
    def of_dataset(cls, name: str, root: Path, options: DatasetOptions) -> Self:
        """List and label the test images of a dataset by its recipe; no image is opened.

        Raises:
            LookalikeError: the folder, or its label file, cannot be used.
        """
        files = list_images(root).files
        return cls(name, _truth(files, read_test_labels(root, files, options)), options.precision_k)

    @classmethod
    def of_file(cls, path: Path, answers: Answers, precision_k: int) -> Self:
        """Read a label file; what a submission names and the file does not is a gallery image without a label.

        Raises:
            LookalikeError: the file cannot be used, contradicts itself, or is about no image of the submission.
        """
        files, labels = read_label_file(path)
        if clashing := labels.faults.get("conflicting labels"):
            raise LookalikeError(f"{path}: {len(clashing)} images with several labels, first {clashing[0]}; keep one")
        truth = _truth(files, labels)
        named = {f"test/gallery/{image}" for found in answers.values() for image in found}
        if named and not named & truth.label_of.keys():
            raise LookalikeError(f"{path}: labels none of the submission's images; is it of another dataset?")
        for image_id in sorted(named - truth.label_of.keys()):
            truth.label_of[image_id] = None
        return cls(path.name, truth, precision_k)


def _truth(files: Sequence[ImageFile], labels: Labels) -> Truth:
    ids = {split: [file.image_id for file in files if file.split == split] for split in ("query", "gallery")}
    asked = sorted({query_of(name): labels.label.get(name) for name in ids["query"]}.items())
    query_id, query_label = (np.array([pair[side] for pair in asked], dtype=object) for side in (0, 1))
    return Truth.of_labels(query_id, query_label, {name: labels.label.get(name) for name in ids["gallery"]})
