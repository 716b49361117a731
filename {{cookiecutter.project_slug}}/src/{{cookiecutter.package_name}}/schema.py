"""What one row is: the features that a request carries, and the target that the model predicts.

This is one of the three files that make the project yours; `dataset.py` and `estimator.py` are the
others. The HTTP API and its documentation, the checks on collected data, the matrix that the
model is trained on and served with, and the example payloads all derive from here.
"""

from typing import Annotated

from pydantic import AwareDatetime, Field

from .fields import Category, DateParts, Row

# Where a row gets its name from, and the time by which rows are split into training and test data.
ID = "flight_id"
TIME = "scheduled_departure"

CARRIERS = tuple("9E AA AS B6 DL EV F9 FL HA MQ OO UA US VX WN YV".split())

# The destinations that had a regular service when the model was designed. Others are welcome.
DESTINATIONS = tuple(
    """ALB ATL AUS BDL BNA BOS BQN BTV BUF BWI CAK CHS CLE CLT CMH CVG DAY DCA DEN DFW DSM DTW EGE
    FLL GRR GSO GSP HNL HOU IAD IAH IND JAX LAS LAX LGB MCI MCO MDW MEM MHT MIA MKE MSP MSY OMA
    ORD ORF PBI PDX PHL PHX PIT PVD PWM RDU RIC ROC RSW SAN SAT SAV SDF SEA SFO SJC SJU SLC SNA
    SRQ STL STT SYR TPA TYS XNA""".split()
)


class Features(Row):
    """A scheduled departure, with what is known of it before the aircraft leaves."""

    scheduled_departure: Annotated[
        AwareDatetime, DateParts(("weekday", "minute_of_day"), timezone="America/New_York")
    ] = Field(
        description="When the flight is to leave: date and time with an offset from UTC.",
        examples=["2013-07-03T17:45:00-04:00"],
    )
    carrier: Annotated[str, Category(CARRIERS)] = Field(
        description="IATA code of the airline.", examples=["B6"]
    )
    origin: Annotated[str, Category(("EWR", "JFK", "LGA"), closed=True)] = Field(
        description="IATA code of the airport of departure.", examples=["JFK"]
    )
    destination: Annotated[str, Category(DESTINATIONS)] = Field(
        description="IATA code of the airport of arrival.", examples=["MCO"]
    )
    distance: float = Field(
        ge=0, le=10_000, description="Distance between the airports in miles.", examples=[944.0]
    )
    temperature: float | None = Field(
        None, ge=-60, le=130, description="Temperature at the origin in °F.", examples=[84.9]
    )
    dew_point: float | None = Field(
        None, ge=-60, le=100, description="Dew point at the origin in °F.", examples=[71.1]
    )
    humidity: float | None = Field(
        None, ge=0, le=100, description="Relative humidity in percent.", examples=[63.2]
    )
    wind_direction: float | None = Field(
        None, ge=0, le=360, description="Where the wind comes from, in degrees.", examples=[190.0]
    )
    wind_speed: float | None = Field(
        None, ge=0, le=200, description="Wind speed in miles per hour.", examples=[13.8]
    )
    wind_gust: float | None = Field(
        None, ge=0, le=250, description="Speed of gusts in miles per hour.", examples=[None]
    )
    precipitation: float | None = Field(
        None, ge=0, le=20, description="Rain or snow in inches per hour.", examples=[0.02]
    )
    pressure: float | None = Field(
        None, ge=850, le=1100, description="Sea-level pressure in millibars.", examples=[1014.2]
    )
    visibility: float | None = Field(
        None, ge=0, le=100, description="Visibility in miles.", examples=[10.0]
    )


class Target(Row):
    """What the model predicts, known once the flight has landed."""

{% if cookiecutter.problem_type == "classification" %}
    late: bool = Field(
        description="The flight arrived more than 15 minutes after schedule.", examples=[True]
    )
{% else %}
    arrival_delay: float = Field(
        ge=-300,
        le=3_000,
        description="Minutes from the scheduled to the real arrival; negative when early.",
        examples=[24.0],
    )
{% endif %}
