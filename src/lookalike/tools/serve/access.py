"""Access control as ASGI middleware: which requests are allowed, and the security headers of every response.

A server on this machine can be reached by any page its owner's browser shows. Two attacks are prevented here: a foreign
name that resolves to this machine (DNS rebinding) and a foreign page that sends requests (cross-site forgery).
"""

from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lookalike.tools.serve.errors import error_response

HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' blob:; object-src 'none'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    # Photographs of people do not stay in a browser's cache.
    "Cache-Control": "no-store",
}


def is_loopback(host: str) -> bool:
    """Tell whether a host name or address can be reached from this machine alone."""
    return host == "localhost" or (is_address(host) and ip_address(host).is_loopback)


def is_address(host: str) -> bool:
    """Tell whether a host is written as an IP address, IPv6 without brackets."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


class AccessMiddleware:
    """An application behind the checks of this module."""

    def __init__(self, app: ASGIApp, host: str) -> None:
        """Protect `app`.

        Args:
            app: any ASGI application.
            host: the address or name it is served on; the names that are allowed are this and `localhost`.
        """
        self._app, self._names = app, {host.lower(), "localhost"}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        refusal = self._refusal(Headers(scope=scope), scope["path"])
        await (error_response(403, refusal) if refusal else self._app)(scope, receive, send_with_headers)

    def _refusal(self, headers: Headers, path: str) -> str | None:
        asked = headers.get("host", "")
        # An address needs no name to be looked up, so that it cannot be a rebound one.
        name = _host_name(asked)
        if not (name in self._names or is_address(name)):
            return f"this page is not served as {asked!a}; open it by its address, or name it with --host"
        if path.startswith("/api/") and _is_foreign(headers, asked):
            return "requests from other pages are refused"
        return None


def _host_name(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _is_foreign(headers: Headers, host: str) -> bool:
    """Tell whether a browser says that the request comes from another page (Fetch Metadata; RFC 6454 for Origin).

    A client that sends neither header is no browser, and no page can make it send anything.
    """
    origin = headers.get("origin")
    site = headers.get("sec-fetch-site", "same-origin")
    return site not in ("same-origin", "none") or (origin is not None and origin != f"http://{host}")
