"""Facts and figures into one HTML file: template, style and script, with nothing to fetch."""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class Page:
    """A kind of page.

    Attributes:
        template: what stands in it.
        scripts: what moves in it, in the order they run.
        folder: where these are; what is not there is one of the shared templates, beside the style sheet.
    """

    template: str
    scripts: tuple[str, ...]
    folder: Path = TEMPLATES

    def read(self, name: str) -> str:
        """Return the text of a script."""
        own = self.folder / name
        return (own if own.is_file() else TEMPLATES / name).read_text(encoding="utf-8")


REPORT = Page("index.html.j2", ("model.js", "cards.js", "browse.js", "viewer.js", "identities.js", "map.js", "app.js"))


def fill(page: Page, facts: Mapping[str, Any], payload: Mapping[str, Any], webp: tuple[str, ...]) -> str:
    """Return a page.

    Args:
        page: which.
        facts: what the template shows, by name; text in it is escaped.
        payload: JSON values for the script; escaped so that no text can end the script element.
        webp: base64 text of the thumbnails.
    """
    script = "".join(map(page.read, page.scripts))
    return (
        _environment(page.folder)
        .get_template(page.template)
        .render(
            **facts,
            payload=payload,
            thumbnails=webp,
            # Our own files, not the user's text: they go in as they are, and only this very script may run.
            style=Markup((TEMPLATES / "style.css").read_text(encoding="utf-8")),
            script=Markup(script),
            script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        )
    )


def _environment(folder: Path) -> Environment:
    environment = Environment(
        loader=FileSystemLoader([folder, TEMPLATES]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.policies["json.dumps_kwargs"] = {"separators": (",", ":"), "sort_keys": True, "allow_nan": False}
    return environment
