"""The page and its JSON interface."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Query, Request, Response
from fastapi.responses import FileResponse
from fastapi.staticfiles import StaticFiles
from starlette.types import ASGIApp

from lookalike.kit.errors import LookalikeError
from lookalike.report.template import TEMPLATES
from lookalike.tools.serve.desk import Desk
from lookalike.tools.serve.faults import tell_faults
from lookalike.tools.serve.guard import Guard
from lookalike.tools.serve.limits import Limits
from lookalike.tools.serve.pictures import MEDIA_TYPE
from lookalike.tools.serve.reply import reply

if TYPE_CHECKING:
    from lookalike.tools.search.searcher import Searcher

STATIC = Path(__file__).parent / "static"
TOP = 10

router = APIRouter()


def build_app(searcher: "Searcher", host: str = "127.0.0.1", limits: Limits | None = None) -> ASGIApp:
    """Return the application that serves a searcher.

    Args:
        searcher: who answers.
        host: the address or name it will be served on.
        limits: what one request may ask for.
    """
    # FastAPI's own documentation pages load scripts from a CDN; docs/how-to/serve.md takes their place.
    app = FastAPI(title="Lookalike", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.desk = Desk(searcher, limits or Limits())
    app.include_router(router)
    app.mount("/static", StaticFiles(directory=STATIC))
    tell_faults(app)
    return Guard(app, host)


def _desk(request: Request) -> Desk:
    desk: Desk = request.app.state.desk
    return desk


def _top(desk: Annotated[Desk, Depends(_desk)], top: Annotated[int, Query(ge=1)] = TOP) -> int:
    if top > desk.limits.top:
        raise LookalikeError(f"top is {top}; ask for {desk.limits.top} images at most")
    return top


AtDesk = Annotated[Desk, Depends(_desk)]
Top = Annotated[int, Depends(_top)]


@router.get("/")
async def page() -> FileResponse:
    """Return the page."""
    return FileResponse(STATIC / "index.html")


@router.get("/look.css")
async def look() -> FileResponse:
    """Return the report's style, which this page wears too."""
    return FileResponse(TEMPLATES / "style.css")


@router.get("/api/about")
async def about(desk: AtDesk) -> dict[str, Any]:
    """Return what can be asked for."""
    limits = desk.limits
    return {"systems": desk.searcher.systems, "max_top": limits.top, "max_bytes": limits.upload_bytes}


@router.post("/api/search")
async def search(request: Request, desk: AtDesk, system: str, top: Top) -> dict[str, Any]:
    """Search by the photograph in the request's body."""
    return reply(await desk.search(request.stream(), system, top))


@router.get("/api/search")
async def search_by(desk: AtDesk, image: str, system: str, top: Top) -> dict[str, Any]:
    """Search by an image of the gallery."""
    return reply(await desk.search_by(image, system, top))


@router.get("/api/picture")
async def picture(desk: AtDesk, image: str) -> Response:
    """Return a gallery image."""
    return Response(await desk.picture(image), media_type=MEDIA_TYPE)


@router.get("/api/card")
async def card(desk: AtDesk, image: str) -> Response:
    """Return a gallery image, small."""
    return Response(await desk.card(image), media_type=MEDIA_TYPE)
