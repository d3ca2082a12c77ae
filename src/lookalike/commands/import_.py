"""Pictures of one's own."""

import json
from pathlib import Path
from typing import Annotated

import typer

from lookalike.kit.entry import entry_point


@entry_point
def import_(
    folder: Annotated[Path, typer.Argument(help="pictures, by default in a folder for each identity")],
    name: Annotated[str, typer.Option("--as", help="name of the new dataset: a-z, 0-9 and _")],
    csv: Annotated[str, typer.Option(help="whom each shows, as a CSV: image,label[,domain][,split]")] = "",
    pattern: Annotated[str, typer.Option(help="or names that say it: '{label}_{n}', or a regular expression")] = "",
    real: Annotated[str, typer.Option(help="glob of the names of real images")] = "real_*",
    synthetic: Annotated[str, typer.Option(help="glob of the names of synthetic images")] = "synthetic_*",
    test_share: Annotated[float, typer.Option(min=0, max=1, help="share of the identities to test on")] = 0.3,
    seed: Annotated[int, typer.Option(help="draws the identities to test on")] = 0,
    link: Annotated[bool, typer.Option("--link", help="share the files (hard links) in place of copying them")] = False,
    crop: Annotated[bool, typer.Option("--faces/--no-faces", help="the pictures show faces, to be cropped")] = True,
    precision_k: Annotated[int, typer.Option(min=0, help="also score precision among the first K answers")] = 0,
    check_labels: Annotated[bool, typer.Option(help="embed the pictures, and list unlikely labels")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="print JSON")] = False,
) -> None:
    """Make a dataset of a folder of pictures, and add its recipe to params.yaml; the folder stays as it is."""
    from lookalike.kit.tables import terminal, write_terminal
    from lookalike.tools.importing.importer import ImportOptions, import_folder

    options = ImportOptions(csv, pattern, real, synthetic, test_share, seed, link, crop, precision_k, check_labels)
    report = import_folder(Path(), folder, name, options)
    if as_json:
        typer.echo(json.dumps(report.as_dict(), indent=2))
        return
    for table in report.tables():
        write_terminal(table, terminal())
    typer.echo(f"next: dvc exp run -S run.dataset={name}; `dvc add data/raw/{name}` shares it, with queued runs too")
