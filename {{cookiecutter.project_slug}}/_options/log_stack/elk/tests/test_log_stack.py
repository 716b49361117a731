"""What Elasticsearch, Kibana and Filebeat are told fits what the service says.

None of the three is run here. The scripts are, against a server that notes what it is asked.
"""

import json
import os
import re
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import yaml

from {{ cookiecutter.package_name }} import NAME
from {{ cookiecutter.package_name }}.serving import logs
from {{ cookiecutter.package_name }}.serving.settings import Settings

from .conftest import ROOT, Json
from .said import field_names, lines_of_every_kind

FOLDER = ROOT / "compose" / "elk"
DATASETS = (logs.INPUT, logs.PREDICTION, logs.ERROR, logs.SYSTEM)
ROWS = "___records___"  # what Kibana counts where it counts lines


class Server(ThreadingHTTPServer):
    """Takes everything, but for one path."""

    def __init__(self, refused: str, answer: bytes) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.refused = refused
        self.answer = answer
        self.asked: dict[str, bytes] = {}
        self.signed_in: set[str | None] = set()


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked[self.path] = body
        self.server.signed_in.add(self.headers["Authorization"])
        self.send_response(400 if self.path == self.server.refused else 200)
        self.end_headers()
        self.wfile.write(self.server.answer)

    def do_POST(self) -> None:
        self.do_PUT()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def listening(refused: str = "", answer: bytes = b"{}") -> Iterator[Server]:
    with Server(refused, answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def run(script: str, server: Server) -> "subprocess.CompletedProcess[str]":
    url = f"http://127.0.0.1:{server.server_port}"
    users = ("ELASTIC", "KIBANA", "FILEBEAT")
    passwords = {f"{user}_PASSWORD": "of a test" for user in users}  # pragma: allowlist secret
    return subprocess.run(
        ["bash", str(FOLDER / script)],
        env=os.environ | passwords | {"ELASTICSEARCH_URL": url, "KIBANA_URL": url},
        capture_output=True,
        text=True,
    )


@pytest.fixture(scope="module")
def told() -> dict[str, Json]:
    """What the setup tells Elasticsearch, by path."""
    with listening() as server:
        result = run("setup.sh", server)
    assert result.returncode == 0, result.stderr
    assert len(server.signed_in) == 1
    assert None not in server.signed_in
    return {path: json.loads(body) for path, body in server.asked.items()}


@pytest.fixture(scope="module")
def saved() -> dict[str, Json]:
    """The saved objects of Kibana, by type and id."""
    text = (FOLDER / "dashboards.ndjson").read_text(encoding="utf-8")
    objects = [json.loads(line) for line in text.splitlines()]
    return {f"{one['type']}/{one['id']}": one for one in objects}


def test_templates_name_what_is_there(told: dict[str, Json]) -> None:
    templates = {path: body for path, body in told.items() if path.startswith("/_index_template/")}
    assert len(templates) == 2
    for template in templates.values():
        settings = template["template"]["settings"]
        assert f"/_ingest/pipeline/{settings['index.default_pipeline']}" in told
        assert f"/_ilm/policy/{settings['index.lifecycle.name']}" in told
        assert all(f"/_component_template/{part}" in told for part in template["composed_of"])


@pytest.mark.parametrize("dataset", DATASETS)
def test_each_data_set_has_a_data_stream_that_filebeat_may_write_to(
    told: dict[str, Json], dataset: str
) -> None:
    assert "-" not in dataset and len(dataset) <= 100
    name = filebeat()["output.elasticsearch"]["index"].replace("%{[event.dataset]}", dataset)
    patterns = {
        pattern: body["priority"]
        for path, body in told.items()
        if path.startswith("/_index_template/")
        for pattern in body["index_patterns"]
        if fits(pattern, name)
    }
    first = max(patterns, key=patterns.__getitem__)
    assert ("input" in first) == (dataset == logs.INPUT)  # which is kept for a shorter time
    (rights,) = told["/_security/role/filebeat_writer"]["indices"]
    assert any(fits(pattern, name) for pattern in rights["names"])


def filebeat() -> Json:
    found: Json = yaml.safe_load((FOLDER / "filebeat.yml").read_text(encoding="utf-8"))
    return found


def fits(pattern: str, name: str) -> bool:
    return bool(re.fullmatch(re.escape(pattern).replace(r"\*", ".*"), name))


def test_filebeat_sends_on_what_this_service_says_and_nothing_else() -> None:
    dropping, *others = dropped_when()
{% if cookiecutter.monitoring == "cloudwatch" %}
    assert others == [{"has_fields": ["_aws"]}]
{% else %}
    assert others == []
{% endif %}
    assert dropping["not"]["equals"]["service.name"] == NAME


def dropped_when() -> list[Json]:
    """Return the conditions under which Filebeat drops a line."""
    found = (processor.get("drop_event", {}) for processor in filebeat()["processors"])
    return [dropping["when"] for dropping in found if dropping]


def test_every_field_that_the_service_writes_has_a_mapping(
    told: dict[str, Json],
    settings: Settings,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lines = lines_of_every_kind(settings, caplog, monkeypatch)
    of_dropped = {name for when in dropped_when() for name in when.get("has_fields", ())}
    sent = [line for line in lines if not of_dropped & line.keys()]
    written = {name for line in sent for name in field_names(line)}
    # These have the types that the first row gives them: the schema is yours.
    others = {name for name in written if not name.startswith("prediction.features.")}
    assert others - mapped(told) == set()
    assert len(written) > len(others) > 10


def mapped(told: dict[str, Json]) -> set[str]:
    """Return the fields that have a mapping."""

    def names(properties: Json, prefix: str = "") -> Iterator[str]:
        for name, field in properties.items():
            yield f"{prefix}{name}"
            yield from names(field.get("properties", {}), f"{prefix}{name}.")

    (component,) = (body for path, body in told.items() if path.startswith("/_component_template/"))
    return set(names(component["template"]["mappings"]["properties"]))


def test_panels_show_fields_that_have_a_mapping(
    told: dict[str, Json], saved: dict[str, Json]
) -> None:
    text = json.dumps(list(saved.values()))
    shown = set(re.findall(r'"sourceField": "([^"]+)"', text)) - {ROWS}
    queried = set(re.findall(r"([a-z_.]+) : ", text))
    columns = {
        column
        for one in saved.values()
        if one["type"] == "search"
        for column in one["attributes"]["columns"]
    }
    assert shown and queried and columns
    assert (shown | queried | columns) - mapped(told) == set()


def test_saved_objects_refer_to_what_comes_before_them(saved: dict[str, Json]) -> None:
    seen: set[str] = set()
    for name, one in saved.items():
        assert {f"{reference['type']}/{reference['id']}" for reference in one["references"]} <= seen
        seen.add(name)
    dashboards = [one for one in saved.values() if one["type"] == "dashboard"]
    assert len(dashboards) == 2
    for dashboard in dashboards:
        panels = json.loads(dashboard["attributes"]["panelsJSON"])
        wanted = {f"{panel['panelIndex']}:{panel['panelRefName']}" for panel in panels}
        assert wanted == {reference["name"] for reference in dashboard["references"]}


def test_a_setup_that_is_refused_fails(told: dict[str, Json]) -> None:
    for path in told:
        with listening(refused=path) as server:
            assert run("setup.sh", server).returncode != 0, path


@pytest.mark.parametrize(
    ("answer", "status"), [(b'{"success":true}', 0), (b'{"success":false,"errors":[]}', 1)]
)
def test_dashboards_that_are_not_taken_fail(answer: bytes, status: int) -> None:
    with listening(answer=answer) as server:
        assert run("dashboards.sh", server).returncode == status
    ((path, body),) = server.asked.items()
    assert path.endswith("?overwrite=true")
    assert (FOLDER / "dashboards.ndjson").read_bytes() in body
