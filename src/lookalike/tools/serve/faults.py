"""What went wrong, as JSON: {"error": "..."} and a status code, never a traceback."""

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from lookalike.kit.errors import LookalikeError
from lookalike.kit.images import UnreadableImage
from lookalike.tools.serve.limits import TooLarge

_STATUS_OF_REASON = {"not an image": 415, "file too large": 413, "too many pixels": 413, "no such file": 404}


class UnknownImage(LookalikeError):
    """An id that the gallery does not have."""


def refuse(status: int, message: str) -> JSONResponse:
    """Return the response that tells a fault."""
    return JSONResponse({"error": message}, status)


def tell_faults(app: FastAPI) -> None:
    """Make every error of an application a response of `refuse`'s form."""
    app.add_exception_handler(LookalikeError, _tell_lookalike)
    app.add_exception_handler(RequestValidationError, _tell_invalid)
    app.add_exception_handler(HTTPException, _tell_http)
    app.add_exception_handler(Exception, _tell_unforeseen)


def _tell_lookalike(request: Request, error: Exception) -> JSONResponse:
    return refuse(_status(error), str(error))


def _status(error: Exception) -> int:
    if isinstance(error, UnreadableImage):
        return _STATUS_OF_REASON.get(error.reason, 422)
    if isinstance(error, TooLarge):
        return 413
    return 404 if isinstance(error, UnknownImage) else 422


def _tell_invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    return refuse(422, "; ".join(f"{fault['loc'][-1]}: {fault['msg']}" for fault in error.errors()))


def _tell_http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    return refuse(error.status_code, error.detail)


def _tell_unforeseen(request: Request, error: Exception) -> JSONResponse:
    # The server logs the traceback in its terminal; the page has no use for it.
    return refuse(500, "the search failed; the terminal that runs `lookalike serve` says why")
