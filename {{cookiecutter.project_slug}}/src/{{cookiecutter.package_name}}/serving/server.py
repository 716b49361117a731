"""Run the service on uvicorn."""

import errno
import logging
import signal
import socket
import sys

import uvicorn

from ..errors import ProjectError
from .app import create_app
from .settings import read_settings


class ServerError(ProjectError):
    """The server cannot start."""


def serve() -> None:
    """Serve until a signal ends it. Raises SettingsError, or ServerError for a busy port."""
    settings = read_settings()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
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
