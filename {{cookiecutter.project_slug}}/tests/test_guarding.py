"""Who may ask, how much, and what nobody gets to see."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from httpx2 import Client

from {{ cookiecutter.package_name }}.bundle.model_format import FILE
from {{ cookiecutter.package_name }}.serving import logs, predictor
from {{ cookiecutter.package_name }}.serving.settings import Settings

from .conftest import pointers, predict, with_other
from .running import running

QUOTED = "born in 1971"  # what an error may quote of a caller's values


def test_guarded_routes_ask_for_a_key_and_take_any_of_several(settings: Settings) -> None:
    with running(with_other(settings, api_keys="old, new")) as client:  # pragma: allowlist secret
        assert predict(client).status_code == 401
        assert client.post("/feedback").status_code == 401
        assert client.get("/model", headers={"X-API-Key": "wrong"}).status_code == 401
        for key in ("old", "new"):
            assert client.get("/model", headers={"X-API-Key": key}).status_code == 200
        for path in ("/health/live", "/health/ready", "/metrics", "/openapi.json", "/docs"):
            assert client.get(path).status_code == 200


def test_a_service_without_keys_says_so(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    with running(settings):
        assert "API_KEYS is not set" in caplog.text
    caplog.clear()
    with running(with_other(settings, api_keys="one")):  # pragma: allowlist secret
        assert "API_KEYS" not in caplog.text


@pytest.mark.parametrize("path", ["/predict", "/feedback"])
def test_a_huge_body_is_413_with_and_without_its_length(client: Client, path: str) -> None:
    def chunks() -> Iterator[bytes]:
        for _ in range(20):
            yield b" " * 100_000

    for content in (b" " * 2_000_000, chunks()):
        response = client.post(path, content=content)
        assert response.status_code == 413
        assert pointers(response) == []


@pytest.mark.parametrize(("path", "name"), [("/predict", "instances"), ("/feedback", "labels")])
def test_too_many_items_are_422_and_nothing_else_is_said_of_them(
    settings: Settings, path: str, name: str
) -> None:
    with running(with_other(settings, max_instances=2)) as client:
        response = client.post(path, json={name: [{}] * 3})
    assert response.status_code == 422
    assert pointers(response) == [f"#/{name}"]


def test_answers_are_neither_stored_nor_sniffed_nor_framed(client: Client) -> None:
    for response in (predict(client), client.get("/nothing"), client.post("/predict")):
        assert response.headers["Cache-Control"] == "no-store"
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert "frame-ancestors 'none'" in response.headers["Content-Security-Policy"]
        assert "server" not in response.headers


def test_a_tampered_bundle_keeps_the_service_from_becoming_ready(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    with (settings.model_dir / FILE).open("ab") as file:
        file.write(b"x")
    with running(settings) as client:
        assert client.get("/health/live").status_code == 200
        for response in (client.get("/health/ready"), predict(client)):
            assert response.status_code == 503
            assert response.headers["Retry-After"]
    assert "was altered" in caplog.text


def test_an_empty_digest_pins_no_bundle(settings: Settings) -> None:
    with running(with_other(settings, model_digest="")) as client:
        assert client.get("/health/ready").status_code == 200


@pytest.mark.parametrize("with_messages", [False, True])
def test_an_unforeseen_error_is_500_and_its_message_in_the_log_only_if_wanted(
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    with_messages: bool,
) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError(QUOTED)

    with running(with_other(settings, log_error_messages=with_messages)) as client:
        monkeypatch.setattr(predictor, "encode", fail)
        response = predict(client)
    assert response.status_code == 500
    assert QUOTED not in response.text
    (record,) = (r for r in caplog.records if r.levelno == logging.ERROR)
    said = vars(record)
    assert said["error.type"] == "RuntimeError"
    assert "predictor.py" in said["error.stack_trace"]
    assert (QUOTED in str(said)) == (with_messages and not logs.SENSITIVE)
