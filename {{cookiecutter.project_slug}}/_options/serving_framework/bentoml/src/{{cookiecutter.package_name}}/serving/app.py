"""The service on BentoML.

BentoML's own handling of a request (tracing, a timeout, a context) takes several times as long as
the model, so the contract's routes are answered before it. The other paths are BentoML's: /livez and
/readyz, and what is added to the class below.
"""

import asyncio
import logging
import os
from typing import Any

import bentoml
from _bentoml_sdk import Service as BentoService

from .. import NAME
from .settings import Settings, read_settings

if read_settings().workers == 1:
    # Numbers that workers share are written to files, each time. prometheus_client looks for this
    # variable, which BentoML sets for any number of them, when it is imported.
    os.environ.pop("PROMETHEUS_MULTIPROC_DIR", None)

from . import logs
from .asgi import Alone, Contract
from .draining import drain_before_the_end
from .service import Service


def create_bento(settings: Settings) -> Any:
    """Return the BentoML service; it loads the model when it starts."""
    service = Service(settings)

    class DirectService(BentoService[Any]):  # type: ignore[misc]
        def to_asgi(self, is_main: bool = True) -> Contract:
            return Contract(service, super().to_asgi(is_main))

    @bentoml.asgi_app(Alone(service))
    @bentoml.service(
        name=NAME,
        service_class=DirectService,
        workers=settings.workers,
        http={"host": settings.host, "port": settings.port},
        # For the workers, before the libraries of the model are imported, which read it then.
        envs=[{"name": "OMP_NUM_THREADS", "value": str(settings.omp_num_threads)}],
        # The service has its own, in the contract's form.
        metrics={"enabled": False},
        logging={"access": {"enabled": False}},
    )
    class Bento:
        @bentoml.on_startup  # type: ignore[untyped-decorator]
        async def start(self) -> None:
            logs.configure()
            logging.getLogger("uvicorn.access").propagate = False  # the service has its own
            drain_before_the_end(service)
            await asyncio.to_thread(service.start)

        @bentoml.on_shutdown  # type: ignore[untyped-decorator]
        async def stop(self) -> None:
            await asyncio.to_thread(service.stop)

        def __is_ready__(self) -> bool:
            return service.model.bundle is not None and not service.draining

    return Bento


bento = create_bento(read_settings())
