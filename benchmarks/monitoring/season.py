"""What the monitor says of the months after the training, if nobody trains again.

Runs in a project that is called `watch`.
"""

from datetime import date

import numpy as np
import pandas as pd
from watch.params import read_params

from .simulate import ENOUGH, Watching, found_at, make
from .world import MONDAY, World, draw_week, read_days

TRIALS = 20
JULY = list(range(25, 29))  # the weeks from July 1 to 28
LATER = range(25, 51)  # and all until December 29
# The last days that are collected; the training rows end 60 days before them.
ENDS = (date(2013, 5, 30), date(2013, 6, 30))


def main() -> None:
    params = read_params()
    days = read_days()
    for end in ENDS:
        last = (pd.Timestamp(end) - MONDAY).days
        rows = pd.concat([flights for day, flights in days.items() if day <= last])
        watching = Watching(*make(rows, params), params.monitoring)
        generator = np.random.default_rng(5)
        july = World(history=(), later=(JULY, JULY))
        looks = []
        for _ in range(TRIALS):
            drawn = [draw_week(days, july, generator) for _ in range(ENOUGH)]
            seen = [watching.see(flights, week) for week, flights in enumerate(drawn)]
            looks.append(found_at(watching.decisions(seen)))
        shares = [np.mean([look <= most for look in looks]) for most in (2, 3)]
        trained_until = watching.model.manifest.data.end
        print(f"\nTrained until {trained_until}, then July: {shares[0]:.0%}, {shares[1]:.0%}")
        real = [pd.concat([days[7 * week + day] for day in range(7)]) for week in LATER]
        seen = [watching.see(flights, week) for week, flights in enumerate(real)]
        print(
            f"{len(seen)} real weeks from July on: {sum(bool(one.drifted) for one in seen)} have drifted, "
            f"{sum(bool(one.worse) for one in seen)} are worse; retrainings:"
        )
        for look, one in watching.decisions(seen):
            if one.decision == "retrain":
                print(f"- week {look // 2 + 1}: {'; '.join(one.reasons)}")


if __name__ == "__main__":
    main()
