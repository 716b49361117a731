"""The service, without a framework: from the bytes of a request to the bytes of an answer.

An adapter serves each of `routes` in four steps: `refuse` what is not welcome before its body is
read, `receive` the body, have `answer` give the replies to all the jobs that wait, and `finish`.
"""

import hmac
import logging
import time

from pydantic import ValidationError

from . import metrics, openapi, page, prediction_log
from .contract import FeedbackRequest, limited
from .live_model import LiveModel
from .logs import log_access, log_failure, stdout
from .management import Management
from .predictor import Predictor, busy, failed, not_ready
{% if cookiecutter.monitoring == "cloudwatch" %}
from .publishing import Publisher
{% endif %}
from .replies import Reply, json_reply, problem, validation_problem
from .request import Job, Request, Route
from .settings import Settings

logger = logging.getLogger(__name__)


class Service:
    """Holds the model, the prediction log and the metrics between `start` and `stop`.

    Attributes:
        routes: what is served on the main port.
        management_routes: health and metrics, where they have a port of their own.
        draining: set when the service is to end; answers then ask callers to hang up.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.draining = False
        self.metrics = metrics.Metrics()
        self.model = LiveModel(settings, self.metrics)
        self._keys = settings.keys()
        self._labels = limited(FeedbackRequest, "labels", settings.max_instances)
        self._log = prediction_log.PredictionLog(
            settings.prediction_log_url,
            settings.prediction_log_flush_seconds,
            settings.prediction_log_queue,
            on_drop=self.metrics.dropped.inc,
        )
        predictor = Predictor(settings, self.model, self._log, self.metrics)
        self.answer = predictor.answer
        management = (
            Route("GET", "/health/live", self._live),
            Route("GET", "/health/ready", self._ready),
            Route("GET", "/metrics", self._metrics),
        )
        contract = (
            Route("POST", "/predict", predictor.read, guarded=True),
            Route("POST", "/feedback", self._feedback, guarded=True),
            Route("GET", "/model", self._model, guarded=True),
{% if cookiecutter.cloud_target == "aws-sagemaker" %}
            # What SageMaker asks for.
            Route("GET", "/ping", self._ping),
            Route("POST", "/invocations", predictor.read, guarded=True),
{% endif %}
        )
        apart = settings.management_port not in (None, settings.port)
        self.management_routes = management if apart else ()
        described = contract if apart else contract + management
        self._openapi_document = openapi.document([route.path for route in described])
        self.routes = (
            *described,
            Route("GET", "/openapi.json", self._openapi),
            Route("GET", "/docs", self._docs),
        )
        self._management = Management(self)
{% if cookiecutter.monitoring == "cloudwatch" %}
        self._publisher = Publisher(settings, self.metrics.registry)
{% endif %}

    def start(self) -> None:
        """Load the model and start the prediction log. Raises ManagementError for a busy port."""
        if not self._keys:
            logger.warning("API_KEYS is not set: everyone who reaches the service may use it")
        self._management.start()
        self._log.start()
        self.model.start()
        if self.settings.prediction_log_flush_seconds:
            # Where processes are frozen between two requests, no thread can be relied on.
            stdout.start()
{% if cookiecutter.monitoring == "cloudwatch" %}
        self._publisher.start()
{% endif %}

    def stop(self) -> None:
        """Write what the prediction log and the logs still hold."""
        self._management.stop()
        self.model.stop()
        self._log.stop()
{% if cookiecutter.monitoring == "cloudwatch" %}
        self._publisher.stop()
{% endif %}
        stdout.stop()

    def refuse(self, request: Request, length: int) -> Reply | None:
        """Return the reply to a request that is not welcome; None if it is.

        Args:
            length: how long its body is said to be, in bytes.
        """
        if request.route.guarded and self._keys and not self._knows(request.api_key):
            detail = "The header X-API-Key is missing or wrong."
            return problem(401, detail, headers={"WWW-Authenticate": "ApiKey"})
        if length > self.settings.max_body_bytes:
            return self.too_large()
        return None

    def receive(self, request: Request, body: bytes) -> Reply | Job:
        """Return the reply to a request, or the job that `answer` has to do first; never raises."""
        try:
            return request.route.handler(request, body)
        except Exception as error:
            log_failure(logger, request, error, self.settings.log_error_messages)
            return failed()

    def reply(self, request: Request, body: bytes) -> Reply:
        """Return the reply to a request, answered by itself; never raises."""
        outcome = self.receive(request, body)
        return self.answer([outcome])[0] if isinstance(outcome, Job) else outcome

    def finish(self, request: Request, reply: Reply) -> Reply:
        """Count and log a reply, and return it."""
        seconds = time.perf_counter() - request.start
        self.metrics.request_done(request.route.path, reply.status, seconds)
{% if cookiecutter.monitoring == "cloudwatch" %}
        self._publisher.answered()
{% endif %}
        wanted = self.settings.access_log
        if wanted == "all" or (wanted == "errors" and reply.status >= 400):
            log_access(request, reply, seconds)
        if self.draining:
            reply.headers["Connection"] = "close"
        return reply

    def unknown(self, status: int, detail: str) -> Reply:
        """Count and return the reply to a path or a method that is not served."""
        self.metrics.request_done("unknown", status, 0)
        return problem(status, detail)

    def too_large(self) -> Reply:
        """The reply to a body over the limit, which an adapter stops reading."""
        limit = self.settings.max_body_bytes
        return problem(413, f"The body has more than {limit:,} bytes; send fewer rows at a time.")

    def too_slow(self) -> Reply:
        """The reply to a body that does not arrive in time."""
        seconds = self.settings.request_timeout_seconds
        return problem(408, f"The body did not arrive within {seconds:g} seconds.")

    def busy(self) -> Reply:
        """The reply to a request that cannot wait, or has waited too long."""
        return busy()

    def _knows(self, api_key: str | None) -> bool:
        given = (api_key or "").encode()
        # All keys are compared, each in constant time, so that timing tells nothing about them.
        matches = [hmac.compare_digest(given, key) for key in self._keys]
        return any(matches)

    def _feedback(self, _: Request, body: bytes) -> Reply:
        try:
            labels = self._labels.model_validate_json(body).labels
        except ValidationError as error:
            return validation_problem(error)
        moment = prediction_log.now()
        self._log.put("labels", [{"time": moment, **label.model_dump()} for label in labels])
        return json_reply({"accepted": len(labels)}, status=202)

    def _model(self, _: Request, __: bytes) -> Reply:
        bundle = self.model.bundle
        if bundle is None:
            return not_ready()
        return json_reply(bundle.manifest.model_dump(mode="json") | {"digest": bundle.digest})

    def _live(self, _: Request, __: bytes) -> Reply:
        return json_reply({"status": "ok"})

    def _ready(self, _: Request, __: bytes) -> Reply:
        ready = self.model.bundle is not None and not self.draining
        return json_reply({"status": "ok"}) if ready else not_ready()

{% if cookiecutter.cloud_target == "aws-sagemaker" %}
    def _ping(self, request: Request, body: bytes) -> Reply:
        reply = self._ready(request, body)
        return Reply(200, b"", reply.media_type) if reply.status == 200 else reply

{% endif %}
    def _metrics(self, _: Request, __: bytes) -> Reply:
        return Reply(200, self.metrics.render(), metrics.MEDIA_TYPE)

    def _openapi(self, _: Request, __: bytes) -> Reply:
        return json_reply(self._openapi_document)

    def _docs(self, _: Request, __: bytes) -> Reply:
        return Reply(200, page.HTML, page.MEDIA_TYPE, page.HEADERS)
