"""The recipe of an imported dataset, put into params.yaml beside the others."""

import io
import textwrap
from collections.abc import Mapping
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from lookalike.catalog.table import DOMAINS
from lookalike.kit.errors import LookalikeError
from lookalike.params.datasets import DatasetOptions

LABELS_FILE = "ground_truth.csv"


def recipe_for(crop: bool, domains: set[str], precision_k: int) -> dict[str, Any]:
    """Return the block under `datasets.<name>` of an imported dataset.

    Args:
        crop: find, align and crop faces.
        domains: those of its pictures, which the names of training images begin with.
        precision_k: also score precision among the first k answers; 0 for none.
    """
    recipe: dict[str, Any] = {"crop": crop, "labels": "csv", "labels_file": LABELS_FILE}
    if domains & {"real", "synthetic"}:
        recipe |= {f"{domain}_pattern": f"{domain}_*" for domain in DOMAINS if domain != "unknown"}
    recipe["precision_k"] = precision_k
    DatasetOptions.model_validate(recipe)
    return recipe


def with_recipe(text: str, name: str, recipe: Mapping[str, Any]) -> str:
    """Return the text of params.yaml with one more dataset after the others; every other line stays as it is.

    Raises:
        LookalikeError: `datasets` is not written as a block, one dataset under another.
    """
    yaml = YAML()
    before = yaml.load(text)
    lines = text.splitlines(keepends=True)
    starts = [before.lc.key(block)[0] for block in before]
    end = min((start for start in starts if start > before.lc.key("datasets")[0]), default=len(lines))
    # What stands at the margin right before the next block is about that one.
    while not lines[end - 1].strip() or lines[end - 1].startswith("#"):
        end -= 1
    if not lines[end - 1].endswith("\n"):
        lines[end - 1] += "\n"
    block = textwrap.indent(recipe_text(name, recipe), " " * before["datasets"].lc.col)
    written = "".join([*lines[:end], block, *lines[end:]])
    if _parsed(written) != {**before, "datasets": {**before["datasets"], name: dict(recipe)}}:
        raise LookalikeError(f"params.yaml: `datasets` is not a block of its own; add under it by hand:\n{block}")
    return written


def recipe_text(name: str, recipe: Mapping[str, Any]) -> str:
    """Return a dataset's block as YAML."""
    quoted = {key: DoubleQuotedScalarString(value) if "*" in str(value) else value for key, value in recipe.items()}
    written = io.StringIO()
    YAML().dump({name: quoted}, written)
    return written.getvalue()


def _parsed(text: str) -> Any:
    try:
        return YAML().load(text)
    except YAMLError:
        return None
