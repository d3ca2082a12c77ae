"""Values for keys of params.yaml: as another mapping, and as the `-S` of `dvc exp run`."""

import copy
import re
from collections.abc import Mapping
from typing import Any

import yaml

# Other marks mean something to Hydra, or to one of the two readers of YAML that a value passes through.
_WORD = re.compile(r"\w[\w.*/-]*", re.ASCII)


def with_values(raw: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy of params with dotted keys set; blocks on the way to one are made where they are not written."""
    changed = copy.deepcopy(dict(raw))
    for key, value in values.items():
        *parents, name = key.split(".")
        block = changed
        for parent in parents:
            block = block.setdefault(parent, {})
        block[name] = value
    return changed


def override(key: str, value: Any) -> str:
    """Return `key=value` for `dvc exp run -S`, whose grammar is Hydra's.

    The signs before the key let it be one that params.yaml leaves at its default.
    Source: https://hydra.cc/docs/advanced/override_grammar/basic/

    Raises:
        ValueError: the value cannot be written that way.
    """
    return f"++{key}={_element(value)}"


def _element(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        # The shortest text that reads as the same number; params.yaml's own reader takes 2e-05 for one.
        return repr(value)
    if isinstance(value, str):
        # A word such as `on` or `1_000` comes back from YAML as a switch or a number.
        if not _WORD.fullmatch(value) or yaml.safe_load(value) != value:
            raise ValueError(f"expected a word of letters, digits and _ . - * / (found {value!a})")
        return f"'{value}'"
    if isinstance(value, list):
        return "[" + ",".join(map(_element, value)) + "]"
    raise ValueError(f"no param is a {type(value).__name__} (found {value!a})")
