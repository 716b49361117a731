"""Our service without what it notes: no setting turns off metrics, nor the making of records."""

from flight_delay.serving.metrics import Metrics
from flight_delay.serving.predictor import Predictor
from flight_delay.serving.server import serve


def nothing(*_: object) -> None:
    """Note nothing."""


Metrics.request_done = Metrics.batch_done = Predictor._note = nothing
serve()
