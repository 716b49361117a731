"""On this machine, nothing but the monitor judges: alarms are in the cloud."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from .workplace import Alerts, Workplace


@contextmanager
def watching(
    _: Workplace, __: int, ___: int, say: Callable[[str], None]
) -> Iterator[Alerts | None]:
    """Yield None: there is nothing that evaluates alarms."""
    say("alarms are in the cloud: here, the monitor starts trainings by itself")
    yield None
