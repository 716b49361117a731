"""Run the service on uvicorn."""

import errno
import logging
import signal
import socket
import sys

import uvicorn
from pydantic import ValidationError
from rich.logging import RichHandler

from ..errors import ProjectError
from .app import create_app
from .settings import Settings


class ServerError(ProjectError):
    """The server cannot start."""


def serve() -> None:
    """Serve until a signal ends it. Raises ServerError for a wrong setting or a busy port."""
    try:
        settings = Settings()
    except ValidationError as error:
        wrong = [f"  {str(e['loc'][0]).upper()}: {e['msg']}" for e in error.errors()]
        raise ServerError("\n".join(["Wrong settings (see .env.example):", *wrong])) from error
    logging.basicConfig(level=logging.INFO, format="%(message)s", handlers=[RichHandler()])
    # Uvicorn shuts down on these and then raises them again; having stopped in order is a success.
    for ending in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ending, lambda *_: sys.exit(0))
    with _listen(settings.host, settings.port) as listener:
        config = uvicorn.Config(create_app(settings), log_config=None, access_log=False)
        uvicorn.Server(config).run(sockets=[listener])


def _listen(host: str, port: int) -> socket.socket:
    """Take the port before the model is loaded, so that a busy one is known at once."""
    family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise ServerError(
                f"Port {port} is in use. Choose another one: PORT={port + 1} make serve"
            ) from error
        raise ServerError(f"Cannot listen on {host}:{port}: {error.strerror}") from error
    return listener
