"""What the documentation says of speed was measured, by something that sees wrong answers."""

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from benchmarks.serving import report
from benchmarks.serving.servers import Row, Server

ROWS: list[Row] = [{"vector": [n], "expected": n / 128} for n in range(128)]


def test_the_page_shows_the_results_that_are_kept() -> None:
    page = report.PAGE.read_text(encoding="utf-8")
    assert report.page(page) == page


@contextmanager
def serving(answer: Callable[[int], tuple[int, float]]) -> Iterator[str]:
    """Serve on a free port; `answer` gives status and probability for the number of a row."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            row = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status, probability = answer(row[0])
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(probability).encode())

        def log_message(self, *_: Any) -> None:
            pass

    class Listener(ThreadingHTTPServer):
        request_queue_size = 128

    with Listener(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        (lambda n: (200, n / 128), (0, 0, 0)),
        (lambda n: (200, n / 128 + (0.001 if n == 5 else 0)), (5, 0, 0)),
        (lambda n: (200, ((n + 1) if n == 5 else n) / 128), (0, 5, 0)),
        (lambda n: (503 if n == 5 else 200, n / 128), (0, 0, 5)),
    ],
    ids=["right", "wrong", "mixed up", "failed"],
)
def test_an_answer_that_is_not_right_is_found(
    answer: Callable[[int], tuple[int, float]], found: tuple[int, int, int]
) -> None:
    pytest.importorskip("aiohttp")
    from benchmarks.serving.check import check

    here = Path()
    server = Server(
        *("one", "", here, here, ""),
        body=lambda row: row["vector"],
        read=float,
        setting="",
        package="",
    )
    with serving(answer) as url:
        findings = asyncio.run(check(server, url, ROWS))
    assert findings.answers == 640
    assert (findings.wrong, findings.mixed_up, findings.failed) == found
