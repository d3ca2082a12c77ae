"""An answer as an HTML page: one file, with nothing to fetch."""

import hashlib
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from lookalike.kit.files import sha256_file, write_text
from lookalike.report.thumbnails import make_thumbnails
from lookalike.tools.search.answer import Answer, Match, Seen
from lookalike.tools.search.wording import face_line, percent, verdict

PHOTO_PX, MATCH_PX = 640, 240
QUALITY = 80
# The page of `serve` says so below the same probability.
NOBODY = 0.25


@dataclass(frozen=True)
class Page:
    """A page and the name of its file, which is the same for the same question."""

    name: str
    html: str

    def write(self, folder: Path) -> Path:
        """Write the page into a folder, atomically, and return its path."""
        path = folder / self.name
        write_text(path, self.html)
        return path


@dataclass(frozen=True)
class Shown:
    """An answer with its pictures, as base64 WebP text; empty where a file has become unreadable since."""

    answer: Answer
    photos: list[tuple[str, str, Seen]]
    matches: list[tuple[Match, str]]


def draw_page(answers: Sequence[Answer], photos: Sequence[Path], gallery: Path) -> Page:
    """Draw the photographs with their faces, and the matches.

    Args:
        answers: to the photographs together; several to the faces of a single one.
        photos: the files asked about.
        gallery: the folder searched, to be named.
    """
    environment = Environment(
        loader=PackageLoader("lookalike.tools.search"), autoescape=True, undefined=StrictUndefined
    )
    environment.filters |= {
        "percent": percent,
        "face_line": face_line,
        "verdict": partial(verdict, refuse_below=NOBODY),
    }
    html = environment.get_template("query.html.j2").render(
        answers=[_with_pictures(answer, photos) for answer in answers],
        photo=", ".join(_shown(photo.name) for photo in photos),
        gallery=_shown(gallery),
        # Our own file, not the user's text.
        style=Markup((Path(__file__).parent / "templates/query.css").read_text(encoding="utf-8")),
    )
    return Page(_file_name(answers, photos, gallery), html)


def _with_pictures(answer: Answer, photos: Sequence[Path]) -> Shown:
    asked = zip([_shown(photo.name) for photo in photos], _pictures(photos, PHOTO_PX), answer.seen, strict=True)
    pictures = _pictures([match.path for match in answer.matches], MATCH_PX)
    return Shown(answer, list(asked), list(zip(answer.matches, pictures, strict=True)))


def _pictures(paths: Sequence[Path], pixels: int) -> list[str]:
    """Return base64 WebP text of each image; empty where the file has become unreadable since."""
    if not paths:
        return []
    # Full paths are ids enough, and stand for digests too: copies are rare on one page.
    names = [str(path.absolute()) for path in paths]
    drawn = make_thumbnails(Path("/"), names, names, pixels, QUALITY)
    return [drawn.webp[drawn.index[name]] if name in drawn.index else "" for name in names]


def _file_name(answers: Sequence[Answer], photos: Sequence[Path], gallery: Path) -> str:
    asked = " ".join(map(sha256_file, photos)) + (f" {len(answers)} faces" if len(answers) > 1 else "")
    question = f"{asked} {answers[0].system} {os.fsencode(gallery.resolve())!r}"
    place = hashlib.sha256(question.encode()).hexdigest()[:8]
    readable = re.sub(r"[^A-Za-z0-9]+", "-", photos[0].stem).strip("-")[:60]
    return f"{readable or 'photo'}-{place}.html"


def _shown(path: Path | str) -> str:
    """Return a path as text that can be written, whatever bytes its name holds."""
    return os.fsencode(path).decode(errors="replace")
