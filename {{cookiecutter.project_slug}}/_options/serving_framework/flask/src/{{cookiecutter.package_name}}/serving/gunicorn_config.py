"""The configuration of gunicorn: settings of other names can be added here."""

import logging
from typing import Any

from gunicorn import glogging

from .request import RANDOM
from .settings import read_settings
from .worker import DrainingWorker

_settings = read_settings()

BAD_REQUEST = "Invalid request"  # what gunicorn's warning of one begins with


class Logger(glogging.Logger):  # type: ignore[misc]
    """Leaves it to the service where logs go."""

    def setup(self, cfg: Any) -> None:
        self.loglevel = logging.INFO
        self.error_log.propagate = True
        self.error_log.setLevel(self.loglevel)

    def warning(self, msg: str, *args: Any, **kwargs: Any) -> None:
        """Leave out what gunicorn quotes of a request that is none: it may be a key."""
        told = msg.partition(": ")[0]
        super().warning(told if msg.startswith(BAD_REQUEST) else msg, *args, **kwargs)


wsgi_app = f"{__package__}.app:create_app()"
bind = f"{_settings.host}:{_settings.port}"
workers = _settings.workers
worker_class = DrainingWorker
threads = 64
keepalive = 75  # seconds
timeout = 120  # seconds that a worker may take to load its model
logger_class = Logger
control_socket_disable = True


def post_fork(_: Any, __: DrainingWorker) -> None:
    RANDOM.seed()  # each worker would give the ids of the others, otherwise


def post_worker_init(worker: DrainingWorker) -> None:
    worker.wsgi.service.start()


def worker_exit(_: Any, worker: DrainingWorker) -> None:
    if worker.wsgi:
        worker.wsgi.service.stop()
