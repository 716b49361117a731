"""Taking the ports, with a message that helps where one cannot be had."""

import errno
import socket

from ..errors import ProjectError
from .settings import Settings


class ServerError(ProjectError):
    """The server cannot start."""


def take_port(settings: Settings) -> socket.socket:
    """Take the port, and see that the management port can be had, before anything is loaded.

    Raises ServerError if one is in use, or the host is no address of this machine.
    """
    apart = settings.management_port
    if apart is not None and apart != settings.port:
        _listen(settings.host, apart, "MANAGEMENT_PORT").close()
    return _listen(settings.host, settings.port, "PORT")


def _listen(host: str, port: int, variable: str) -> socket.socket:
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except socket.gaierror as error:
        raise ServerError(f"HOST={host} is no address: {error.strerror}") from error
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise ServerError(
                f"Port {port} is in use. Choose another one: {variable}={port + 1} make serve"
            ) from error
        raise ServerError(f"Cannot listen on {host}:{port}: {error.strerror}") from error
    return listener
