"""The model that answers: loaded, warmed, and exchanged for a newer one while the service runs."""

import gc
import logging
import threading
import time

import numpy as np

from ..bundle import Bundle, BundleError
from ..bundle.storage import example_table
from ..encoding import encode
from .metrics import Metrics
from .settings import Settings
from .source import source_of

logger = logging.getLogger(__name__)

WARM_UPS = 3
RETRY_SECONDS = 5.0  # between tries to fetch a first bundle
PATIENCE = 2.0  # seconds that a look for another bundle may take when the service ends

# A model that takes longer for a full batch is called in a thread. A faster one is called where
# requests are received: passing the interpreter's lock back and forth would take longer.
LONGEST_STAY = 0.02  # seconds


class LiveModel:
    """Holds the bundle. Whoever predicts takes it once and stays with it to the end of a batch.

    Attributes:
        bundle: None as long as there was no good one.
        is_slow: whether it takes so long for a full batch that nothing else should wait for it.
    """

    def __init__(self, settings: Settings, metrics: Metrics) -> None:
        self.bundle: Bundle | None = None
        self.is_slow = False
        self._settings = settings
        self._source = source_of(settings)
        self._metrics = metrics
        self._refused = ""  # what was last complained about
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="model-reload", daemon=True)

    def start(self) -> None:
        """Load the model. Without a good bundle the service lives, but is not ready.

        What has to be fetched is tried again: the network may not be there yet.
        """
        try:
            self._take(self._source.load())
        except BundleError as error:
            logger.error("Not ready: %s", error)
        if self._settings.model_reload_seconds or (self._settings.model_uri and not self.bundle):
            self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(PATIENCE)

    def _take(self, fresh: Bundle) -> None:
        """Let a bundle answer from now on, after it has predicted what a first caller would wait for.

        Raises BundleError if it cannot predict a full batch.
        """
        seconds = warm_up(fresh, self._settings.batch_max_rows)
        before, self.bundle, self.is_slow = self.bundle, fresh, seconds > LONGEST_STAY
        self._metrics.model_changed(_reference(before) if before else None, _reference(fresh))
        # What was made so far stays: the collector need not look through it again and again, which
        # takes as long as hundreds of requests.
        gc.collect()
        gc.freeze()
        logger.info("Ready: %s %s", *_reference(fresh))

    def _watch(self) -> None:
        seconds = self._settings.model_reload_seconds
        while not self._stopping.wait(seconds or RETRY_SECONDS):
            try:
                self._look()
            except Exception:
                logger.exception("Looking for another bundle failed")
            if self.bundle and not seconds:
                return

    def _look(self) -> None:
        """Take the bundle that is there now, if it is another one and a good one."""
        digest = self._digest()
        if digest is None or (self.bundle and digest == self.bundle.digest):
            return
        try:
            self._take(self._source.load())
        except BundleError as error:
            # A bundle that is being exchanged may be seen half: then this one is gone by now.
            if digest == self._digest() and digest != self._refused:
                self._refused = digest
                self._metrics.reloads.labels("refused").inc()
                before = "the old one answers on" if self.bundle else "there is none yet"
                logger.error("A bundle is refused, and %s: %s", before, error)
            return
        self._refused = ""
        self._metrics.reloads.labels("taken").inc()

    def _digest(self) -> str | None:
        try:
            return self._source.digest()
        except (OSError, BundleError):
            return None


def warm_up(model: Bundle, n_rows: int) -> float:
    """Predict the bundle's example n_rows times at once; return the seconds of the fastest try.

    Raises BundleError if the model fails.
    """
    features = model.manifest.features
    matrix = encode(example_table(model.manifest.example.instance, features), features)
    batch = np.repeat(matrix, n_rows, axis=0)
    tries = []
    for _ in range(WARM_UPS):
        start = time.perf_counter()
        try:
            model.predict(batch)
        except Exception as error:
            reason = f"{type(error).__name__}: {error}"
            raise BundleError(f"the model fails for {n_rows} rows at once ({reason})") from error
        tries.append(time.perf_counter() - start)
    return min(tries)


def _reference(model: Bundle) -> tuple[str, str]:
    return model.manifest.name, model.manifest.version
