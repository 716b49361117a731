"""From validated rows to answers, for many requests at once."""

import logging
import time
from collections.abc import Iterable
from uuid import UUID

from pydantic import ValidationError

from ..bundle import Bundle
from ..encoding import FEATURES, count_unseen, encode
from . import prediction_log
from .contract import Json, PredictRequest, limited
from .live_model import LiveModel
from .logs import RowLog, log_failure
from .metrics import Metrics
from .prediction_log import PredictionLog
from .replies import Reply, json_reply, problem, validation_problem
from .request import RANDOM, Job, Request
from .settings import Settings

logger = logging.getLogger(__name__)

NAMES = tuple(feature.name for feature in FEATURES)


class Predictor:
    """Reads rows, predicts them in batches, and notes what was predicted."""

    def __init__(
        self, settings: Settings, model: LiveModel, log: PredictionLog, metrics: Metrics
    ) -> None:
        self._settings = settings
        self._request = limited(PredictRequest, "instances", settings.max_instances)
        self._model = model
        self._log = log
        self._rows = RowLog(settings.log_sample)
        self._metrics = metrics

    def read(self, request: Request, body: bytes) -> Reply | Job:
        """Return the rows of a body as a job, or the reply that says what is wrong with them."""
        if self._model.bundle is None:
            return not_ready()
        try:
            return Job(request, self._request.model_validate_json(body).instances)
        except ValidationError as error:
            return validation_problem(error)

    def answer(self, jobs: list[Job]) -> list[Reply]:
        """Return the reply to each job; never raises. All are answered by the same model."""
        model = self._model.bundle
        if model is None:
            return [not_ready() for _ in jobs]
        oldest = time.perf_counter() - self._settings.request_timeout_seconds
        replies = iter(self._try(model, [job for job in jobs if job.request.start > oldest]))
        return [next(replies) if job.request.start > oldest else busy() for job in jobs]

    def _try(self, model: Bundle, jobs: list[Job]) -> list[Reply]:
        """Predict what has not waited too long."""
        if not jobs:
            return []
        try:
            return self._predict(model, jobs)
        except Exception as error:
            if len(jobs) == 1:
                log_failure(logger, jobs[0].request, error, self._settings.log_error_messages)
                return [failed()]
        # One of them failed: the others are not to suffer for it.
        return [reply for job in jobs for reply in self.answer([job])]

    def _predict(self, model: Bundle, jobs: list[Job]) -> list[Reply]:
        # A row's fields are its `__dict__`; copying them would take longer than the model.
        rows = [row.__dict__ for job in jobs for row in job.rows]
        table = {name: [row[name] for row in rows] for name in NAMES}
        matrix = encode(table)
        raw = model.predict(matrix)
        predictions = model.answers(raw)
        self._metrics.batch_done(raw, count_unseen(table, matrix))

        ids = [str(UUID(int=RANDOM.getrandbits(128), version=4)) for _ in rows]
        self._note(model, jobs, zip(ids, rows, predictions, strict=True))
        reference = {"name": model.manifest.name, "version": model.manifest.version}
        replies, start = [], 0
        for job in jobs:
            own = slice(start, start + len(job.rows))
            replies.append(
                json_reply(
                    {
                        "predictions": predictions[own],
                        "model": reference,
                        "prediction_ids": ids[own],
                    }
                )
            )
            start = own.stop
        return replies

    def _note(
        self, model: Bundle, jobs: list[Job], predicted: Iterable[tuple[str, Json, Json]]
    ) -> None:
        """Put id, row and prediction of each row of a batch into the prediction log, some into ours."""
        moment, version = prediction_log.now(), model.manifest.version
        requests = (job.request for job in jobs for _ in job.rows)
        records: list[prediction_log.Record] = []
        for request, (one, row, prediction) in zip(requests, predicted, strict=True):
            record = {
                "time": moment,
                "model_version": version,
                "prediction_id": one,
                "features": row,
                "prediction": prediction,
                "request_id": request.id,
            }
            if request.trace_id:
                record["trace_id"] = request.trace_id
            records.append(record)
        self._log.put("predictions", records)
        self._rows.note(records)


def not_ready() -> Reply:
    return problem(503, "No model is loaded; the log says why.", headers={"Retry-After": "5"})


def busy() -> Reply:
    return problem(503, "Too many requests are waiting.", headers={"Retry-After": "1"})


def failed() -> Reply:
    return problem(500, "The service failed; its log says why.")
