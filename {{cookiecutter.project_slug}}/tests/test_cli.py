"""The command line, with a real server to ask."""

import errno
import json
import os
import shutil
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from {{ cookiecutter.package_name }} import paths
from {{ cookiecutter.package_name }}.cli import app
from {{ cookiecutter.package_name }}.client import ask, local_url, read_instances
from {{ cookiecutter.package_name }}.example import example_instance
from {{ cookiecutter.package_name }}.reports import print_answer

from .server import serving

run = CliRunner().invoke


@pytest.fixture(scope="module")
def server(project: Path) -> Iterator[str]:
    """The address of a server that serves the candidate."""
    with serving(project / "log") as server:
        yield server.url
        assert server.stop() == 0


def test_help_lists_the_commands_as_a_model_comes_upon_them() -> None:
    shown = run(app, ["--help"]).output
    parts = ("Pipeline:", "collect", "Registry:", "promote", "Delivery:", "deploy", "Operation:")
    places = [shown.index(f"\n{part}" if part[-1] == ":" else f"\n  {part} ") for part in parts]
    assert places == sorted(places)


def test_predict_shows_the_prediction_the_model_and_its_metrics(server: str) -> None:
    result = run(app, ["predict", "--url", server])
    assert result.exit_code == 0, result.output
    _, model = ask(server, [example_instance()])
    assert model["version"] in result.output
    assert all(metric in result.output for metric in model["metrics"]["model"])


def test_predict_takes_rows_from_a_file(server: str, tmp_path: Path) -> None:
    file = tmp_path / "rows.json"
    file.write_text(json.dumps({"instances": [example_instance()] * 2}), encoding="utf-8")
    answer, _ = ask(server, read_instances(file))
    assert len(answer["predictions"]) == 2


@pytest.mark.parametrize("content", ["{", '"text"', "{}"])
def test_a_file_without_rows_is_refused(tmp_path: Path, content: str) -> None:
    file = tmp_path / "rows.json"
    file.write_text(content, encoding="utf-8")
    result = run(app, ["predict", str(file)])
    assert result.exit_code == 1
    assert "rows.json" in result.output


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "localhost"])
def test_a_service_that_is_not_there_is_named(url: str) -> None:
    result = run(app, ["predict", "--url", url])
    assert result.exit_code == 1
    assert "make serve" in result.output


@pytest.mark.parametrize(
    ("host", "address"),
    [("0.0.0.0", "127.0.0.1"), ("::1", "[::1]"), ("192.0.2.1", "192.0.2.1")],  # noqa: S104
)
def test_predict_asks_where_the_settings_let_the_service_listen(
    monkeypatch: pytest.MonkeyPatch, host: str, address: str
) -> None:
    monkeypatch.setenv("HOST", host)
    assert local_url().rpartition(":")[0] == f"http://{address}"


def test_a_busy_port_is_named(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", server.rsplit(":", 1)[1])
    before = signal.getsignal(signal.SIGINT)
    result = run(app, ["serve"])
    assert result.exit_code == 1
    assert "is in use" in result.output
    assert signal.getsignal(signal.SIGINT) is before  # an interrupt still means what it meant


def test_brackets_in_a_value_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    model = {"metrics": {"model": {"metric": 1.0}, "baseline": {"metric": 0.0}}}
    answer = {"predictions": [{"value": 1}], "model": {"name": "model", "version": "1"}}
    print_answer([{"text": "[/b]"}], answer, model)
    assert "[/b]" in capsys.readouterr().out


def test_a_wrong_setting_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAX_BODY_BYTES", "many")
    result = run(app, ["serve"])
    assert result.exit_code == 1
    assert "MAX_BODY_BYTES" in result.output


def test_commands_outside_of_the_project_say_where_to_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = run(app, ["validate"])
    assert result.exit_code == 1
    assert "project's root" in result.output


def test_a_stage_without_what_it_needs_says_what_makes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(paths.PARAMS, tmp_path)
    monkeypatch.chdir(tmp_path)
    for stage in ("validate", "split", "train", "evaluate", "bundle", "gate"):
        result = run(app, [stage])
        assert result.exit_code == 1, stage
        assert "`make train` makes" in result.output, stage


@pytest.mark.parametrize("number", [errno.EROFS, errno.ENOSPC, errno.EACCES])
def test_a_place_that_cannot_be_written_is_named(
    monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number), "reports/validation.json")

    place = "{{ cookiecutter.package_name }}.pipeline.validate.validate"
    monkeypatch.setattr(place, refuse)
    result = run(app, ["validate"])
    assert result.exit_code == 1
    assert "reports/validation.json'. Nothing can be written" in result.output


def test_an_environment_that_can_only_serve_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rich.console", None)
    reports = "{{ cookiecutter.package_name }}.reports"
    monkeypatch.delitem(sys.modules, reports, raising=False)
    result = run(app, ["predict"])
    assert result.exit_code == 1
    assert "rich.console is not installed" in result.output
