"""Connections that send nothing: each may wait for a while, and gives way when others need the place."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol


@dataclass(frozen=True)
class Patience:
    """How long a client may take.

    Attributes:
        silence: seconds without a byte of a request that has not ended.
        request: seconds for a whole request.
        reading: seconds to take a response.
        connections: that may be open; beyond them the one that has been idle for longest is closed.
    """

    silence: float = 10.0
    request: float = 120.0
    reading: float = 60.0
    connections: int = 256


PATIENCE = Patience()


class PatientProtocol(H11Protocol):
    """uvicorn's HTTP/1.1, which by itself waits for ever for the rest of a request."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a connection, in the place of the most idle one if there are too many."""
        super().connection_made(transport)
        self._since = self._heard = self.loop.time()
        self._timer = self.loop.call_later(1.0, self._watch)
        _make_room(self.connections, self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget a connection."""
        self._timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take some bytes of a request."""
        self._heard = self.loop.time()
        super().data_received(data)

    def on_response_complete(self) -> None:
        """Wait for the next request."""
        self._since = self._heard = self.loop.time()
        super().on_response_complete()

    @property
    def is_idle(self) -> bool:
        """Whether the client is waited for, rather than the other way round."""
        return self._is_asking or self._is_answered

    @property
    def idle_since(self) -> float:
        """When the last byte came, by the loop's clock."""
        return self._heard

    @property
    def _is_asking(self) -> bool:
        return self.conn.their_state in (h11.IDLE, h11.SEND_BODY)

    @property
    def _is_answered(self) -> bool:
        return self.cycle is not None and self.cycle.response_started

    def _watch(self) -> None:
        now = self.loop.time()
        silent, took = now - self._heard, now - self._since
        if self._is_asking:
            impatient = silent > PATIENCE.silence or took > PATIENCE.request
        else:
            impatient = self._is_answered and silent > PATIENCE.reading
        if impatient:
            self.transport.abort()
        else:
            self._timer = self.loop.call_later(1.0, self._watch)


def _make_room(connections: Iterable[Any], newest: PatientProtocol) -> None:
    """Close the connection that has been idle for longest, if there are too many."""
    live = [one for one in connections if isinstance(one, PatientProtocol) and not one.transport.is_closing()]
    idle = [one for one in live if one.is_idle and one is not newest]
    if idle and len(live) > PATIENCE.connections:
        min(idle, key=lambda one: one.idle_since).transport.abort()
