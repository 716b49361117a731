"""Saved objects of Kibana, as it exports them: the parts of which a project's dashboards are made."""

import json
from typing import Any

Json = dict[str, Any]
PACKAGE = "{{ cookiecutter.package_name }}"
SLUG = "{{ cookiecutter.project_slug }}"
VIEW = f"{SLUG}-logs"
ROWS = "___records___"  # what Kibana counts where it counts lines


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
