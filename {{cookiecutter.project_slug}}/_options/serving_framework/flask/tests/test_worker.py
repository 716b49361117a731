"""What gunicorn's loop and threads do with connections."""

import json
import re
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.client import HTTPResponse
from pathlib import Path

import pytest

from {{ cookiecutter.package_name }}.client import ask
from {{ cookiecutter.package_name }}.example import example_instance
from {{ cookiecutter.package_name }}.serving.loop_worker import is_whole

from .server import Server, serving

BODY = json.dumps({"instances": [example_instance()]}).encode()
LAST = b"GET /health/live HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n"
PROMPTLY = 1.0  # seconds


def request(method: str, path: str, body: bytes = b"") -> bytes:
    head = f"{method} {path} HTTP/1.1\r\nHost: test\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    log = tmp_path_factory.mktemp("served") / "log"
    with serving(log, MAX_BODY_BYTES="20000") as server:
        yield server


@contextmanager
def connected(server: Server) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as caller:
        yield caller


def read_all(caller: socket.socket) -> bytes:
    return b"".join(iter(lambda: caller.recv(65536), b""))


def read_one(caller: socket.socket) -> HTTPResponse:
    response = HTTPResponse(caller)
    response.begin()
    response.read()
    return response


def statuses(answers: bytes) -> list[bytes]:
    return re.findall(rb"HTTP/1.1 (\d+)", answers)


def others_are_answered_promptly(server: Server) -> bool:
    start = time.monotonic()
    ask(server.url, [example_instance()])
    return time.monotonic() - start < PROMPTLY


@pytest.mark.parametrize(
    ("data", "whole"),
    [
        (request("POST", "/predict", b"{}"), True),
        (request("GET", "/model"), True),
        (b"GET /model HTTP/1.1\r\nHost: test\r\n\r\n", True),
        (
            request("POST", "/predict", b"{}").replace(b"Content-Length:", b"content-LENGTH:  "),
            True,
        ),
        (request("POST", "/predict", b"{}")[:-1], False),
        (request("GET", "/model")[:-1], False),
        (request("GET", "/model") * 2, False),
        (b"POST /predict HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", False),
        (b"POST /predict HTTP/1.1\r\nExpect: 100-continue\r\n\r\n", False),
    ],
)
def test_only_one_request_with_nothing_missing_is_whole(data: bytes, whole: bool) -> None:
    assert is_whole(data) is whole


def test_a_request_that_follows_an_unread_body_at_once_is_answered(server: Server) -> None:
    refused = request("PUT", "/predict", BODY)
    with connected(server) as caller:
        caller.sendall(refused + refused + LAST)
        answers = read_all(caller)
    assert statuses(answers) == [b"405", b"405", b"200"]


@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_a_request_that_follows_an_unread_body_later_is_answered(
    server: Server, method: str
) -> None:
    refused = request(method, "/predict", b"[" + b" " * 40_000)  # too large, or of the wrong method
    with connected(server) as caller:
        for _ in range(2):
            caller.sendall(refused)
            assert read_one(caller).status == (405 if method == "PUT" else 413)
        caller.sendall(request("POST", "/predict", BODY)[:-1])
        time.sleep(0.1)  # so that a thread takes it
        caller.sendall(BODY[-1:] + LAST)
        assert statuses(read_all(caller)) == [b"200", b"200"]


def test_a_request_in_pieces_is_answered_and_holds_up_nobody(server: Server) -> None:
    whole = request("POST", "/predict", BODY)
    with connected(server) as caller:
        for piece in (whole[:10], whole[10:100], whole[100:]):
            caller.sendall(piece)
            assert others_are_answered_promptly(server)
        caller.sendall(LAST)
        assert statuses(read_all(caller)) == [b"200", b"200"]


def test_callers_that_stop_in_the_middle_of_their_heads_keep_no_thread(server: Server) -> None:
    with ExitStack() as callers:
        for _ in range(64):  # as many as there are threads
            callers.enter_context(connected(server)).sendall(b"GET / HTTP/1.1\r\n")
        last = callers.enter_context(connected(server))
        last.sendall(request("GET", "/nothing"))  # which takes a thread
        assert read_one(last).status == 404


def test_a_head_in_pieces_after_an_unread_body_is_answered(server: Server) -> None:
    with connected(server) as caller:
        caller.sendall(request("PUT", "/predict", BODY) + LAST[:20])
        assert read_one(caller).status == 405
        caller.sendall(LAST[20:])
        assert statuses(read_all(caller)) == [b"200"]


def test_a_head_without_an_end_is_refused(server: Server) -> None:
    with connected(server) as caller:
        caller.sendall(b"GET / HTTP/1.1\r\nHost: ".ljust(65_536, b"x"))
        assert statuses(read_all(caller)) == [b"431"]


def test_a_chunked_body_is_read(server: Server) -> None:
    head = b"POST /predict HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n"
    with connected(server) as caller:
        caller.sendall(head + b"%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY) + LAST)
        assert statuses(read_all(caller)) == [b"200", b"200"]


def test_a_caller_that_does_not_hang_up_holds_up_nobody(server: Server) -> None:
    with connected(server) as first, connected(server) as second:
        for caller in (first, second):
            caller.sendall(LAST)
            assert statuses(read_all(caller)) == [b"200"]
        assert others_are_answered_promptly(server)


def test_a_caller_that_does_not_read_gets_all_answers_later(server: Server) -> None:
    asked = 400  # whose answers no system's buffers hold
    with connected(server) as caller:
        for _ in range(asked):
            caller.sendall(request("GET", "/openapi.json"))
            time.sleep(0.002)  # so that they come one by one
        assert others_are_answered_promptly(server)
        caller.sendall(LAST)
        answers = read_all(caller)
    assert statuses(answers) == [b"200"] * (asked + 1)
    assert len(answers) > 5_000_000


def test_what_is_not_http_is_refused_and_nobody_else_suffers(server: Server) -> None:
    with connected(server) as caller:
        caller.sendall(b"GET /model HTTP/1.1\r\nno header\r\n\r\n")
        assert statuses(read_all(caller)) == [b"400"]
    assert others_are_answered_promptly(server)


def test_what_is_wrong_with_a_request_is_not_quoted_in_the_log(server: Server) -> None:
    with connected(server) as caller:
        caller.sendall(b"GET /model HTTP/1.1\r\nX-API-Key no-colon-before-it\r\n\r\n")
        assert statuses(read_all(caller)) == [b"400"]
    server.wait_for("Invalid request from")
    assert "no-colon-before-it" not in server.output.read_text(encoding="utf-8")


def test_it_ends_in_order_while_another_worker_still_loads(tmp_path: Path) -> None:
    with serving(tmp_path / "log") as server:
        server.process.send_signal(signal.SIGTTIN)  # one more
        server.wait_for("Booting worker", times=2)
        assert server.stop() == 0


def test_a_worker_that_ends_leaves_the_metrics_to_the_others(tmp_path: Path) -> None:
    with serving(tmp_path / "log", WORKERS="2") as server:
        server.wait_for("Ready: ", times=2)
        server.process.send_signal(signal.SIGTTOU)  # one less
        server.wait_for("Worker exiting")
        server.process.send_signal(signal.SIGTTIN)
        server.wait_for("Ready: ", times=3)
        with connected(server) as caller:
            caller.sendall(LAST.replace(b"/health/live", b"/metrics"))
            assert b'requests_total{route="/predict",status="200"} 1.0' in read_all(caller)
        assert server.stop() == 0


def test_workers_do_not_give_the_same_ids(tmp_path: Path) -> None:
    with serving(tmp_path / "log") as server:
        ids = set()
        for number in (2, 3):  # each has answered nothing before
            server.process.send_signal(signal.SIGTTIN)  # one more
            server.wait_for("Ready: ", times=number)
            server.process.send_signal(signal.SIGTTOU)  # without the one before it
            server.wait_for("Worker exiting", times=number - 1)
            with connected(server) as caller:
                caller.sendall(LAST)
                ids.add(read_one(caller).headers["X-Request-ID"])
        assert len(ids) == 2
