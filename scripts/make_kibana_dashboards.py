"""Writes the saved objects of Kibana that a project with `log_stack: elk` has.

Run `uv run python -m scripts.make_kibana_dashboards` after a change. What is written is a template
itself: the names of data sets and of the predicted value differ between projects. Whoever has a
project changes the dashboards in Kibana, and exports them.
"""

import json
from pathlib import Path

from .kibana import (
    PACKAGE,
    SLUG,
    Json,
    chart,
    column,
    count,
    dashboard,
    ranges,
    saved,
    search,
    table,
    terms,
    time,
)

OPTION = "{{cookiecutter.project_slug}}/_options/log_stack/elk"
FILE = Path(__file__).parent.parent / OPTION / "compose/elk/dashboards.ndjson"
# An expression with quotes cannot stand in JSON within JSON.
HEAD = """\
{% set answer = "probability" if cookiecutter.problem_type == "classification" else "value" %}
"""
ANSWER = "prediction.answer.{{ answer }}"
ERRORS = f"event.dataset : {PACKAGE}.error"
PREDICTIONS = f"event.dataset : {PACKAGE}.prediction"
ANSWERS = "http.response.status_code : *"


def objects() -> list[Json]:
    """Return all saved objects, those first that others refer to."""
    attributes = {
        "title": f"logs-{PACKAGE}.*",
        "name": f"{SLUG} logs",
        "timeFieldName": "@timestamp",
    }
    view = saved("index-pattern", "logs", "8.0.0", attributes, [])
    ids = ("prediction.id", "http.request.id")
    searches = [
        search("input", *ids),
        search("prediction", *ids, "prediction.model_version", ANSWER),
        search("error", "error.type", "message", "http.request.id"),
        search("system", "log.level", "log.logger", "message"),
    ]
    service = [
        chart(
            "kinds",
            "Lines by data set",
            "bar_stacked",
            "",
            x=time(),
            split=terms("Data set", "event.dataset"),
            value=count(),
        ),
        chart(
            "statuses",
            "Answers noted, by status",
            "bar_stacked",
            ANSWERS,
            x=time(),
            split=terms("Status", "http.response.status_code", "number"),
            value=count(),
        ),
        table(
            "errors",
            "Errors",
            ERRORS,
            x=terms("From", "log.logger"),
            split=terms("Type", "error.type", missing=True),
            value=count(),
        ),
        chart(
            "durations",
            "Time of the answers noted, 95th percentile (ns)",
            "line",
            ANSWERS,
            x=time(),
            split=terms("Route", "url.path"),
            value=column(
                "95th percentile", "percentile", "event.duration", "number", percentile=95
            ),
        ),
    ]
    model = [
        chart(
            "models",
            "Predictions in the sample, by model",
            "bar_stacked",
            PREDICTIONS,
            x=time(),
            split=terms("Model", "prediction.model_version"),
            value=count(),
        ),
        chart(
            "answers",
            "Median of the predictions, by model",
            "line",
            PREDICTIONS,
            x=time(),
            split=terms("Model", "prediction.model_version"),
            value=column("Median", "median", ANSWER, "number"),
        ),
        chart(
            "distribution",
            "Distribution of the predictions",
            "bar",
            PREDICTIONS,
            x=ranges("Prediction", ANSWER),
            value=count(),
        ),
    ]
    return [
        view,
        *searches,
        *service,
        *model,
        dashboard("service", "service", *service, searches[2], searches[3]),
        dashboard("model", "predictions", *model, searches[1], searches[0]),
    ]


def content() -> str:
    """Return the file: a line for each object."""
    return HEAD + "".join(f"{json.dumps(one)}\n" for one in objects())


if __name__ == "__main__":
    FILE.write_text(content(), encoding="utf-8")
