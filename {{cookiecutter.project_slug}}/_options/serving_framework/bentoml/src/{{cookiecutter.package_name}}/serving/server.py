"""Run the service on BentoML's own server."""

import os
import tempfile

from . import logs
from .listening import take_port
from .settings import read_settings


def serve() -> None:
    """Serve until a signal ends it. Raises SettingsError, or ServerError for a port in use."""
    settings = read_settings()
    with take_port(settings) as listener:
        host, *_ = listener.getsockname()  # BentoML wants an address, not a name
    os.environ.setdefault("BENTOML_DO_NOT_TRACK", "True")
    os.environ.setdefault("BENTOML_QUIET", "True")  # its lines are not JSON
    logs.configure()
    from bentoml._internal.configuration.containers import BentoMLContainer

    from .app import bento

    with tempfile.TemporaryDirectory(prefix="metrics-") as folder:
        # The folder that BentoML would take is one for all services of this user, and emptied by
        # whichever starts next.
        BentoMLContainer.prometheus_multiproc_dir.set(folder)
        bento.serve_http(host=host, port=settings.port)
