"""The service, without a framework: from the bytes of a request to the bytes of an answer."""

import hmac
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from uuid import uuid4

from pydantic import ValidationError

from .. import bundle
from ..bundle import Bundle, BundleError
from ..encoding import FEATURES, count_unseen, encode
from . import metrics, prediction_log
from .contract import FeedbackRequest, PredictRequest
from .replies import Reply, json_reply, problem, validation_problem
from .settings import Settings

logger = logging.getLogger(__name__)

RETRY = {"Retry-After": "5"}  # seconds


@dataclass(frozen=True)
class Route:
    """One path of the contract. An adapter serves each by calling `Service.handle`."""

    method: str
    path: str
    handler: Callable[[bytes], Reply]
    guarded: bool = False  # by an API key, where keys are set


class Service:
    """Holds the model, the prediction log and the metrics between `start` and `stop`."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.metrics = metrics.Metrics()
        self._bundle: Bundle | None = None
        self._keys = settings.keys()
        self._log = prediction_log.PredictionLog(
            settings.prediction_log_url,
            settings.prediction_log_flush_seconds,
            settings.prediction_log_queue,
            on_drop=self.metrics.dropped.inc,
        )
        self.routes = (
            Route("POST", "/predict", self._predict, guarded=True),
            Route("POST", "/feedback", self._feedback, guarded=True),
            Route("GET", "/model", self._model, guarded=True),
            Route("GET", "/health/live", self._live),
            Route("GET", "/health/ready", self._ready),
            Route("GET", "/metrics", self._metrics),
            # What SageMaker calls the same.
            Route("GET", "/ping", self._ready),
            Route("POST", "/invocations", self._predict, guarded=True),
        )

    def start(self) -> None:
        """Load the model. Without a good bundle the service lives, but is never ready."""
        if not self._keys:
            logger.warning("API_KEYS is not set: everyone who reaches the service may use it")
        self._log.start()
        try:
            self._bundle = bundle.load(self.settings.model_dir, self.settings.model_digest)
        except BundleError as error:
            logger.error("Not ready: %s", error)
            return
        manifest = self._bundle.manifest
        self.metrics.model.labels(manifest.name, manifest.version).set(1)
        logger.info("Ready: %s %s", manifest.name, manifest.version)

    def stop(self) -> None:
        """Write what the prediction log still holds."""
        self._log.stop()

    def handle(self, route: Route, body: bytes, api_key: str | None) -> Reply:
        """Answer a request; never raises.

        Args:
            api_key: the header `X-API-Key`.
        """
        start = time.perf_counter()
        try:
            reply = self._refuse(route, body, api_key) or route.handler(body)
        except Exception:
            logger.exception("%s failed", route.path)
            reply = problem(500, "The service failed; its log says why.")
        self.metrics.latency.labels(route.path).observe(time.perf_counter() - start)
        return self.count(route.path, reply)

    def count(self, path: str, reply: Reply) -> Reply:
        """Count a reply, and return it."""
        self.metrics.requests.labels(path, reply.status).inc()
        return reply

    def too_large(self) -> Reply:
        """The reply to a body over the limit, which an adapter stops reading."""
        limit = self.settings.max_body_bytes
        return problem(413, f"The body has more than {limit:,} bytes; send fewer rows at a time.")

    def _refuse(self, route: Route, body: bytes, api_key: str | None) -> Reply | None:
        if route.guarded and self._keys and not self._knows(api_key):
            return problem(
                401,
                "The header X-API-Key is missing or wrong.",
                headers={"WWW-Authenticate": "ApiKey"},
            )
        if len(body) > self.settings.max_body_bytes:
            return self.too_large()
        return None

    def _knows(self, api_key: str | None) -> bool:
        given = (api_key or "").encode()
        # All keys are compared, each in constant time, so that timing tells nothing about them.
        matches = [hmac.compare_digest(given, key) for key in self._keys]
        return any(matches)

    def _predict(self, body: bytes) -> Reply:
        if self._bundle is None:
            return self._not_ready()
        try:
            instances = PredictRequest.model_validate_json(body).instances
        except ValidationError as error:
            return validation_problem(error)
        limit = self.settings.max_instances
        if len(instances) > limit:
            detail = f"List should have at most {limit} items, not {len(instances)}"
            pointer = "#/instances"
            return problem(422, "Too many instances.", [{"detail": detail, "pointer": pointer}])

        table = {f.name: [getattr(row, f.name) for row in instances] for f in FEATURES}
        matrix = encode(table)
        predictions = self._bundle.answers(self._bundle.predict(matrix))
        self.metrics.rows.inc(len(instances))
        self.metrics.unseen.inc(count_unseen(table, matrix))

        manifest, moment = self._bundle.manifest, prediction_log.now()
        ids = [str(uuid4()) for _ in instances]
        self._log.put(
            "predictions",
            [
                {
                    "prediction_id": prediction_id,
                    "time": moment,
                    "model_version": manifest.version,
                    "features": row.model_dump(),
                    "prediction": prediction,
                }
                for prediction_id, row, prediction in zip(ids, instances, predictions, strict=True)
            ],
        )
        return json_reply(
            {
                "predictions": predictions,
                "model": {"name": manifest.name, "version": manifest.version},
                "prediction_ids": ids,
            }
        )

    def _feedback(self, body: bytes) -> Reply:
        try:
            labels = FeedbackRequest.model_validate_json(body).labels
        except ValidationError as error:
            return validation_problem(error)
        moment = prediction_log.now()
        self._log.put("labels", [{"time": moment, **label.model_dump()} for label in labels])
        return json_reply({"accepted": len(labels)}, status=202)

    def _model(self, _: bytes) -> Reply:
        if self._bundle is None:
            return self._not_ready()
        manifest = self._bundle.manifest.model_dump(mode="json")
        return json_reply(manifest | {"digest": self._bundle.digest})

    def _live(self, _: bytes) -> Reply:
        return json_reply({"status": "ok"})

    def _ready(self, _: bytes) -> Reply:
        return self._not_ready() if self._bundle is None else json_reply({"status": "ok"})

    def _not_ready(self) -> Reply:
        return problem(503, "No model is loaded; the service's log says why.", headers=RETRY)

    def _metrics(self, _: bytes) -> Reply:
        return Reply(200, self.metrics.render(), metrics.MEDIA_TYPE)
