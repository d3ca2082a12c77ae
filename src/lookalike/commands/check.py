"""Whether a run can start."""

from typing import Annotated

import typer

from lookalike.kit.entry import entry_point
from lookalike.kit.errors import LookalikeError


@entry_point
def check(
    read_data: Annotated[bool, typer.Option("--read-data", help="also read every file of the run for damage")] = False,
) -> None:
    """Validate params.yaml, the dataset's folder and the weights' sources, and tell every fault at once.

    It comes before DVC, which hashes the dataset's folder first and waits for ever at a pipe.
    """
    from lookalike.catalog.obstacles import find_obstacles
    from lookalike.params.load import load_params
    from lookalike.run.layout import Layout
    from lookalike.weights.fetch import fault

    params, layout = load_params(), Layout()
    named = dict.fromkeys(params.models[model].backbone.weights for model in params.run.models)
    faults = [fault(name, params.weights[name], layout.manual_weights) for name in named]
    folder = layout.images(params.run.dataset)
    if params.run.dataset != "sample" and not folder.is_dir():
        faults.append(f"{folder}: no such folder; copy or link the dataset there (run.dataset names it)")
    faults += find_obstacles(folder)
    if read_data:
        from lookalike.tools.doctor.damage import find_damage

        damage = find_damage(params, layout)
        faults += damage.faults
        typer.echo(f"{damage.files} files read, {len(damage.faults)} damaged", err=True)
    if told := [text for text in faults if text]:
        raise LookalikeError("\n".join(told))
