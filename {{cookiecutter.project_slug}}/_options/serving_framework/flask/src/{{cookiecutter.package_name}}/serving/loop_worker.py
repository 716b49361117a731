"""Gunicorn's threads, and its loop put to use.

Gunicorn hands each request from the loop that waits for all connections to a thread, and the
connection back. Passing the interpreter's lock to and fro takes longer than most models. Requests
to the contract that are here in full are therefore answered by the loop itself, all that came
together with one call of the model. A thread takes whatever might have to wait: for the rest of a
body, for a slow model, for a route of Flask's, for a caller that does not read its answer. The rest
of a head is waited for on the loop: gunicorn would let a thread wait for it without end.
"""

import re
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from selectors import EVENT_READ
from typing import Any

from gunicorn.http import wsgi
from gunicorn.http.errors import LimitRequestHeaders
from gunicorn.http2.negotiation import prior_knowledge_allowed
from gunicorn.workers.gthread import ThreadWorker

MOST_AT_ONCE = 65_536  # bytes of a request; a larger one is left to a thread, a larger head refused

HEAD_END = b"\r\n\r\n"

LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,9})[ \t]*\r\n", re.IGNORECASE)
CONTINUES = re.compile(rb"\r\n(?:transfer-encoding|expect|upgrade):", re.IGNORECASE)


class Outbox(bytearray):
    """Stands for the socket while an answer is written, so that it is sent in one piece."""

    sendall = bytearray.extend


class Settled:
    """Gunicorn's settings, each worked out once: gunicorn does so a dozen times for a request."""

    def __init__(self, cfg: Any) -> None:
        self._cfg = cfg

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._cfg, name)
        setattr(self, name, value)
        return value


@dataclass(slots=True)
class Exchange:
    """A request that the application has, and what becomes of it: gunicorn's own objects."""

    conn: Any
    request: Any
    response: Any
    environ: dict[str, Any]
    answer: Any  # what the application returned
    outbox: Outbox
    start: datetime


def is_whole(data: bytes) -> bool:
    """Whether data is one request, with nothing missing and nothing after it."""
    end = data.find(HEAD_END)
    head = data[: end + 2]
    if end < 0 or CONTINUES.search(head):
        return False
    length = LENGTH.search(head)
    return len(data) == end + 4 + (int(length[1]) if length else 0)


def has_rest(conn: Any) -> bool:
    """Whether more has been read from a connection than was needed to answer."""
    return bool(conn.parser.unreader.buf.getbuffer().nbytes)


class LoopWorker(ThreadWorker):  # type: ignore[misc]
    """Answers on its loop what need not wait. Its application is a `wsgi.Contract`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._begun: list[Exchange] = []
        self.cfg: Any = Settled(self.cfg)
        self._logs_access = self.log.access_log_enabled

    def accept(self, listener: Any) -> None:
        """Let in all callers that wait, instead of one at each turn of the loop."""
        before = -1
        while before < self.nr_conns < self.worker_connections:
            before = self.nr_conns
            super().accept(listener)

    def enqueue_req(self, conn: Any) -> None:
        """Wait for a new caller's first request here, too, where nothing has to precede it."""
        if conn.initialized or self.cfg.is_ssl or prior_knowledge_allowed(self.cfg, conn.client):
            super().enqueue_req(conn)
            return
        conn.init()
        conn.sock.setblocking(False)
        self._keep(conn)
        self.poller.register(conn.sock, EVENT_READ, partial(self.on_client_socket_readable, conn))

    def on_client_socket_readable(self, conn: Any, client: Any) -> None:
        """Begin with a request, leave it to a thread, or wait for the rest of its head."""
        if self.cfg.is_ssl:
            super().on_client_socket_readable(conn, client)
            return
        try:
            data = client.recv(MOST_AT_ONCE)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._drop(conn)
            return
        data = conn.parser.unreader.take_buffered() + data
        conn.parser.unreader.unread(data)
        if self._takes(data):
            self._begin(conn)
        elif HEAD_END in data:
            super().on_client_socket_readable(conn, client)
        elif len(data) >= MOST_AT_ONCE:
            self._fail(conn, None, LimitRequestHeaders("The head has no end"))

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        """Begin with all requests that are here, then answer them."""
        super().wait_for_and_dispatch_events(timeout)
        begun, self._begun = self._begun, []
        for exchange in begun:
            self._complete(exchange)

    def _takes(self, data: bytes) -> bool:
        service = self.wsgi.service
        target = data[: data.find(b" ", data.find(b" ") + 1)]
        return (
            target in self.wsgi.targets
            and is_whole(data)
            and not (service.draining or service.model.is_slow)
            and self.nr + 1 < self.max_requests  # the last one ends this process
        )

    def _begin(self, conn: Any) -> None:
        request, outbox, start = None, Outbox(), datetime.now()
        try:
            request = next(conn.parser)
            self.cfg.pre_request(self, request)
            response, environ = wsgi.create(request, outbox, conn.client, conn.server, self.cfg)
            environ["wsgi.multithread"] = True
            self.nr += 1
            answer = self.wsgi(environ, response.start_response)
        except Exception as error:
            self._fail(conn, request, error)
        else:
            exchange = Exchange(conn, request, response, environ, answer, outbox, start)
            self._begun.append(exchange)

    def _complete(self, exchange: Exchange) -> None:
        conn, request, response = exchange.conn, exchange.request, exchange.response
        try:
            for part in exchange.answer:
                response.write(part)
            response.close()
            if has_rest(conn):  # a body that nobody wanted
                conn.parser.finish_body()
            conn.parser.mesg = None  # spares the parser a look for more of it
            if self._logs_access:
                seconds = datetime.now() - exchange.start
                self.log.access(response, request, exchange.environ, seconds)
            self.cfg.post_request(self, request, exchange.environ, response)
            self._send(conn, exchange.outbox, keep=not response.should_close())
        except Exception as error:
            self._fail(conn, request, error)

    def _send(self, conn: Any, data: bytearray, keep: bool) -> None:
        try:
            sent = conn.sock.send(data)
        except BlockingIOError:
            sent = 0
        self.keepalived_conns.remove(conn)
        if sent == len(data) and keep:
            self._keep(conn)
            return
        self.poller.unregister(conn.sock)
        seconds = self.wsgi.service.settings.request_timeout_seconds
        rest = self.tpool.submit(_send_rest, conn, data[sent:], seconds, keep)
        rest.add_done_callback(
            lambda done: self.method_queue.defer(self.finish_request, conn, done)
        )

    def finish_request(self, conn: Any, fs: "Future[Any]") -> None:
        """Take a connection back from a thread, or let a thread close it.

        Where an answer did not need the body of its request, gunicorn reads that body afterwards,
        and what follows with it. If that is a whole request, the socket may not become readable.
        Closing waits for the caller to hang up, which the loop must not.
        """
        ended = self.alive and not fs.cancelled() and not fs.exception()
        if ended and fs.result() is True and HEAD_END in conn.parser.unreader.buf.getvalue():
            super().enqueue_req(conn)
        elif ended and fs.result() is False:
            self.nr_conns -= 1
            self.tpool.submit(conn.close, graceful=True)
        else:
            super().finish_request(conn, fs)

    def _keep(self, conn: Any) -> None:
        conn.set_timeout()
        self.keepalived_conns.append(conn)  # they are in the order of their timeouts

    def _fail(self, conn: Any, request: Any, error: Exception) -> None:
        """Say what is wrong with a request, and close its connection."""
        if not isinstance(error, OSError):
            self.handle_error(request, conn.sock, conn.client, error)
        self._drop(conn)

    def _drop(self, conn: Any) -> None:
        self.keepalived_conns.remove(conn)
        self.poller.unregister(conn.sock)
        self.nr_conns -= 1
        conn.close()


def _send_rest(conn: Any, data: bytearray, seconds: float, keep: bool) -> bool:
    """Send what the caller was not ready for, in a thread; return whether to keep the connection."""
    conn.sock.settimeout(seconds)
    conn.sock.sendall(data)
    return keep
