"""What a submission is worth."""

import json
from pathlib import Path
from typing import Annotated

import typer

from lookalike.kit.entry import entry_point


@entry_point
def score(
    file: Annotated[Path, typer.Argument(help="a submission, in any of the competition's formats")],
    dataset: Annotated[
        str | None, typer.Option(help="a dataset of params.yaml; by default the run's own, as catalogued")
    ] = None,
    truth: Annotated[
        Path | None, typer.Option(help="a label file in its place: CSV (split,filename,identity), or JSON")
    ] = None,
    precision_k: Annotated[
        int | None, typer.Option(min=0, help="also score precision among the first K; by default the recipe's")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print JSON")] = False,
) -> None:
    """Score a submission against the labels of a dataset, with 95 % intervals."""
    from dataclasses import replace

    from lookalike.kit.errors import LookalikeError
    from lookalike.kit.tables import terminal, write_terminal
    from lookalike.metrics.scoreboard import scoreboard
    from lookalike.run.run import Run
    from lookalike.tools.submit.read import read_submission
    from lookalike.tools.submit.score import score_submission
    from lookalike.tools.submit.truth import GroundTruth

    if dataset and truth:
        raise LookalikeError("--dataset and --truth both say where the labels are; name one of them")
    files, answers = Run().files, read_submission(file)
    if truth:
        against = GroundTruth.of_file(truth, answers, 0)
    elif dataset:
        against = GroundTruth.of_dataset(dataset, files.layout.images(dataset), files.params.datasets[dataset])
    else:
        against = GroundTruth.of_run(files)
    if precision_k is not None:
        against = replace(against, precision_k=precision_k)
    figures = score_submission(answers, against, files.params)
    if as_json:
        typer.echo(json.dumps(figures, indent=2))
    else:
        write_terminal(scoreboard(figures), terminal())
