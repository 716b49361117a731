"""Taking a port, with a message that helps where it cannot be had."""

import errno
import socket

from ..errors import ProjectError


class ServerError(ProjectError):
    """The server cannot start."""


def listen(host: str, port: int) -> socket.socket:
    """Take a port, so that one that cannot be had is known before anything is loaded.

    Raises ServerError if it is in use, or no address of this machine.
    """
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
