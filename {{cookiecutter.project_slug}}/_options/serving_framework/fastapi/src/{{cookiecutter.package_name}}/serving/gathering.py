"""What is written in one turn of the event loop is sent in one piece.

Uvicorn writes the head and the body of an answer one after the other, and uvloop hands each to the
system at once. One call less for each answer saves more than validating its request costs.
"""

import asyncio
from typing import Any


class GatheringTransport:
    """A transport that gathers what is written to it; in all else, the one it is made of."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._written: list[bytes] = []

    def write(self, data: bytes) -> None:
        if not self._written:
            self._loop.call_soon(self._send)
        self._written.append(data)

    def close(self) -> None:
        self._send()
        self._transport.close()

    def _send(self) -> None:
        if self._written:
            data, self._written = b"".join(self._written), []
            self._transport.write(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)
