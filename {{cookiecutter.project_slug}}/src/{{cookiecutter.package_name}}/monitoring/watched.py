"""The model that is watched, and how much its training rows differ among themselves."""

from dataclasses import dataclass, field
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pandas as pd

from .. import bundle
from ..bundle import Manifest
from ..bundle.files import read_verified
from ..encoding import encode
from ..evaluation import baseline
from ..params import Drift as Limits
from ..pipeline.train import target_values
from ..schema import TIME
from . import drift, relations
from .drift import PREDICTION, TOGETHER, Drift, measure
from .relations import Relations

REFERENCE = "reference.parquet"
FEWEST = 50  # rows of a stretch from which distances can be told
SEED = 2013  # the same rows give the same verdict


@dataclass(frozen=True)
class Watched:
    """A model with the rows that a window is compared with.

    Attributes:
        digest: of its bundle.
        relations: of the numbers of its training rows, if there are any.
        constant: what the baseline of these rows predicts.
        trained_on: a sample of these rows, as `comparable` makes it.
        stretches: parts of it, each of some days.
        unseen: for each feature, the largest share of values in a stretch that no other row has.
    """

    manifest: Manifest
    digest: str
    relations: Relations | None
    constant: float
    trained_on: pd.DataFrame
    stretches: tuple[pd.DataFrame, ...]
    unseen: dict[str, float]
    _usual: dict[int, dict[str, float]] = field(default_factory=dict)

    def comparable(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Return rows, with `prediction`, as they are compared with the training rows."""
        table = drift.bounded(drift.comparable(rows), self.trained_on)
        return _with_relations(table, self.relations)

    def usual(self, rows: int) -> dict[str, float]:
        """Return the largest distance of any stretch, for each column and the predictions.

        Few rows are far from any others by chance, so that a window with fewer rows than a stretch is
        compared with a part of it that has no more, the power of two below.
        """
        longest = max((len(stretch) for stretch in self.stretches), default=0)
        most = longest if rows >= longest else 2 ** (rows.bit_length() - 1)
        if most not in self._usual:
            usual: dict[str, float] = {}
            for stretch in self.stretches:
                part = stretch.sample(min(most, len(stretch)), random_state=SEED)
                found = measure(part, self.trained_on)
                for name, distance in (found.columns | {PREDICTION: found.prediction}).items():
                    usual[name] = max(distance, usual.get(name, 0.0))
            self._usual[most] = usual
        return self._usual[most]

    def unusual(self, found: Drift, rows: int, limits: Limits) -> dict[str, float]:
        """Return the columns that are farther away than any stretch of training rows, or lost values.

        Or have values that no training row has. By how many times: of that distance, or of the share
        that may be missing, or unseen.
        """
        usual = self.usual(rows)
        times = {
            name: distance / max(limits.least, usual.get(name, 0.0))
            for name, distance in (found.columns | {PREDICTION: found.prediction}).items()
        }
        for name, share in found.missing.items():
            times[name] = max(times.get(name, 0.0), share / limits.missing)
        for name, share in found.unseen.items():
            beyond = share - self.unseen.get(name, 1.0)  # without stretches, nothing is known
            times[name] = max(times[name], beyond / limits.unseen)
        return {name: value for name, value in times.items() if value > 1}


def watch(folder: Path, length: timedelta, pinned: str | None = None) -> Watched:
    """Return the model of a bundle, with stretches of a length.

    Raises BundleError as `bundle.load` does.
    """
    model = bundle.load(folder, pinned)
    # The folder may have another bundle by now.
    sample = read_verified(folder / REFERENCE, model.manifest.files[REFERENCE])
    rows = pd.read_parquet(BytesIO(sample)).sort_values(TIME)
    predicted = model.predict(encode(rows, model.manifest.features))
    table = drift.comparable(rows.assign(**{PREDICTION: predicted}))
    learned = relations.learn(table)
    trained_on = _with_relations(table, learned)
    numbers = ((rows[TIME] - rows[TIME].min()) // length).to_numpy()
    # The last one may have days of one kind only, and few rows.
    complete = [number for number in sorted(set(numbers))[:-1] if sum(numbers == number) >= FEWEST]
    stretches = tuple(trained_on[numbers == number] for number in complete)
    unseen: dict[str, float] = {}
    for stretch in stretches:
        for name, share in drift.unseen(stretch, trained_on.drop(stretch.index)).items():
            unseen[name] = max(share, unseen.get(name, 0.0))
    constant = float(baseline(target_values(rows), 1)[0])
    return Watched(model.manifest, model.digest, learned, constant, trained_on, stretches, unseen)


def _with_relations(table: pd.DataFrame, learned: Relations | None) -> pd.DataFrame:
    return table.assign(**{TOGETHER: learned.distances(table)}) if learned else table
