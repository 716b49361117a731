"""Our service without what it notes: no setting turns off metrics, nor the making of records.

Python imports this when it starts, in each process of a service that has this folder on its path:
BentoML's are not the one that is started.
"""

import os

# BentoML sets it, and our service takes it away before its metrics look for it.
os.environ.pop("PROMETHEUS_MULTIPROC_DIR", None)

from flight_delay.serving.metrics import Metrics
from flight_delay.serving.predictor import Predictor


def nothing(*_: object) -> None:
    """Note nothing."""


Metrics.request_done = Metrics.batch_done = Predictor._note = nothing
