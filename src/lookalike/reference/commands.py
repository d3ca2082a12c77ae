"""docs/cli.md, written from the functions that are the commands."""

import inspect
import types
import typing
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, Self

from typer import Typer
from typer.models import ArgumentInfo, CommandInfo, OptionInfo

from lookalike.cli import app

PAGE = Path("docs/cli.md")

INTRODUCTION = """# Commands

Every command of `lookalike`, with its arguments and options. This page is written from the code (`make docs`);
`lookalike COMMAND --help` tells the same. Run commands in the project's folder, with `.venv` activated.
A fault in a file or a param is told in one message, and the exit code is 1.
"""

_VALUES = {str: "text", int: "integer", float: "number", Path: "path", bool: ""}


@dataclass(frozen=True)
class Parameter:
    """An argument or an option of a command, as a person types it.

    Attributes:
        spelling: `PHOTO` for an argument, `--top` for an option, `--yes/--no` for a switch with two names.
        value: what kind of value it takes; empty for a switch.
        default: what holds when it is left out; None when it cannot be.
        meaning: one line.
        is_option: whether it is an option.
    """

    spelling: str
    value: str
    default: str | None
    meaning: str
    is_option: bool

    @classmethod
    def of(cls, declared: inspect.Parameter, annotation: Any) -> Self:
        """Read a parameter of a command's function: `Annotated[type, typer.Option(...)] = default`."""
        kind, info = typing.get_args(annotation)
        is_option = isinstance(info, OptionInfo)
        return cls(
            spelling=_option(declared.name, kind, info) if is_option else _argument(declared.name, info),
            value=_value(kind),
            default=None if declared.default is inspect.Parameter.empty else _default(declared.default),
            meaning=info.help or "",
            is_option=is_option,
        )

    @property
    def in_usage(self) -> str:
        """How an argument stands in the line of usage: in brackets where it may be left out."""
        return self.spelling if self.default is None else f"[{self.spelling.strip('[]')}]"

    @property
    def row(self) -> str:
        """Its row of the table."""
        default = "required" if self.default is None else self.default
        meaning = self.meaning.replace("|", "\\|")
        return f"| `{self.spelling}` | {self.value} | {default} | {meaning} |"


def commands_reference(cli: Typer = app) -> str:
    """Return the reference as Markdown, one section a command."""
    return "\n".join([INTRODUCTION, *(_section(info) for info in cli.registered_commands)])


def parameters_of(command: Callable[..., Any]) -> Iterator[Parameter]:
    """Yield the arguments and options of a command's function, in order."""
    annotations = typing.get_type_hints(command, include_extras=True)
    for name, declared in inspect.signature(command).parameters.items():
        yield Parameter.of(declared, annotations[name])


def _section(info: CommandInfo) -> str:
    command = info.callback
    assert command is not None, "a registered command has a function"
    name = info.name or command.__name__.rstrip("_").replace("_", "-")
    parameters = list(parameters_of(command))
    lines = [
        f"## `lookalike {name}`",
        "",
        inspect.getdoc(command) or "",
        "",
        "```text",
        _usage(name, parameters),
        "```",
    ]
    if parameters:
        lines += ["", "| argument or option | value | default | meaning |", "|---|---|---|---|"]
        lines += [parameter.row for parameter in parameters]
    return "\n".join([*lines, ""])


def _usage(name: str, parameters: Sequence[Parameter]) -> str:
    arguments = [parameter.in_usage for parameter in parameters if not parameter.is_option]
    options = ["[OPTIONS]"] if any(parameter.is_option for parameter in parameters) else []
    return " ".join(["lookalike", name, *arguments, *options])


def _argument(name: str, info: ArgumentInfo) -> str:
    return info.metavar or name.upper()


def _option(name: str, kind: Any, info: OptionInfo) -> str:
    # In `Annotated[...]` typer leaves the first declared name where a default would stand.
    declared = [name for name in (info.default, *(info.param_decls or ())) if isinstance(name, str)]
    if declared:
        return ", ".join(declared)
    plain = name.strip("_").replace("_", "-")
    return f"--{plain}/--no-{plain}" if kind is bool else f"--{plain}"


def _value(kind: Any) -> str:
    if isinstance(kind, types.UnionType):
        return " or ".join(_value(part) for part in typing.get_args(kind) if part is not types.NoneType)
    if typing.get_origin(kind) is list:
        return f"{_value(typing.get_args(kind)[0])}, several times"
    if issubclass(kind, Enum):
        return ", ".join(f"`{member.value}`" for member in kind)
    return _VALUES[kind]


def _default(value: Any) -> str:
    if value is None or value is False:
        return "none" if value is None else "off"
    if value is True:
        return "on"
    return f"`{value.value if isinstance(value, Enum) else value}`"
