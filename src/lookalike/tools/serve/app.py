"""The page and its JSON interface."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Query, Request, Response
from fastapi.responses import FileResponse
from fastapi.staticfiles import StaticFiles
from pydantic import Field
from starlette.types import ASGIApp

from lookalike.kit.errors import LookalikeError
from lookalike.report.template import TEMPLATES
from lookalike.tools.serve.access import AccessMiddleware
from lookalike.tools.serve.errors import add_error_handlers
from lookalike.tools.serve.limits import Limits
from lookalike.tools.serve.pictures import MEDIA_TYPE
from lookalike.tools.serve.reply import reply, reply_faces
from lookalike.tools.serve.service import SearchService
from lookalike.tools.serve.uploads import Asked

if TYPE_CHECKING:
    from lookalike.tools.search.searcher import Searcher

STATIC = Path(__file__).parent / "static"
TOP = 10

router = APIRouter()


def build_app(searcher: "Searcher", host: str = "127.0.0.1", limits: Limits | None = None) -> ASGIApp:
    """Return the application that serves a searcher.

    Args:
        searcher: what answers.
        host: the address or name it will be served on.
        limits: what one request may ask for.
    """
    # FastAPI's own documentation pages load scripts from a CDN; docs/how-to/serve.md takes their place.
    app = FastAPI(title="Lookalike", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.service = SearchService(searcher, limits or Limits())
    app.include_router(router)
    app.mount("/static", StaticFiles(directory=STATIC))
    add_error_handlers(app)
    return AccessMiddleware(app, host)


def _service(request: Request) -> SearchService:
    service: SearchService = request.app.state.service
    return service


def _top(service: Annotated[SearchService, Depends(_service)], top: Annotated[int, Query(ge=1)] = TOP) -> int:
    if top > service.limits.top:
        raise LookalikeError(f"top is {top}; ask for {service.limits.top} images at most")
    return top


Service = Annotated[SearchService, Depends(_service)]
Top = Annotated[int, Depends(_top)]


@router.get("/")
async def page() -> FileResponse:
    """Return the page."""
    return FileResponse(STATIC / "index.html")


@router.get("/style.css")
async def style() -> FileResponse:
    """Return the report's style sheet, which this page uses too."""
    return FileResponse(TEMPLATES / "style.css")


@router.get("/api/about")
async def about(service: Service) -> dict[str, Any]:
    """Return what can be asked for."""
    limits = service.limits
    bounds = {"max_top": limits.top, "max_bytes": limits.upload_bytes, "max_photos": limits.photos}
    return {"systems": service.searcher.systems, **bounds}


def _asked(
    request: Request,
    size: Annotated[tuple[Annotated[int, Field(ge=1)], ...], Query()] = (),
    face: Annotated[tuple[Annotated[int, Field(ge=0)], ...], Query()] = (),
) -> Asked:
    """Take the photographs in a request's body, one after another: of which sizes, and which face of each."""

    async def left() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass

    return Asked(request.stream(), size, face, left)


Photos = Annotated[Asked, Depends(_asked)]


@router.post("/api/search")
async def search(photos: Photos, service: Service, system: str, top: Top) -> dict[str, Any]:
    """Search by the photograph in the request's body, or by several of one person."""
    return reply(await service.search(photos, system, top))


@router.post("/api/faces")
async def faces(photos: Photos, service: Service) -> dict[str, Any]:
    """Return every face of the photograph in the request's body."""
    return reply_faces(await service.faces(photos))


@router.get("/api/search")
async def search_by(service: Service, image: str, system: str, top: Top) -> dict[str, Any]:
    """Search by an image of the gallery."""
    return reply(await service.search_by(image, system, top))


@router.get("/api/picture")
async def picture(service: Service, image: str) -> Response:
    """Return a gallery image."""
    return Response(await service.picture(image), media_type=MEDIA_TYPE)


@router.get("/api/card")
async def card(service: Service, image: str) -> Response:
    """Return a gallery image, small."""
    return Response(await service.card(image), media_type=MEDIA_TYPE)
