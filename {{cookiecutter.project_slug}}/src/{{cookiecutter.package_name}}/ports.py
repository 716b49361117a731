"""Ports of this machine for servers that are not to stay."""

import contextlib
import random
import socket


def free_port() -> int:
    """Return a port that is free, and that no one is given by the system in the meantime.

    Raises OSError if there are too few.
    """
    for port in random.sample(range(20_000, 32_768), 100):  # the system gives those above
        with contextlib.suppress(OSError), socket.socket() as listener:
            listener.bind(("127.0.0.1", port))
            return port
    raise OSError("Too few ports from 20000 to 32767 are free.")
