"""What a submission is worth, where the labels are known."""

from typing import Any

import numpy as np

from lookalike.kit.errors import LookalikeError
from lookalike.metrics.judgement import Judgement, Truth, totals
from lookalike.metrics.measures.table import measures_of
from lookalike.metrics.submission import Answers, file_names
from lookalike.metrics.summary import summary
from lookalike.params.load import Params
from lookalike.tools.submit.truth import GroundTruth

SYSTEM = "submission"


def score_submission(answers: Answers, against: GroundTruth, params: Params) -> dict[str, Any]:
    """Return the figures of a submission, in the form of metrics.json.

    Args:
        answers: query file name -> gallery file names, best first.
        against: labels of the test set that was submitted to.
        params: says how the bootstrap is drawn.

    Raises:
        LookalikeError: a gallery image is named that the dataset does not have.
    """
    judgement = judge_submission(answers, against.truth)
    rng, measures = np.random.default_rng(params.run.seed), measures_of(against.precision_k)
    return summary(against.name, against.truth, {SYSTEM: judgement}, params.score.bootstrap, rng, measures)


def judge_submission(answers: Answers, truth: Truth) -> Judgement:
    """Hold a submission against the truth; a query that it lacks is a miss, an image named twice counts once.

    Raises:
        LookalikeError: a gallery image is named that the dataset does not have.
    """
    query_name, gallery_name = file_names(list(truth.query_id)), file_names(list(truth.label_of))
    label_of = {gallery_name[image_id]: label for image_id, label in truth.label_of.items()}
    listed = [list(dict.fromkeys(answers.get(query_name[query], ()))) for query in truth.query_id]
    if unknown := sorted({name for names in listed for name in names} - label_of.keys()):
        raise LookalikeError(
            f"the submission names {len(unknown)} images that the dataset's gallery does not have: {unknown[:3]}; "
            "was it made for another dataset?"
        )
    hit = np.zeros((len(listed), max(map(len, listed), default=0)), dtype=bool)
    for row, (names, label) in enumerate(zip(listed, truth.query_label, strict=True)):
        hit[row, : len(names)] = [label_of[name] == label for name in names]
    answered = np.array([query_name[query] in answers for query in truth.query_id], dtype=bool)
    return Judgement(hit, totals(truth), answered, len(label_of))
