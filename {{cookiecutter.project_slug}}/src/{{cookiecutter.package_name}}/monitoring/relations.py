"""Whether the numbers of a row go together as they do in the training rows.

A sensor that reports in another unit may give values that are usual, each by itself: 20 °C look like a
cold day. They are not, at the humidity and the dew point of a warm one.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.covariance import LedoitWolf
from sklearn.preprocessing import StandardScaler

from ..encoding import FEATURES


@dataclass(frozen=True)
class Relations:
    """The covariance of the training rows' numbers, each in its standard deviations."""

    names: list[str]
    scaler: StandardScaler
    covariance: LedoitWolf

    def distances(self, table: pd.DataFrame) -> pd.Series:
        """Return how far each row is from the training rows: its Mahalanobis distance (1936).

        A missing value counts as the mean of the training rows.
        """
        scaled = np.nan_to_num(self.scaler.transform(table[self.names]))
        return pd.Series(np.sqrt(self.covariance.mahalanobis(scaled)), index=table.index)


def learn(trained_on: pd.DataFrame) -> Relations | None:
    """Learn from rows that `drift.comparable` has made; None if there are not two numbers in them.

    The covariance is the estimate of Ledoit and Wolf (2004), which can be inverted if a number follows
    from others, too.
    """
    numbers = [feature.name for feature in FEATURES if feature.kind == "number"]
    names = [name for name in numbers if trained_on[name].notna().any()]
    if len(names) < 2:
        return None
    scaler = StandardScaler().fit(trained_on[names])
    scaled = np.nan_to_num(scaler.transform(trained_on[names]))
    return Relations(names, scaler, LedoitWolf(assume_centered=True).fit(scaled))
