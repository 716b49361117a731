"""The OpenAPI document, from the models of the contract. It is the same for every framework."""

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from .. import DESCRIPTION, TITLE
from ..bundle import Manifest
from .contract import (
    FeedbackAnswer,
    FeedbackRequest,
    Health,
    Json,
    PredictAnswer,
    PredictRequest,
    Problem,
)
from .metrics import MEDIA_TYPE
from .replies import JSON, PROBLEM


class ServedModel(Manifest):
    """The model that answers, and where it comes from."""

    digest: str


REASONS = {
    400: "The body is not JSON",
    401: "The API key is missing or wrong",
    408: "The body does not arrive in time",
    413: "The body is too large",
    422: "The body is JSON, but not what the schema asks for",
    503: "No model is loaded, or too many requests are waiting",
}
MODELS: list[tuple[type[BaseModel], JsonSchemaMode]] = [
    (PredictRequest, "validation"),
    (PredictAnswer, "serialization"),
    (FeedbackRequest, "validation"),
    (FeedbackAnswer, "serialization"),
    (Health, "serialization"),
    (ServedModel, "serialization"),
    (Problem, "serialization"),
]


def _reference(model: type[BaseModel]) -> Json:
    return {"schema": {"$ref": f"#/components/schemas/{model.__name__}"}}


def _operation(
    summary: str,
    answer: type[BaseModel],
    *problems: int,
    request: type[BaseModel] | None = None,
    status: int = 200,
) -> Json:
    """Describe one operation. One that needs an API key may answer 401."""
    operation: Json = {
        "summary": summary,
        "responses": {
            str(status): {
                "description": answer.__doc__ or "Fine",
                "content": {JSON: _reference(answer)},
            }
        }
        | {
            str(problem): {
                "description": REASONS[problem],
                "content": {PROBLEM: _reference(Problem)},
            }
            for problem in problems
        },
    }
    if request:
        operation["requestBody"] = {"required": True, "content": {JSON: _reference(request)}}
    if 401 in problems:
        operation["security"] = [{}, {"ApiKey": []}]
    return operation


def document(served: Iterable[str]) -> Json:
    """Return the document of the paths that are served."""
    _, schemas = models_json_schema(MODELS, ref_template="#/components/schemas/{model}")
    predict = _operation(
        "Predict rows", PredictAnswer, 400, 401, 408, 413, 422, 503, request=PredictRequest
    )
    ready = _operation("Whether the model is loaded and verified", Health, 503)
    text = {"description": "Metrics", "content": {MEDIA_TYPE: {"schema": {"type": "string"}}}}
    paths: dict[str, dict[str, Any]] = {
        "/predict": {"post": predict},
        "/feedback": {
            "post": _operation(
                "Tell what really happened",
                FeedbackAnswer,
                *(400, 401, 408, 413, 422),
                request=FeedbackRequest,
                status=202,
            )
        },
        "/model": {"get": _operation("The model and its lineage", ServedModel, 401, 503)},
        "/health/live": {"get": _operation("Whether the process works", Health)},
        "/health/ready": {"get": ready},
        "/metrics": {"get": {"summary": "Metrics for Prometheus", "responses": {"200": text}}},
{% if cookiecutter.cloud_target == "aws-sagemaker" %}
        "/ping": {
            "get": ready | {"responses": ready["responses"] | {"200": {"description": "It is"}}}
        },
        "/invocations": {"post": predict},
{% endif %}
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": TITLE, "description": DESCRIPTION, "version": "1"},
        "paths": {path: paths[path] for path in served},
        "components": {
            "schemas": schemas["$defs"],
            "securitySchemes": {"ApiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key"}},
        },
    }
