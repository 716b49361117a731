"""What goes wrong with a request is in the log, and nowhere else."""

import logging
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from {{ cookiecutter.package_name }}.http_server import Handler, Server


class Failing(Handler):
    timeout = 0.2

    def do_GET(self) -> None:
        raise ValueError("not foreseen")

    def do_POST(self) -> None:
        self.rfile.read(10)

    def do_PUT(self) -> None:
        raise BrokenPipeError("gone")


@pytest.fixture
def address() -> Iterator[tuple[str, int]]:
    with Server(("127.0.0.1", 0), Failing) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield "127.0.0.1", server.server_port
        server.shutdown()


@pytest.mark.parametrize(
    ("method", "level", "message"),
    [
        ("GET", logging.ERROR, "A request could not be answered"),
        ("PUT", logging.INFO, "A caller was gone before it was answered (gone)"),
    ],
)
def test_what_goes_wrong_is_said_in_the_log(
    address: tuple[str, int],
    method: str,
    level: int,
    message: str,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.INFO)
    with socket.create_connection(address) as caller:
        caller.sendall(f"{method} / HTTP/1.1\r\n\r\n".encode())
        assert caller.recv(1) == b""
    deadline = time.monotonic() + 10
    while not caplog.records and time.monotonic() < deadline:
        time.sleep(0.01)
    (record,) = caplog.records
    assert (record.levelno, record.getMessage()) == (level, message)
    assert "".join(capfd.readouterr()) == ""


def test_a_caller_that_says_no_more_is_let_go(address: tuple[str, int]) -> None:
    with socket.create_connection(address, timeout=10) as caller:
        caller.sendall(b"POST / HTTP/1.1\r\n\r\n1234")
        assert caller.recv(1) == b""
