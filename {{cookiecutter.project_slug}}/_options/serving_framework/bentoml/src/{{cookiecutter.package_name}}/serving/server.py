"""Run the service on BentoML's own server."""

import errno
import os
import socket
import tempfile

from ..errors import ProjectError
from . import logs
from .settings import read_settings


class ServerError(ProjectError):
    """The server cannot start."""


def serve() -> None:
    """Serve until a signal ends it. Raises SettingsError, or ServerError for a busy port."""
    settings = read_settings()
    host = _free_address(settings.host, settings.port)
    os.environ.setdefault("BENTOML_DO_NOT_TRACK", "True")
    os.environ.setdefault("BENTOML_QUIET", "True")  # its lines are not JSON
    logs.configure()
    from bentoml._internal.configuration.containers import BentoMLContainer

    from .app import bento

    with tempfile.TemporaryDirectory(prefix="metrics-") as folder:
        # The folder that BentoML would take is one for all services of this user, and emptied by
        # whichever starts next.
        BentoMLContainer.prometheus_multiproc_dir.set(folder)
        bento.serve_http(host=host, port=settings.port)


def _free_address(host: str, port: int) -> str:
    """Return the IP address of a host, after seeing that its port can be had."""
    family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(address)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise ServerError(
                    f"Port {port} is in use. Choose another one: PORT={port + 1} make serve"
                ) from error
            raise ServerError(f"Cannot listen on {host}:{port}: {error.strerror}") from error
    return str(address[0])
