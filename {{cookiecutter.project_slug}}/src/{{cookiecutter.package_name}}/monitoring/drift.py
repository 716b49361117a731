"""How far the rows of a window lie from those that the model was trained on."""

from dataclasses import dataclass

import pandas as pd
from scipy.spatial.distance import jensenshannon
from scipy.stats import wasserstein_distance

from ..encoding import FEATURES, encode

PREDICTION = "prediction"
TOGETHER = "numbers together"
SMALLEST_SCALE = 0.001  # for numbers that were all the same, as in Evidently
FARTHEST = 3.0  # standard deviations beyond the training rows, in `bounded`


@dataclass(frozen=True)
class Drift:
    """Distances from the training rows.

    Attributes:
        columns: for each feature that has values; a point in time has one for each of its parts. For
            numbers, the Wasserstein distance in standard deviations of the training rows; for all
            else, the Jensen-Shannon distance, from 0 to 0.83, the root of ln 2. `TOGETHER` is that of
            `Relations.distances`.
        prediction: of the model's predictions.
        missing: for each feature, the share of missing values less that of the training rows.
        unseen: as `unseen` returns it.
    """

    columns: dict[str, float]
    prediction: float
    missing: dict[str, float]
    unseen: dict[str, float]


def comparable(rows: pd.DataFrame) -> pd.DataFrame:
    """Return a table of features and `prediction` with points in time by their parts."""
    found: dict[str, pd.Series] = {}
    for feature in FEATURES:
        values = rows[feature.name]
        if feature.kind == "moment":
            moments = pd.to_datetime(values, utc=True, errors="coerce", format="ISO8601")
            parts = encode({feature.name: moments}, (feature,))
            for name, part in zip(feature.columns, parts.T, strict=True):
                found[name] = pd.Series(part)
        elif feature.kind == "number":
            found[feature.name] = values.astype(float).reset_index(drop=True)
        else:
            found[feature.name] = values.astype(object).reset_index(drop=True)
    found[PREDICTION] = rows[PREDICTION].astype(float).reset_index(drop=True)
    return pd.DataFrame(found)


def bounded(table: pd.DataFrame, trained_on: pd.DataFrame) -> pd.DataFrame:
    """Return a table of `comparable` with numbers that lie no farther from the training rows' than so.

    A wrong number is one bad row, however wrong: without a bound, a single one could be all the
    distance of a window. Of many, each still counts.
    """
    table = table.copy()
    for name in [feature.name for feature in FEATURES if feature.kind == "number"] + [PREDICTION]:
        before = trained_on[name]
        room = FARTHEST * max(float(before.std(ddof=0)), SMALLEST_SCALE)
        table[name] = table[name].clip(before.min() - room, before.max() + room)
    return table


def measure(current: pd.DataFrame, trained_on: pd.DataFrame) -> Drift:
    """Compare two tables that `comparable` has made, each with at least one row.

    The distances are those of Evidently's report (`page.py`), which takes fifty times as long.
    """
    names = [str(name) for name in trained_on]
    distances = {}
    for name in names:
        before, now = trained_on[name].dropna(), current[name].dropna()
        if before.empty or now.empty:
            continue
        if pd.api.types.is_numeric_dtype(before):
            scale = max(float(before.std(ddof=0)), SMALLEST_SCALE)
            distances[name] = float(wasserstein_distance(before, now)) / scale
        else:
            shares = [values.value_counts(normalize=True) for values in (before, now)]
            distances[name] = float(jensenshannon(*shares[0].align(shares[1], fill_value=0.0)))
    prediction = distances.pop(PREDICTION)
    return Drift(
        columns=distances,
        prediction=prediction,
        missing={
            name: float(current[name].isna().mean() - trained_on[name].isna().mean())
            for name in names
            if name not in (PREDICTION, TOGETHER)
        },
        unseen=unseen(current, trained_on),
    )


def unseen(current: pd.DataFrame, trained_on: pd.DataFrame) -> dict[str, float]:
    """Return the share of values that no training row has, for each feature but points in time.

    A sensor that reports in another unit may stay near the values that it had, but hardly on them.
    """
    shares = {}
    for name in (feature.name for feature in FEATURES if feature.kind != "moment"):
        values = current[name].dropna()
        if not values.empty:
            shares[name] = 1 - float(values.isin(trained_on[name]).mean())
    return shares
