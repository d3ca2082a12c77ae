"""Facts and figures into one HTML file: template, style and script, with nothing to fetch."""

import base64
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

TEMPLATES = Path(__file__).parent / "templates"
SCRIPTS = ("model.js", "browse.js", "viewer.js", "identities.js", "map.js", "app.js")


def fill(facts: Mapping[str, Any], payload: Mapping[str, Any], webp: tuple[str, ...]) -> str:
    """Return the page.

    Args:
        facts: what the template shows, by name; text in it is escaped.
        payload: JSON values for the script; escaped so that no text can end the script element.
        webp: base64 text of the thumbnails.
    """
    script = "".join(_read(name) for name in SCRIPTS)
    return (
        _environment()
        .get_template("index.html.j2")
        .render(
            **facts,
            payload=payload,
            thumbnails=webp,
            # Our own files, not the user's text: they go in as they are, and only this very script may run.
            style=Markup(_read("style.css")),
            script=Markup(script),
            script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        )
    )


def _read(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("lookalike.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.policies["json.dumps_kwargs"] = {"separators": (",", ":"), "sort_keys": True, "allow_nan": False}
    return environment
