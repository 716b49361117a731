"""The settings in `params.yaml`, checked."""

from datetime import date
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

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


class Gate(Section):
    minimum: dict[str, float] = {}
    maximum: dict[str, float] = {}


class Params(Section):
    model_name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$")
    collect: Collect
    validate_: Validate = Field(alias="validate")
    split: Split
    train: Train
    gate: Gate


def read_params(path: Path = PARAMS) -> Params:
    """Read the settings. Raises ParamsError with the place and the reason."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ParamsError(f"no {path} here: run the command in the project's root") from None
    except yaml.YAMLError as error:
        raise ParamsError(f"{path} is not YAML: {error}") from error
    try:
        return Params.model_validate(content)
    except ValidationError as error:
        wrong = [f"  {'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()]
        raise ParamsError("\n".join([f"{path}:", *wrong])) from error
