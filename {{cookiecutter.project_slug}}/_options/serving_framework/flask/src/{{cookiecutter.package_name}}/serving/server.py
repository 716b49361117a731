"""Run the service on gunicorn."""

import errno
import os
import socket
import tempfile
from contextlib import nullcontext

from gunicorn.app.wsgiapp import WSGIApplication

from ..errors import ProjectError
from . import logs
from .settings import Settings, read_settings


class ServerError(ProjectError):
    """The server cannot start."""


class _Application(WSGIApplication):  # type: ignore[misc]
    """Gunicorn's own command, whose arguments are not ours."""

    def load_config(self) -> None:
        self.load_config_from_module_name_or_filename(f"python:{__package__}.gunicorn_config")
        self.cfg.set("default_proc_name", __package__)
        self.app_uri = self.cfg.wsgi_app


def serve() -> None:
    """Serve until a signal ends it. Raises SettingsError, or ServerError for a busy port."""
    settings = read_settings()
    logs.configure()
    # Before the libraries of the model are imported, which read it then.
    os.environ.setdefault("OMP_NUM_THREADS", str(settings.omp_num_threads))
    _check_port(settings)
    shares = settings.workers > 1
    with tempfile.TemporaryDirectory(prefix="metrics-") if shares else nullcontext() as folder:
        if folder:
            os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
        _Application("%(prog)s", prog=__package__).run()


def _check_port(settings: Settings) -> None:
    """Say at once that a port is in use, where gunicorn would try for long."""
    family, *_, address = socket.getaddrinfo(settings.host, settings.port)[0]
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(address)
        except OSError as error:
            port = settings.port
            if error.errno == errno.EADDRINUSE:
                hint = f"Choose another one: PORT={port + 1} make serve"
                raise ServerError(f"Port {port} is in use. {hint}") from error
            raise ServerError(
                f"Cannot listen on {settings.host}:{port}: {error.strerror}"
            ) from error
