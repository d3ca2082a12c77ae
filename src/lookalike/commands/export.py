"""Out of the project."""

from pathlib import Path
from typing import Annotated

import typer

from lookalike.kit.entry import entry_point
from lookalike.tools.export.format import Format


@entry_point
def export(
    model: Annotated[str, typer.Argument(help="one of run.models")],
    format_: Annotated[Format, typer.Option("--format", help="what kind of file")] = Format.ONNX,
    out: Annotated[Path | None, typer.Option(help="folder to write to; by default exports/MODEL")] = None,
) -> None:
    """Write a model of the last run and an index of its gallery as files that work without this project."""
    from lookalike.kit.errors import LookalikeError
    from lookalike.run.run import Run
    from lookalike.tools.export.card import write_card
    from lookalike.tools.export.exporter import Exporter

    run = Run()
    if model not in run.params.run.models:
        raise LookalikeError(f"{model}: not a model of this run; run.models: {', '.join(run.params.run.models)}")
    folder = out or run.files.layout.exports(model)
    exporter = Exporter(run, model, run.params.models[model])
    same = exporter.write_model(format_, folder)
    typer.echo(
        f"{folder / format_.file_name}: {same.crops} crops of the run, largest difference from the embedder "
        f"{same.max_abs_difference:.2g}, smallest cosine {same.min_cosine:.7f}"
    )
    index = exporter.write_gallery(folder)
    typer.echo(
        f"{folder / 'gallery.faiss'}: {index.images} images; {100 * index.same_order:.1f} % of the first {index.depth} "
        f"answers to {index.queries} queries in plain cosine's order, the rest are ties"
    )
    card = write_card(folder, run.files, model, run.params.models[model])
    typer.echo(f"{card}: what the model is, for whoever gets the files")
