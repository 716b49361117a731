"""A year without seasons, and what may go wrong in it. Runs in a project that is called `watch`.

The weeks of the shipped year are cut into halves, Monday to Thursday and Friday to Sunday, and put
together anew: flights of one half share its weather and its traffic, but nothing goes on from week to
week. Whole days of one's own would be too kind, as weather lasts; whole weeks would put July after
January. Of halves, weeks differ from one another as much as real ones do from the week before
(`variation`).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from watch import dataset
from watch.dataset import TIMEZONE
from watch.encoding import FEATURES
from watch.schema import ID, TIME
from watch.tables import target_name

MONDAY = pd.Timestamp("2013-01-07")  # the first one
WEEKS = 51
HALVES = (range(4), range(4, 7))  # days of a week
WEATHER = [feature.name for feature in FEATURES if feature.optional]


@dataclass(frozen=True)
class World:
    """What halves of weeks a model learns from, and from what others later weeks are drawn."""

    history: tuple[list[int], ...]
    later: tuple[list[int], ...]


def read_days() -> dict[int, pd.DataFrame]:
    """Return the flights that arrived, by the days since `MONDAY`."""
    flights = pd.read_parquet(dataset.SOURCE)
    flights = flights[flights["arrival_delay"].notna()]
    days = (_local(flights[TIME]).dt.normalize() - MONDAY).dt.days
    return dict(iter(flights.groupby(days.to_numpy())))


def divide(generator: np.random.Generator) -> World:
    orders = [generator.permutation(WEEKS).tolist() for _ in HALVES]
    learned = WEEKS // 2 + 1
    return World(
        history=tuple(order[:learned] for order in orders),
        later=tuple(order[learned:] for order in orders),
    )


def history(days: dict[int, pd.DataFrame], world: World) -> pd.DataFrame:
    """Return the rows that a model is made of, in weeks one after the other."""
    parts = []
    for place, weeks in enumerate(zip(*world.history, strict=True)):
        for week, half in zip(weeks, HALVES, strict=True):
            for day in half:
                rows = days[7 * week + day]
                shifted = _local(rows[TIME]) + pd.Timedelta(weeks=place - week)
                # Clocks go forward on other days than they did.
                moved = shifted.dt.tz_localize(
                    TIMEZONE, ambiguous=True, nonexistent="shift_forward"
                )
                identity = rows[ID] + f"-{place}"
                parts.append(rows.assign(**{TIME: moved.dt.tz_convert("UTC"), ID: identity}))
    return pd.concat(parts, ignore_index=True)


def draw_week(
    days: dict[int, pd.DataFrame], world: World, generator: np.random.Generator
) -> pd.DataFrame:
    """Return the flights of a week of two halves that no model has learned from."""
    return pd.concat(
        [
            days[7 * week + day]
            for half, weeks in zip(HALVES, world.later, strict=True)
            for week in [int(generator.choice(weeks))]
            for day in half
        ],
        ignore_index=True,
    )


def labelled(flights: pd.DataFrame) -> pd.DataFrame:
    """Return rows as `dataset.read` does."""
    target = target_name()
    if target == "late":
        flights = flights.assign(late=flights["arrival_delay"] > dataset.LATE)
    return flights.filter([ID, *(feature.name for feature in FEATURES), target])


Shift = Callable[[pd.DataFrame, np.random.Generator], pd.DataFrame]


def _without(column: str, value: str, share: float) -> Shift:
    def shift(flights: pd.DataFrame, generator: np.random.Generator) -> pd.DataFrame:
        gone = (flights[column] == value) & (generator.random(len(flights)) < share)
        return flights[~gone]

    return shift


def _delays(change: Callable[[pd.Series, np.random.Generator], object]) -> Shift:
    return lambda flights, generator: flights.assign(
        arrival_delay=change(flights["arrival_delay"], generator)
    )


def _half_shuffled(delays: pd.Series, generator: np.random.Generator) -> pd.Series:
    changed = delays.copy()
    chosen = np.flatnonzero(generator.random(len(delays)) < 0.5)
    changed.iloc[chosen] = delays.iloc[generator.permutation(chosen)].to_numpy()
    return changed


SHIFTS: dict[str, Shift] = {
    "distances in km, not miles": lambda f, _: f.assign(distance=f["distance"] * 1.609),
    "humidity as a share, not in percent": lambda f, _: f.assign(humidity=f["humidity"] / 100),
    "wind speed in m/s, not mph": lambda f, _: f.assign(wind_speed=f["wind_speed"] * 0.447),
    "temperature in °C, not °F": lambda f, _: f.assign(temperature=(f["temperature"] - 32) / 1.8),
    "temperature is missing": lambda f, _: f.assign(temperature=np.nan),
    "all weather is missing": lambda f, _: f.assign(**dict.fromkeys(WEATHER, np.nan)),
    "an airport closes (a third)": _without("origin", "LGA", 1.0),
    "a carrier leaves (a sixth)": _without("carrier", "UA", 1.0),
    "a carrier halves its flights": _without("carrier", "UA", 0.5),
    "labels have nothing to do with features": _delays(
        lambda delays, generator: generator.permutation(delays.to_numpy())
    ),
    "half of them": _delays(_half_shuffled),
    "all flights are 30 minutes later": _delays(lambda delays, _: delays + 30),
    "delays are twice as long": _delays(lambda delays, _: delays.where(delays < 0, 2 * delays)),
}


def variation(days: dict[int, pd.DataFrame]) -> Iterator[tuple[str, float, float]]:
    """Yield columns with the standard deviation of their weekly mean: from week to week, and here."""
    generator = np.random.default_rng(5)
    everything = World(history=(), later=tuple([list(range(WEEKS))] * 2))
    columns = ["arrival_delay", *WEATHER]
    real = [
        pd.concat([days[7 * week + day] for day in range(7)])[columns].mean()
        for week in range(WEEKS)
    ]
    drawn = [draw_week(days, everything, generator)[columns].mean() for _ in range(300)]
    for column in columns:
        steps = [after[column] - before[column] for before, after in pairwise(real)]
        # Of two independent weeks, the difference varies √2 times as much as each of them.
        yield (
            column,
            float(np.std(steps) / np.sqrt(2)),
            float(np.std([one[column] for one in drawn])),
        )


def _local(moments: pd.Series) -> pd.Series:
    return moments.dt.tz_convert(TIMEZONE).dt.tz_localize(None)
