"""What goes over the wire: requests, answers and problems."""

from typing import Annotated, Any, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, create_model

from ..example import example_instance, example_label
from ..fields import Row
from ..prediction import Prediction
from ..schema import Features, Target

_TARGET = next(iter(Target.model_fields.values()))
_EXAMPLE_ID = "0b6a1a5e-2f0f-4c58-9a55-6d2f2b9f4d3e"


class PredictRequest(Row):
    """The rows to predict."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"instances": [example_instance()]}]})

    instances: list[Features] = Field(min_length=1, description="One object for each row.")
{% if cookiecutter.cloud_target == "gcp-vertex-ai" %}
    parameters: None = Field(None, description="There are none, but the platform's clients say so.")
{% endif %}


class ModelReference(BaseModel):
    """Which model answered."""

    name: str = Field(examples=["{{ cookiecutter.project_slug }}"])
    version: str = Field(examples=["20130430-1a2b3c4d"])


class PredictAnswer(BaseModel):
    """A prediction and its id for each instance, in the order of the request."""

    predictions: list[Prediction]
    model: ModelReference
    prediction_ids: list[str] = Field(
        description="Send these to /feedback once the outcome is known.",
        examples=[[_EXAMPLE_ID]],
    )


class Label(Row):
    """What really happened."""

    prediction_id: Annotated[UUID, Field(examples=[_EXAMPLE_ID], strict=False)]


# `actual` has the type and the limits of the target in schema.py.
_actual: Any = (_TARGET.annotation, _TARGET)
FeedbackLabel = create_model("FeedbackLabel", __base__=Label, actual=_actual)


class FeedbackRequest(Row):
    """Outcomes of earlier predictions."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"labels": [{"prediction_id": _EXAMPLE_ID, "actual": example_label()}]}]
        }
    )

    labels: list[FeedbackLabel] = Field(min_length=1)


class FeedbackAnswer(BaseModel):
    """How many outcomes were taken in."""

    accepted: int = Field(ge=1, examples=[1])


class Health(BaseModel):
    status: str = Field(examples=["ok"])


class FieldProblem(BaseModel):
    """One thing that is wrong with a request."""

    detail: str = Field(examples=["Field required"])
    pointer: str = Field(
        description="Where it is, as a JSON pointer.",
        examples=[f"#/instances/0/{next(iter(Features.model_fields))}"],
    )


class Problem(BaseModel):
    """An error, as RFC 9457 describes it."""

    type: str = "about:blank"
    title: str = Field(examples=["Unprocessable Content"])
    status: int = Field(examples=[422])
    detail: str = Field(examples=["The request does not match the schema."])
    errors: list[FieldProblem] | None = None


Json = dict[str, Any]

_AnyRequest = TypeVar("_AnyRequest", bound=Row)


def limited(request: type[_AnyRequest], name: str, most: int) -> type[_AnyRequest]:
    """Return a request whose list may have so many items; of a longer one no more are read."""
    field = request.model_fields[name]
    fields: Any = {name: (Annotated[field.annotation, Field(max_length=most)], field)}
    return create_model(request.__name__, __base__=request, **fields)
