"""Starts a training: here, or where the CI trains."""

import os
import subprocess
import sys
import time
from datetime import date
from urllib.error import HTTPError
from urllib.request import urlopen

from ..errors import ProjectError
from . import decision, trigger
from .settings import MonitorSettings, Where

BLOCKED = 3  # the exit status of `promote` for a candidate that the gate stops
TIMEOUT = 30  # seconds that the CI may take to answer
LONGEST_PAUSE = 86_400.0  # seconds from a training that has failed to the next attempt


class RetrainingError(ProjectError):
    """A training could not be started, or has failed."""


class Trainer:
    """Starts what is wanted at each look, and after each failure pauses twice as long as before."""

    def __init__(self, settings: MonitorSettings) -> None:
        self._where = settings.retrain
        self._shortest = settings.monitor_interval_seconds
        self._pause = 0.0
        self._next = time.monotonic()

    def act(self, model: str) -> str:
        """Do what `act` does, unless the last attempt has failed not long ago."""
        if time.monotonic() < self._next:
            return ""
        try:
            outcome = act(self._where, model)
        except ProjectError:
            self._pause = min(max(2 * self._pause, self._shortest), LONGEST_PAUSE)
            self._next = time.monotonic() + self._pause
            raise
        self._pause = 0.0
        return outcome


def act(where: Where, model: str) -> str:
    """Start the training that was decided on, and note what came of it; "" if none is wanted.

    Args:
        model: the version that is watched.

    One that was started and not finished, because the monitor ended, is started again.

    Raises RetrainingError, which leaves it wanted, and LedgerError.
    """
    decided = decision.wanted(decision.read(), model)
    if decided is None or where == "nowhere":
        return ""
    outcome = _retrain(where, decided.until, "; ".join(decided.reasons))
    decision.note_outcome(decided, outcome)
    return outcome


def _retrain(where: Where, until: date, reason: str) -> str:
    """Train on the rows up to a day, and say what came of it.

    Here, it is the pipeline, then the gate, which decides on the result. In the CI it is only asked
    for; what comes of it there is a proposal.

    Raises RetrainingError.
    """
    params = f"collect.end={until}"
    if where == "ci":
        return _ask_the_ci(params, reason)
    command = (sys.executable, "-m")
    steps = (
        (*command, __package__.partition(".")[0], "configure", params),
        (*command, "dvc", "repro", "--quiet"),
        (*command, __package__.partition(".")[0], "promote", "--reason", reason),
    )
    for step in steps:
        status = subprocess.run(step).returncode
        if status == BLOCKED:
            return "trained here; the gate blocks it"
        if status:
            raise RetrainingError(f"The training here has failed: {' '.join(step[2:])}")
    return "trained here, and promoted"


def _ask_the_ci(params: str, reason: str) -> str:
    missing = [name for name in trigger.SETTINGS if not os.environ.get(name)]
    if missing:
        raise RetrainingError(f"The CI cannot be asked to train: set {', '.join(missing)}.")
    request = trigger.request(params, reason)
    try:
        with urlopen(request, timeout=TIMEOUT):
            return "asked the CI to train"
    except HTTPError as error:
        detail = error.read(1000).decode(errors="replace")
        raise RetrainingError(f"The CI refuses to train: {error.code}, {detail}") from error
    except OSError as error:
        raise RetrainingError(f"The CI does not answer: {error}") from error
