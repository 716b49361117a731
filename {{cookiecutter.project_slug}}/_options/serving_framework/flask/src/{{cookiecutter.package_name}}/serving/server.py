"""Run the service on gunicorn."""

import os
import tempfile
from contextlib import nullcontext

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
    shares = settings.workers > 1
    with tempfile.TemporaryDirectory(prefix="metrics-") if shares else nullcontext() as folder:
        if folder:
            os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
        _Application("%(prog)s", prog=__package__).run()
