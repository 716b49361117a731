"""Our service without what it notes: no setting turns off metrics, nor the making of records.

Python imports this when it starts, in each process of a service that has this folder on its path:
those of BentoML and Ray are not the one that is started.
"""

import os
from unittest.mock import patch

# What counts nothing needs no files: metrics look for the folder when they are imported. Ray's
# replicas need it later.
with patch.dict(os.environ):
    os.environ.pop("PROMETHEUS_MULTIPROC_DIR", None)
    from flight_delay.serving.metrics import Metrics
    from flight_delay.serving.predictor import Predictor


def nothing(*_: object) -> None:
    """Note nothing."""


Metrics.request_done = Metrics.batch_done = Predictor._note = nothing
