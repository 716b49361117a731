"""Our service without what it notes: no setting turns off metrics, nor the making of records.

Python imports this when it starts, in each process of a service that has this folder on its path:
BentoML's are not the one that is started.
"""

import os

# Metrics that are never counted need no files; they look for the folder when they are imported.
# Ray's replicas look for it later.
folder = os.environ.pop("PROMETHEUS_MULTIPROC_DIR", None)

from flight_delay.serving.metrics import Metrics
from flight_delay.serving.predictor import Predictor

if folder:
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder


def nothing(*_: object) -> None:
    """Note nothing."""


Metrics.request_done = Metrics.batch_done = Predictor._note = nothing
