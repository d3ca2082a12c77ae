"""docs/params.md, written from the code that validates params.yaml, and the table of weights in docs/models.md."""

import types
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo

from lookalike.kit.files import write_text
from lookalike.params.base import Options, block_of
from lookalike.params.load import Params, load_params

PAGE = Path("docs/params.md")
MODELS = Path("docs/models.md")
# Around the table in that page.
MARKS = "<!-- Weights of params.yaml, written by `make docs`. -->", "<!-- End. -->"

INTRODUCTION = """# Params

Every knob of `params.yaml`. This page is written from the code that validates the file (`make docs`).
Change one for one run with `dvc exp run -S run.dataset=caricature`, or edit the file and `dvc repro`.
`<name>` stands for a name of your choice, of a-z, 0-9 and _, 64 at most.
What cannot change a result is not a param but an environment variable: `LOOKALIKE_WORKERS` is the number of
threads that decode images (all cores by default), `LOOKALIKE_EXECUTOR` who finds faces and embeds, `LOOKALIKE_STORE`
where what is known of images is kept ([store](how-to/store.md)), `LOOKALIKE_WEIGHTS` the folder of downloaded
weights, and `LOOKALIKE_MIRRORS` the places that are asked for them first ([weights](models.md#weights)).
"""


def params_reference() -> str:
    """Return the reference as Markdown, one table a block."""
    return "\n".join([INTRODUCTION, *_sections("", Params)])


def with_weights(page: str, params: Params) -> str:
    """Return a page with the table of weights between its marks."""
    before, _, rest = page.partition(MARKS[0])
    after = rest.partition(MARKS[1])[2]
    return f"{before}{MARKS[0]}\n\n{_weights_table(params)}\n{MARKS[1]}{after}"


def _weights_table(params: Params) -> str:
    users: dict[str, list[str]] = {name: [] for name in params.weights}
    for model, recipe in params.models.items():
        users[recipe.backbone.weights].append(f"`{model}`")
    rows = [
        f"| `{name}` | {', '.join(users[name])} | {weights.licence} | `{weights.sha256}` | "
        f"{', '.join(f'`{place}`' for place in weights.places)} |\n"
        for name, weights in params.weights.items()
    ]
    return "| weights | recipes | licence | SHA-256 | source |\n|---|---|---|---|---|\n" + "".join(rows)


def _sections(prefix: str, options: type[Options]) -> Iterator[str]:
    own = {name: field for name, field in options.model_fields.items() if block_of(field.annotation) is None}
    if own:
        yield f"## `{prefix}`\n\n{(options.__doc__ or '').strip().splitlines()[0]}\n"
        yield "| key | type | meaning |\n|---|---|---|"
        yield "".join(_row(name, field) for name, field in own.items())
    for name, field in options.model_fields.items():
        if inner := block_of(field.annotation):
            child = f"{prefix}.{name}".strip(".")
            yield from _sections(f"{child}.<name>" if _is_mapping(field.annotation) else child, inner)


def _row(name: str, field: FieldInfo) -> str:
    meaning = (field.description or "").replace("|", "\\|")
    return f"| `{name}` | {_type_name(field.annotation)} | {meaning} |\n"


def _is_mapping(annotation: Any) -> bool:
    return typing.get_origin(annotation) is dict


def _type_name(annotation: Any) -> str:
    if typing.get_origin(annotation) is typing.Literal:
        return ", ".join(f"`{value}`" for value in typing.get_args(annotation))
    if isinstance(annotation, types.UnionType):
        return " or ".join(_type_name(part) for part in typing.get_args(annotation))
    if typing.get_origin(annotation) is typing.Annotated:
        return _type_name(typing.get_args(annotation)[0])
    if typing.get_origin(annotation) is list:
        return f"list of {_type_name(typing.get_args(annotation)[0])}"
    names = {str: "text", int: "integer", float: "number", bool: "`true`, `false`", type(None): "`null`"}
    return names.get(annotation, str(annotation))


if __name__ == "__main__":
    write_text(PAGE, params_reference())
    write_text(MODELS, with_weights(MODELS.read_text(), load_params()))
