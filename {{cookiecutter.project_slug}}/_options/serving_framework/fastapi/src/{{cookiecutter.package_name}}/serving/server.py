"""Run the service on uvicorn."""

import os
import signal
import socket
import sys
import tempfile
from typing import TYPE_CHECKING, Any

import uvicorn
from uvicorn.config import STARTUP_FAILURE
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.supervisors import Multiprocess

from . import logs
from .gathering import GatheringTransport
from .listening import take_port
from .settings import read_settings

if TYPE_CHECKING:
    from .asgi import Contract

DRAIN_SECONDS = 2.0  # how long an open connection gets to send a last request


class DrainingProtocol(HttpToolsProtocol):
    """Lets a caller go without losing what it is about to send.

    Uvicorn by itself closes idle connections at once, with requests in them that are on their way.
    """

    def connection_made(self, transport: Any) -> None:
        super().connection_made(GatheringTransport(transport, self.loop))  # type: ignore[arg-type]

    def shutdown(self) -> None:
        contract: Contract = self.config.loaded_app
        contract.service.draining = True  # every answer closes its connection from now on
        if self.cycle is None or self.cycle.response_complete:
            self.loop.call_later(DRAIN_SECONDS, super().shutdown)
        else:
            super().shutdown()


def create_worker() -> "Contract":
    """Return the application of one process, which logs like the others."""
    from .app import create_app

    logs.configure()
    return create_app(read_settings())


def serve() -> None:
    """Serve until a signal ends it. Raises SettingsError, or ServerError for a port in use."""
    settings = read_settings()
    logs.configure()
    # Before the libraries of the model are imported, which read it then.
    os.environ.setdefault("OMP_NUM_THREADS", str(settings.omp_num_threads))
    with take_port(settings) as listener:
        # Uvicorn shuts down on these and then raises them again; to have stopped in order is a success.
        for ending in (signal.SIGINT, signal.SIGTERM):
            signal.signal(ending, lambda *_: sys.exit(0))
        config = uvicorn.Config(
            f"{__name__}:create_worker",
            factory=True,
            workers=settings.workers,
            http=DrainingProtocol,
            # Load balancers keep idle connections for a minute; whoever closes first must not be
            # the service, or a request gets lost now and then.
            timeout_keep_alive=75,
            log_config=None,
            access_log=False,  # the service has its own
            proxy_headers=False,  # nothing here depends on who asks
            server_header=False,
        )
        if settings.workers == 1:
            server = uvicorn.Server(config)
            server.run(sockets=[listener])
            started = server.started
        else:
            started = _serve_with_workers(config, listener)
    if not started:
        sys.exit(STARTUP_FAILURE)


def _serve_with_workers(config: uvicorn.Config, listener: socket.socket) -> bool:
    """Serve with several processes that share their metrics; return whether they could start."""
    with tempfile.TemporaryDirectory(prefix="metrics-") as folder:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
        supervisor = Multiprocess(config, [listener])
        supervisor.run()
    return all(process.exitcode != STARTUP_FAILURE for process in supervisor.processes)
