"""Run the service on gunicorn."""

import os
import shutil
import tempfile

from gunicorn.app.wsgiapp import WSGIApplication

from . import logs
from .listening import take_port
from .settings import read_settings


class _Application(WSGIApplication):  # type: ignore[misc]
    """Gunicorn's own command, whose arguments are not ours."""

    def load_config(self) -> None:
        self.load_config_from_module_name_or_filename(f"python:{__package__}.gunicorn_config")
        self.cfg.set("default_proc_name", __package__)
        self.app_uri = self.cfg.wsgi_app


def serve() -> None:
    """Serve until a signal ends it. Raises SettingsError, or ServerError for a port in use."""
    settings = read_settings()
    logs.configure()
    # Before the libraries of the model are imported, which read it then.
    os.environ.setdefault("OMP_NUM_THREADS", str(settings.omp_num_threads))
    take_port(settings).close()  # gunicorn would try for long
    if settings.workers == 1:
        _run()
    else:
        _run_with_workers()


def _run() -> None:
    _Application("%(prog)s", prog=__package__).run()


def _run_with_workers() -> None:
    """Run several processes that share their metrics."""
    folder = tempfile.mkdtemp(prefix="metrics-")
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
    own = os.getpid()
    try:
        _run()
    finally:
        if os.getpid() == own:  # workers are forked in there, and come by here when they end
            shutil.rmtree(folder)
