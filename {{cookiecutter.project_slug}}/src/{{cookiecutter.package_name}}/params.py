"""The settings in `params.yaml`, checked."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from .bundle.files import write_atomically
from .errors import ProjectError
from .paths import PARAMS


class ParamsError(ProjectError):
    """`params.yaml` is missing, or a setting in it is wrong."""


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Collect(Section):
    start: date
    end: date

    @model_validator(mode="after")
    def _in_order(self) -> "Collect":
        if self.end < self.start:
            raise ValueError(f"the end, {self.end}, is before the start, {self.start}")
        return self


class Validate(Section):
    min_rows: int = Field(ge=1)
    max_missing: float = Field(ge=0, le=1)


class Split(Section):
    test_days: int = Field(ge=1)
    validation_days: int = Field(ge=1)


class Train(Section):
    seed: int
    estimator: dict[str, Any] = {}


class Range(Section):
    """Numbers from `low` to `high`; whole ones if both are."""

    low: int | float
    high: int | float
    log: bool = False  # as many below the geometric mean as above it


class Choice(Section):
    choices: tuple[bool | int | float | str, ...] = Field(min_length=1)


class Search(Section):
    trials: int = Field(ge=1)
    space: dict[str, Range | Choice] = Field(min_length=1)


class Rival(Section):
    """How the candidate is compared with the champion, by the main metric."""

    margin: float = Field(ge=0)  # what may be lost, in the unit of the metric
    confidence: float = Field(default=0.95, gt=0.5, lt=1)  # that no more than that is lost
    resamples: int = Field(default=2_000, ge=200)


class Slices(Section):
    """The parts of the rows in which the candidate must not fall behind."""

    columns: tuple[str, ...]
    min_rows: int = Field(ge=1)
    tolerance: float = Field(ge=0)  # of the main metric, in one slice


class Gate(Section):
    minimum: dict[str, float] = {}
    maximum: dict[str, float] = {}
    champion: Rival
    slices: Slices
    max_latency_ms: float = Field(gt=0)
    max_age_days: int = Field(ge=1)


class Drift(Section):
    """When the rows of a window are others than the model was trained on.

    Weeks differ without anything being wrong: by how much, stretches of the training rows show.
    """

    training_days: float = Field(gt=0)  # how long the stretches of training rows are
    columns: int = Field(ge=1)  # so many have to be farther away than any of these stretches,
    far: float = Field(default=2.5, gt=1)  # or one of them so many times as far,
    least: float = Field(default=0.1, gt=0)  # and all than this;
    missing: float = Field(default=0.2, gt=0)  # or to miss values in that much more of the rows,
    unseen: float = Field(default=0.2, gt=0)  # or to have values there that no training row has


class Retraining(Section):
    """When a model is trained again."""

    consecutive: int = Field(ge=1)  # bad windows in a row
    cooldown_hours: float = Field(ge=0)  # from one retraining to the next


class Monitoring(Section):
    window_hours: float = Field(gt=0)
    windows: int = Field(ge=1)  # how many of the newest are looked at
    grace_minutes: float = Field(ge=0)  # how long after its end a window may still get records
    min_predictions: int = Field(ge=1)  # a window with fewer has no verdict
    min_labels: int = Field(ge=1)
    label_wait_hours: float = Field(ge=0)  # those that come first may be of a kind
    sample_rows: int = Field(ge=100)  # of a window, for drift
    drift: Drift
    quality_tolerance: float = Field(ge=0)  # of the main metric, that may be lost
    order_kept: float = Field(ge=0, lt=1)  # so much of the order of predictions has to be left
    calibration_error: float = Field(gt=0)  # that a window may have: all labels may be off at once
    retraining: Retraining


class Loop(Section):
    """What `make loop` shows: weeks of rows that come after a first training, one after another."""

    end: date  # the last day of the first training
    test_days: int = Field(ge=1)  # instead of those under `split`: there are few rows yet
    validation_days: int = Field(ge=1)
    week_seconds: float = Field(ge=4)  # that a week of the rows takes


class Params(Section):
    model_name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$")
    collect: Collect
    validate_: Validate = Field(alias="validate")
    split: Split
    train: Train
    search: Search | None = None
    gate: Gate
    monitoring: Monitoring
    loop: Loop


def set_params(assignments: Sequence[str], path: Path = PARAMS) -> str:
    """Set values in the file, with its comments kept, and say what it has now.

    Args:
        assignments: each like `collect.end=2013-09-30`. For a day, `yesterday` is written as its date.

    Raises ParamsError for what is no such setting, and leaves the file as it was then.
    """
    if not assignments:
        return f"{path} stays as it is"
    before = _text(path)
    yaml_file = YAML()
    yaml_file.preserve_quotes = True
    yaml_file.width = 1000  # lines stay as long as they are
    content = yaml_file.load(before)
    for assignment in assignments:
        name, found, value = assignment.partition("=")
        *sections, key = name.split(".")
        section = content
        for part in sections:
            section = section.get(part) if isinstance(section, dict) else None
        if not found or not isinstance(section, dict) or key not in section:
            raise ParamsError(f"{assignment!r} is not like collect.end=2013-09-30, or unknown")
        if value == "yesterday":
            value = str(datetime.now(UTC).date() - timedelta(days=1))
        # What was a text stays one: 2013-09-30 by itself would be a date in YAML.
        quoted = isinstance(section[key], str)
        try:
            section[key] = type(section[key])(value) if quoted else _parse(value)
        except (YAMLError, ValueError) as error:
            raise ParamsError(f"{assignment}: {error}") from error
    after = StringIO()
    yaml_file.dump(content, after)
    try:
        Params.model_validate(_parse(after.getvalue()))
    except (YAMLError, ValueError) as error:
        raise ParamsError(f"{' '.join(assignments)}: {error}") from error
    write_atomically(path, after.getvalue().encode())
    return f"{path}: {', '.join(assignments)}"


def read_params(path: Path = PARAMS) -> Params:
    """Read the settings. Raises ParamsError with the place and the reason."""
    try:
        content = _parse(_text(path))
    except (YAMLError, ValueError) as error:  # also what is no text, and a day that no month has
        raise ParamsError(f"{path} is not YAML: {error}") from error
    try:
        return Params.model_validate(content or {})
    except ValidationError as error:
        wrong = [f"  {'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()]
        raise ParamsError("\n".join([f"{path}:", *wrong])) from error


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ParamsError(f"no {path} here: run the command in the project's root") from None


def _parse(text: str) -> Any:
    """Return what a text says in YAML, as DVC reads it."""
    return YAML(typ="safe", pure=True).load(text)
