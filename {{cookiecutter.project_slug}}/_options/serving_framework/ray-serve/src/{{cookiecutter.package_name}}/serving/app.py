"""The service as a deployment of Ray Serve: replicas that come and go with the load."""

import os
import tempfile
from pathlib import Path
from uuid import uuid4

from pydantic import Field
from ray import serve
from ray.serve import Application

from . import logs
from .asgi import Alone, Contract, Message, Receive, Scope, Send
from .service import Service
from .settings import Settings, read_settings


class ReplicaSettings(Settings):
    """The settings with those for Ray Serve alone. WORKERS is the least number of replicas."""

    max_replicas: int = Field(4, ge=1)
    target_ongoing_requests: float = Field(32, gt=0)  # of each replica; more requests start others


def create_app(settings: Settings | None = None) -> Contract:
    """Return the application; it loads the model when it starts."""
    service = Service(settings or read_settings())
    return Contract(service, Alone(service))


class ReplicaApp:
    """The application as a replica serves it: Ray adds X-Request-ID to its answers."""

    def __init__(self) -> None:
        logs.configure()
        Path(os.environ["PROMETHEUS_MULTIPROC_DIR"]).mkdir(exist_ok=True)
        self._contract = create_app()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_on(message: Message) -> None:
            if "headers" in message:
                headers = message["headers"]
                message["headers"] = [item for item in headers if item[0] != b"x-request-id"]
            await send(message)

        await self._contract(scope, receive, send_on)


def create_replica_app() -> ReplicaApp:
    return ReplicaApp()


@serve.ingress(create_replica_app)
class Replica:
    """One process with a copy of the model."""


def application(_: dict[str, str]) -> Application:
    """Return what `serve run` and `serve deploy` start."""
    settings = ReplicaSettings()
    # The replicas of a machine write their metrics into one folder, and each answers for all.
    metrics = Path(tempfile.gettempdir(), f"metrics-{uuid4().hex}")
    environment = {
        "OMP_NUM_THREADS": str(settings.omp_num_threads),
        "PROMETHEUS_MULTIPROC_DIR": str(metrics),
    }
    deploy = serve.deployment(
        name="Replica",
        autoscaling_config={
            "min_replicas": settings.workers,
            "max_replicas": max(settings.workers, settings.max_replicas),
            "target_ongoing_requests": settings.target_ongoing_requests,
        },
        max_ongoing_requests=settings.queue_max_requests,
        graceful_shutdown_wait_loop_s=0.5,
        logging_config={"log_level": "WARNING", "enable_access_log": False},
        ray_actor_options={"num_cpus": 1, "runtime_env": {"env_vars": environment}},
    )
    return deploy(Replica).bind()
