"""docs/params.md, written from the code that validates params.yaml."""

import types
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo

from lookalike.kit.files import write_text
from lookalike.params.base import Options, block_of
from lookalike.params.load import Params

PAGE = Path("docs/params.md")

INTRODUCTION = """# Params

Every knob of `params.yaml`. This page is written from the code that validates the file (`make docs`).
Change one for one run with `dvc exp run -S run.dataset=caricature`, or edit the file and `dvc repro`.
`<name>` stands for a name of your choice, of a-z, 0-9 and _, 64 at most.
What cannot change a result is not a param but an environment variable: `LOOKALIKE_WORKERS` is the number of
threads that decode images (all cores by default), `LOOKALIKE_EXECUTOR` who does the work: processes or a cluster
([FAQ](faq.md)).
"""


def params_reference() -> str:
    """Return the reference as Markdown, one table a block."""
    return "\n".join([INTRODUCTION, *_sections("", Params)])


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
