"""`bundle.json`: what the model is, where it comes from, and what belongs to it."""

from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

from ..encoding import Feature


class Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Data(Record):
    """The rows that the model was trained on."""

    md5: str  # of all collected rows; DVC knows the file by it
    rows: int
    start: date
    end: date


class Code(Record):
    """The commit that was checked out; `clean` is false if files differed from it."""

    commit: str | None
    clean: bool
    sha256: str  # of the code itself, whatever was committed


class Slice(Record):
    """The main metric in a part of the test rows."""

    rows: int
    value: float


class Evaluation(Record):
    """What the test rows say of the model, besides its metrics.

    Attributes:
        start, end: the days of the first and the last test row.
        intervals: a 95 % interval for each metric that can have one.
        slices: by `column = value`.
    """

    rows: int
    start: date
    end: date
    intervals: dict[str, tuple[float, float]]
    slices: dict[str, Slice]


class Example(Record):
    """A row with the model's own raw prediction, to see that the model works where it is loaded."""

    instance: dict[str, Any]
    raw_prediction: float


class Training(Record):
    """What the training stage knows of the model."""

    trained_at: datetime
    model_format: str
    seed: int
    parameters: dict[str, Any]
    data: Data
    code: Code
    libraries: dict[str, str]
    thresholds: dict[str, float]


class Manifest(Training):
    """All of `bundle.json`."""

    name: str
    version: str  # last day of its training data, and the start of the digest of its files
    target: str
    features: tuple[Feature, ...]
    metrics: dict[str, dict[str, float]]  # of "model" and "baseline" on the test rows
    evaluation: Evaluation
    example: Example
    files: dict[str, str]  # SHA-256 of each file by name

    def same_model_as(self, other: "Manifest") -> bool:
        """Whether they differ in nothing but when, and from which commit, the model was trained."""
        provenance = {"trained_at", "code"}
        return self.model_dump(exclude=provenance) == other.model_dump(exclude=provenance)
