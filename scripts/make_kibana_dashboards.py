"""Write the saved objects of Kibana that a project with `log_stack: elk` has.

Run `python scripts/make_kibana_dashboards.py` after a change. What is written is a template itself:
the names of data sets and of the predicted value differ between projects. Whoever has a project
changes the dashboards in Kibana, and exports them.
"""

import json
from pathlib import Path
from typing import Any

Json = dict[str, Any]

OPTION = "{{cookiecutter.project_slug}}/_options/log_stack/elk"
FILE = Path(__file__).parent.parent / OPTION / "compose/elk/dashboards.ndjson"

PACKAGE = "{{ cookiecutter.package_name }}"
SLUG = "{{ cookiecutter.project_slug }}"
# An expression with quotes cannot stand in JSON within JSON.
HEAD = """\
{% set answer = "probability" if cookiecutter.problem_type == "classification" else "value" %}
"""
ANSWER = "prediction.answer.{{ answer }}"

VIEW = f"{SLUG}-logs"
ROWS = "___records___"  # what Kibana counts where it counts lines

ERRORS = f"event.dataset : {PACKAGE}.error"
PREDICTIONS = f"event.dataset : {PACKAGE}.prediction"
ANSWERS = "http.response.status_code : *"


def count() -> Json:
    return column("Lines", "count", ROWS, "number")


def column(label: str, operation: str, field: str, kind: str, **params: Any) -> Json:
    """Return a number of each bucket."""
    return {
        "label": label,
        "customLabel": True,
        "dataType": kind,
        "isBucketed": False,
        "operationType": operation,
        "scale": "ratio",
        "sourceField": field,
        "params": params,
    }


def time() -> Json:
    return {
        "label": "@timestamp",
        "dataType": "date",
        "isBucketed": True,
        "operationType": "date_histogram",
        "scale": "interval",
        "sourceField": "@timestamp",
        "params": {"interval": "auto", "includeEmptyRows": True, "dropPartials": False},
    }


def terms(label: str, field: str, kind: str = "string", missing: bool = False) -> Json:
    """Return buckets of the ten most frequent values of a field, and one of lines without it."""
    return {
        "label": label,
        "customLabel": True,
        "dataType": kind,
        "isBucketed": True,
        "operationType": "terms",
        "scale": "ordinal",
        "sourceField": field,
        "params": {
            "size": 10,
            "orderBy": {"type": "column", "columnId": "value"},
            "orderDirection": "desc",
            "otherBucket": missing,  # Kibana has the one only with the other
            "missingBucket": missing,
            "parentFormat": {"id": "terms"},
        },
    }


def ranges(label: str, field: str) -> Json:
    """Return buckets of equal width."""
    return {
        "label": label,
        "customLabel": True,
        "dataType": "number",
        "isBucketed": True,
        "operationType": "range",
        "scale": "interval",
        "sourceField": field,
        "params": {
            "type": "histogram",
            "ranges": [{"from": 0, "to": 1000, "label": ""}],
            "maxBars": "auto",
            "includeEmptyRows": True,
        },
    }


def saved(kind: str, name: str, version: str, attributes: Json, references: list[Json]) -> Json:
    return {
        "id": f"{SLUG}-{name}",
        "type": kind,
        "coreMigrationVersion": "8.8.0",
        "typeMigrationVersion": version,
        "attributes": attributes,
        "references": references,
    }


def lens(name: str, title: str, kind: str, query: str, columns: Json, shown: Json) -> Json:
    """Return a panel. Its columns are called x, split and value."""
    state = {
        "datasourceStates": {
            "formBased": {
                "layers": {
                    "lines": {
                        "columnOrder": list(columns),
                        "columns": columns,
                        "incompleteColumns": {},
                    }
                }
            }
        },
        "filters": [],
        "query": {"language": "kuery", "query": query},
        "visualization": shown,
        "internalReferences": [],
        "adHocDataViews": {},
    }
    attributes = {"title": title, "visualizationType": kind, "state": state}
    source = {"type": "index-pattern", "id": VIEW, "name": "indexpattern-datasource-layer-lines"}
    return saved("lens", name, "8.9.0", attributes, [source])


def chart(name: str, title: str, series: str, query: str, **columns: Json) -> Json:
    layer = {
        "layerId": "lines",
        "layerType": "data",
        "seriesType": series,
        "accessors": ["value"],
        "xAccessor": "x",
    }
    if "split" in columns:
        layer["splitAccessor"] = "split"
    shown = {
        "legend": {"isVisible": True, "position": "right"},
        "preferredSeriesType": series,
        "valueLabels": "hide",
        "fittingFunction": "None",
        "layers": [layer],
    }
    return lens(name, title, "lnsXY", query, columns, shown)


def table(name: str, title: str, query: str, **columns: Json) -> Json:
    shown = {
        "layerId": "lines",
        "layerType": "data",
        "columns": [{"columnId": column} for column in columns],
    }
    return lens(name, title, "lnsDatatable", query, columns, shown)


def search(kind: str, *columns: str) -> Json:
    """Return the lines of a data set, newest first."""
    source = {
        "query": {"language": "kuery", "query": f"event.dataset : {PACKAGE}.{kind}"},
        "filter": [],
        "indexRefName": "kibanaSavedObjectMeta.searchSourceJSON.index",
    }
    attributes = {
        "title": f"{SLUG}: {kind}",
        "description": "",
        "columns": list(columns),
        "sort": [["@timestamp", "desc"]],
        "grid": {},
        "hideChart": False,
        "kibanaSavedObjectMeta": {"searchSourceJSON": json.dumps(source)},
    }
    reference = {"type": "index-pattern", "id": VIEW, "name": source["indexRefName"]}
    return saved("search", f"lines-{kind}", "8.0.0", attributes, [reference])


def dashboard(name: str, title: str, *panels: Json) -> Json:
    """Return a dashboard of two panels in a row."""
    shown, references = [], []
    for number, panel in enumerate(panels):
        index = str(number + 1)
        place = {"x": number % 2 * 24, "y": number // 2 * 14, "w": 24, "h": 14, "i": index}
        shown.append(
            {
                "type": panel["type"],
                "panelIndex": index,
                "panelRefName": f"panel_{index}",
                "gridData": place,
                "embeddableConfig": {},
            }
        )
        reference = {"type": panel["type"], "id": panel["id"], "name": f"{index}:panel_{index}"}
        references.append(reference)
    source = {"query": {"language": "kuery", "query": ""}, "filter": []}
    attributes = {
        "title": f"{SLUG}: {title}",
        "description": "",
        "version": 1,
        "timeRestore": False,
        "panelsJSON": json.dumps(shown),
        "optionsJSON": json.dumps({"useMargins": True, "hidePanelTitles": False}),
        "kibanaSavedObjectMeta": {"searchSourceJSON": json.dumps(source)},
    }
    return saved("dashboard", name, "8.9.0", attributes, references)


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
