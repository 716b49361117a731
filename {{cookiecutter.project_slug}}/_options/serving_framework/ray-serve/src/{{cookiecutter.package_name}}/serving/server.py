"""Run the service on a Ray cluster of its own, on this machine."""

import contextlib
import io
import logging
import os
import random
import signal
import socket
import sys
from collections.abc import Callable
from queue import SimpleQueue
from types import FrameType

from .. import NAME
from . import logs
from .listening import ServerError, take_port
from .settings import Settings, read_settings

logger = logging.getLogger(__name__)

OBJECT_STORE_BYTES = 80_000_000  # the least that Ray takes; the service puts nothing there


def serve() -> None:
    """Serve until a signal ends it. Raises SettingsError, or ServerError for a port in use."""
    settings = read_settings()
    take_port(settings).close()  # before Ray takes its time to start
    logs.configure()
    with contextlib.redirect_stdout(RayOutput()):
        _serve(settings)


class RayOutput(io.TextIOBase):
    """Where Ray prints: what replicas log is JSON and goes to stdout, its own notices to stderr."""

    def write(self, text: str) -> int:
        if text != "\n":  # which print() writes by itself: other threads print too
            stream = sys.__stdout__ if text.startswith("{") else sys.stderr
            print(text, file=stream, flush=True)
        return len(text)


def _serve(settings: Settings) -> None:
    for name, value in _environment().items():
        os.environ.setdefault(name, value)
    # Ray reads the environment when it is imported.
    import ray
    import ray.serve

    from .app import application

    # A handler that raised would interrupt Ray in the middle of what it does.
    endings: SimpleQueue[int] = SimpleQueue()
    _on_ending(lambda number, _: endings.put(number))
    logging.getLogger("ray.serve").setLevel(logging.WARNING)
    try:
        ray.init(
            address="local",
            num_cpus=max(os.cpu_count() or 1, settings.workers),
            object_store_memory=OBJECT_STORE_BYTES,
            include_dashboard=False,
            logging_level=logging.WARNING,
            _node_ip_address="127.0.0.1",
        )
        _on_ending(lambda number, _: endings.put(number))  # once more: Ray has put its own in place
        ray.serve.start(
            http_options={"host": settings.host, "port": settings.port},
            logging_config={"log_level": "WARNING", "enable_access_log": False},
        )
        ray.serve.run(application({}), name=NAME, route_prefix="/")
        logger.info("Serving on http://%s:%d", settings.host, settings.port)
        endings.get()
    finally:
        _on_ending(signal.SIG_IGN)
        # The replicas finish what they have begun, and write what the prediction log still holds.
        # Shutting down alone would end the proxy before them.
        ray.serve.delete(NAME)
        ray.serve.shutdown()  # type: ignore[no-untyped-call]
        ray.shutdown()


def _on_ending(handler: Callable[[int, FrameType | None], object] | signal.Handlers) -> None:
    for ending in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ending, handler)


def _environment() -> dict[str, str]:
    """Return Ray's settings; those that are set already are left as they are."""
    ours = {
        "RAY_USAGE_STATS_ENABLED": "0",
        "RAY_ENABLE_UV_RUN_RUNTIME_ENV": "0",  # replicas share the environment that is there
        # What replicas log comes through this process.
        "RAY_SERVE_LOG_TO_STDERR": "1",
        "RAY_DISABLE_WORKER_LOG_PREFIX": "1",
        "RAY_DEDUP_LOGS": "0",
        "RAY_SERVE_THROUGHPUT_OPTIMIZED": "1",
        # After 5 seconds Ray would give up a proxy, and with it the start, on a busy machine.
        "RAY_SERVE_PROXY_READY_CHECK_TIMEOUT_S": "60",
        # How long a replica that is to end waits until no proxy knows it any more: half a second
        # was too short on a busy machine, and requests that HAProxy still sent on were lost.
        "RAY_SERVE_DIRECT_INGRESS_MIN_DRAINING_PERIOD_S": "3",
    }
    if sys.platform != "linux":  # the others have no HAProxy
        return ours
    metrics, stats, fallback = _free_ports(3)
    return ours | {
        # HAProxy passes requests on, ten times as fast as Ray's own proxy in Python.
        "RAY_SERVE_ENABLE_HA_PROXY": "1",
        # Otherwise two services on one machine would want the same ports.
        "RAY_SERVE_HAPROXY_METRICS_PORT": str(metrics),
        "RAY_SERVE_HAPROXY_STATS_PORT": str(stats),
        "RAY_SERVE_FALLBACK_PROXY_HTTP_PORT": str(fallback),
    }


def _free_ports(number: int) -> list[int]:
    """Return ports that are free, and that no one else is given before HAProxy takes them.

    Ray opens many ports that the system picks, so these stay below those (from 32768 on), and above
    those of Ray's own workers (up to 19999). Raises ServerError if there are too few.
    """
    ports: list[int] = []
    for port in random.sample(range(20_000, 32_768), 100):
        with contextlib.suppress(OSError), socket.socket() as listener:
            listener.bind(("", port))
            ports.append(port)
        if len(ports) == number:
            return ports
    raise ServerError("Too few ports from 20000 to 32767 are free for Ray's proxy.")
