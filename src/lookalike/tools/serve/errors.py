"""Errors as JSON: {"error": "..."} and a status code, never a traceback."""

import sys

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from lookalike.kit.errors import FileFault, LookalikeError, file_fault
from lookalike.kit.images.decode import UnreadableImage
from lookalike.tools.serve.limits import TooLarge

_STATUS_OF_REASON = {
    "not an image": 415,
    "file too large": 413,
    "too many pixels": 413,
    "too complex": 413,
    "too slow": 413,
    "too much memory": 413,
    "no such file": 404,
}


class ClientLeft(Exception):
    """The client closed the connection before it had its answer."""


class UnknownImage(LookalikeError):
    """An id that the gallery does not have."""


def error_response(status: int, message: str) -> JSONResponse:
    """Return the response for an error."""
    return JSONResponse({"error": message}, status)


def add_error_handlers(app: FastAPI) -> None:
    """Make every error of an application a response of `error_response`'s form."""
    app.add_exception_handler(LookalikeError, _handle_lookalike)
    app.add_exception_handler(FileFault, _handle_disk)
    app.add_exception_handler(OSError, _handle_disk)
    app.add_exception_handler(ClientLeft, _handle_left)
    app.add_exception_handler(ClientDisconnect, _handle_left)
    app.add_exception_handler(RequestValidationError, _handle_invalid)
    app.add_exception_handler(HTTPException, _handle_http)
    app.add_exception_handler(Exception, _handle_unexpected)


def _handle_left(request: Request, error: Exception) -> Response:
    # Nobody reads it; 499 is nginx's number for this.
    return Response(status_code=499)


def _handle_lookalike(request: Request, error: Exception) -> JSONResponse:
    return error_response(_status(error), str(error))


def _handle_disk(request: Request, error: Exception) -> JSONResponse:
    """Tell a disk that is full or fails: where it is concerns the terminal, not whoever sees the page."""
    fault = file_fault(error) if isinstance(error, OSError) else error
    if fault is None:
        raise error
    print(f"lookalike: {fault}", file=sys.stderr)
    return error_response(507, "the disk of the machine that searches is full or fails; its terminal says more")


def _status(error: Exception) -> int:
    if isinstance(error, UnreadableImage):
        return _STATUS_OF_REASON.get(error.reason, 422)
    if isinstance(error, TooLarge):
        return 413
    return 404 if isinstance(error, UnknownImage) else 422


def _handle_invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    return error_response(422, "; ".join(f"{one['loc'][-1]}: {one['msg']}" for one in error.errors()))


def _handle_http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    return error_response(error.status_code, error.detail)


def _handle_unexpected(request: Request, error: Exception) -> JSONResponse:
    # The server logs the traceback in its terminal; the page has no use for it.
    return error_response(500, "the search failed; the terminal that runs `lookalike serve` says why")
