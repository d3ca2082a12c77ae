"""An answer as an HTML page: one file, with nothing to fetch."""

import hashlib
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from lookalike.kit.files import sha256_file, write_text
from lookalike.report.thumbnails import make_thumbnails
from lookalike.tools.search.answer import Answer
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


def draw_page(answer: Answer, photo: Path, gallery: Path) -> Page:
    """Draw the photograph with its face, and the matches.

    Args:
        answer: to the photograph.
        photo: the file asked about.
        gallery: the folder searched, to be named.
    """
    pictures = _pictures([match.path for match in answer.matches], MATCH_PX)
    environment = Environment(
        loader=PackageLoader("lookalike.tools.search"), autoescape=True, undefined=StrictUndefined
    )
    environment.filters["percent"] = percent
    html = environment.get_template("query.html.j2").render(
        answer=answer,
        photo=_shown(photo.name),
        gallery=_shown(gallery),
        face=face_line(answer.face),
        verdict=verdict(answer, NOBODY),
        picture=_pictures([photo], PHOTO_PX)[0],
        matches=list(zip(answer.matches, pictures, strict=True)),
        # Our own file, not the user's text.
        style=Markup((Path(__file__).parent / "templates/query.css").read_text(encoding="utf-8")),
    )
    return Page(_file_name(answer, photo, gallery), html)


def _pictures(paths: Sequence[Path], pixels: int) -> list[str]:
    """Return base64 WebP text of each image; empty where the file has become unreadable since."""
    if not paths:
        return []
    # Full paths are ids enough, and stand for digests too: copies are rare on one page.
    names = [str(path.absolute()) for path in paths]
    drawn = make_thumbnails(Path("/"), names, names, pixels, QUALITY)
    return [drawn.webp[drawn.index[name]] if name in drawn.index else "" for name in names]


def _file_name(answer: Answer, photo: Path, gallery: Path) -> str:
    question = f"{sha256_file(photo)} {answer.system} {os.fsencode(gallery.resolve())!r}"
    place = hashlib.sha256(question.encode()).hexdigest()[:8]
    readable = re.sub(r"[^A-Za-z0-9]+", "-", photo.stem).strip("-")[:60]
    return f"{readable or 'photo'}-{place}.html"


def _shown(path: Path | str) -> str:
    """Return a path as text that can be written, whatever bytes its name holds."""
    return os.fsencode(path).decode(errors="replace")
