"""What gunicorn's threads do with connections."""

import json
import re
import socket
from pathlib import Path

from {{ cookiecutter.package_name }}.example import example_instance

from .server import serving


def test_a_request_that_follows_an_unread_body_at_once_is_answered(tmp_path: Path) -> None:
    body = json.dumps({"instances": [example_instance()]}).encode()
    head = "PUT /predict HTTP/1.1\r\nHost: test\r\nContent-Length: {}\r\n\r\n"
    refused = head.format(len(body)).encode() + body
    last = b"GET /health/live HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n"
    with (
        serving(tmp_path / "log") as server,
        socket.create_connection(("127.0.0.1", server.port), timeout=5) as caller,
    ):
        caller.sendall(refused + refused + last)
        answers = b"".join(iter(lambda: caller.recv(65536), b""))
    assert re.findall(rb"HTTP/1.1 (\d+)", answers) == [b"405", b"405", b"200"]
