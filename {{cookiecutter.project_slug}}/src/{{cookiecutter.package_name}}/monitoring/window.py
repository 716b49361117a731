"""The stretches of time that are looked at one by one."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

EPOCH = datetime(1970, 1, 5, tzinfo=UTC)  # a Monday, so that weeks begin on Mondays


@dataclass(frozen=True, order=True)
class Window:
    """From `start` to `end`, without the end; both in UTC."""

    start: datetime
    end: datetime

    def __str__(self) -> str:
        return f"{self.start:%Y-%m-%d %H:%M} to {self.end:%Y-%m-%d %H:%M}"


def closed_windows(now: datetime, length: timedelta, grace: timedelta, most: int) -> list[Window]:
    """Return the newest windows that are over, the oldest first.

    They lie where they lie, whenever and however often this is asked.

    Args:
        length: of each window.
        grace: how long after its end a window may still get records: what the service holds back,
            and what clocks differ by.
        most: how many at the most.
    """
    over = (now - grace - EPOCH) // length
    edges = [EPOCH + number * length for number in range(over - most, over + 1)]
    return [Window(start, end) for start, end in pairwise(edges)]
