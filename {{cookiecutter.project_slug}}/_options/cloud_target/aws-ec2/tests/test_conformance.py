"""The service does what it has to in the container that systemd runs on each instance."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from {{ cookiecutter.package_name }}.client import ask, fetch
from {{ cookiecutter.package_name }}.example import example_instance
from {{ cookiecutter.package_name }}.serving.settings import Settings

from . import unit
from .conftest import ROOT
from .hosting import Hosted, announce, docker, hosted, needs_image

UNIT = unit.read()
KEYS = "one-key,another-key"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hosted]:
    log = tmp_path_factory.mktemp("hosted") / "log"
    with hosted(log, *UNIT.elsewhere(), command=UNIT.command) as service:
        yield service


def test_it_answers_at_the_port_that_it_is_given(service: Hosted) -> None:
    answer, model = ask(service.url, [example_instance()])
    assert answer["model"]["version"] == model["version"]


def test_it_is_ready_where_the_balancer_asks(service: Hosted) -> None:
    balancer = (ROOT / "infra/service/balancer.tf").read_text(encoding="utf-8")
    (path,) = re.findall(r'health_check \{\n\s+path\s+= "(.+)"', balancer)
    assert fetch(f"{service.url}{path}", {}) == {"status": "ok"}


def test_it_refuses_a_body_that_is_too_large_before_it_has_come(service: Hosted) -> None:
    assert announce(f"{service.url}/predict", Settings().max_body_bytes + 1) == 413


@needs_image
def test_it_can_write_nowhere_but_below_tmp(service: Hosted) -> None:
    assert docker("exec", service.name, "id", "-u") == "1000"
    script = "for folder in /app /home /var /tmp; do touch $folder/x && echo $folder; done; true"
    assert docker("exec", service.name, "sh", "-c", script) == "/tmp"  # noqa: S108


@needs_image
def test_it_has_no_rights_and_gets_none(service: Hosted) -> None:
    status = docker("exec", service.name, "cat", "/proc/1/status")
    found = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    assert int(found["CapEff"], 16) == int(found["CapBnd"], 16) == 0
    assert found["NoNewPrivs"] == "1"


def test_it_ends_in_order(tmp_path: Path) -> None:
    with hosted(tmp_path / "log", *UNIT.elsewhere(), command=UNIT.command) as service:
        assert service.stop(UNIT.grace) == 0


def test_systemd_waits_for_longer_than_docker() -> None:
    (seconds,) = re.findall(r"^TimeoutStopSec=(\d+)$", unit.PATH.read_text(), re.MULTILINE)
    assert int(seconds) > UNIT.grace


def test_nothing_secret_is_in_the_command() -> None:
    given = [option for option in UNIT.options if option.startswith("--env")]
    assert given == [
        "--env-file=/etc/{{ cookiecutter.project_slug }}/service.env",
        "--env-file=%t/{{ cookiecutter.project_slug }}/secret.env",
    ]


def test_the_unit_is_one_that_systemd_takes(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed here")
    text = unit.PATH.read_text(encoding="utf-8")
    # It looks for the programs, too, which only an instance has.
    text = re.sub(r"^(Exec\w+=)/\S+", r"\1/bin/true", text, flags=re.MULTILINE)
    (tmp_path / "service.service").write_text(text, encoding="utf-8")
    docker_unit = "[Service]\nExecStart=/bin/true\n"
    (tmp_path / "docker.service").write_text(docker_unit, encoding="utf-8")
    result = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", tmp_path / "service.service"],
        capture_output=True,
        text=True,
    )
    assert (result.returncode, result.stderr) == (0, "")


def stand_in(folder: Path, name: str, script: str) -> None:
    """Put a program on the path that notes its arguments, and does what it is told."""
    text = f'#!/bin/bash\necho "{name} $*" >>"{folder}/asked"\n{script}\n'
    (folder / name).write_text(text, encoding="utf-8")
    (folder / name).chmod(0o755)


def prepared(
    tmp_path: Path, keys: str = KEYS, has_image: bool = False
) -> subprocess.CompletedProcess[str]:
    """Run what the unit runs before the container, without AWS and Docker."""
    stand_in(
        tmp_path,
        "aws",
        f"case $* in *get-secret-value*) printf '%s\\n' '{keys}';; *) echo password;; esac",
    )
    stand_in(
        tmp_path,
        "docker",
        f'case $* in "image inspect"*) {"true" if has_image else "false"};; '
        f'login*) cat >"{tmp_path}/password";; esac',
    )
    return subprocess.run(
        ["bash", unit.PREPARE],
        env={
            "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}",
            "RUNTIME_DIRECTORY": str(tmp_path),
            "IMAGE": "registry.example.com/service@sha256:0123",
            "REGION": "eu-north-1",
            "SECRET": "the-secret",  # pragma: allowlist secret
        },
        capture_output=True,
        text=True,
    )


def asked(tmp_path: Path) -> str:
    return (tmp_path / "asked").read_text(encoding="utf-8")


def test_the_keys_reach_the_container_in_a_file_and_nowhere_else(tmp_path: Path) -> None:
    result = prepared(tmp_path)
    assert result.returncode == 0, result.stderr
    secret = tmp_path / "secret.env"
    assert secret.read_text(encoding="utf-8") == f"API_KEYS={KEYS}\n"
    assert secret.stat().st_mode & 0o777 == 0o600
    shown = asked(tmp_path) + result.stdout + result.stderr
    assert "get-secret-value --region eu-north-1 --secret-id the-secret" in shown
    assert "-key" not in shown


@pytest.mark.parametrize("keys", ["", "None", "one\ntwo"])
def test_without_keys_nothing_starts(tmp_path: Path, keys: str) -> None:
    result = prepared(tmp_path, keys)
    assert result.returncode != 0
    assert "The secret the-secret has to be API keys" in result.stderr
    assert not (tmp_path / "secret.env").exists()


def test_an_image_that_is_missing_is_pulled(tmp_path: Path) -> None:
    assert prepared(tmp_path).returncode == 0
    assert "docker login --username AWS --password-stdin registry.example.com\n" in asked(tmp_path)
    assert "docker pull --quiet registry.example.com/service@sha256:0123\n" in asked(tmp_path)
    assert (tmp_path / "password").read_text(encoding="utf-8") == "password\n"


def test_an_image_that_is_there_needs_no_registry(tmp_path: Path) -> None:
    assert prepared(tmp_path, has_image=True).returncode == 0
    assert "login" not in asked(tmp_path)
    assert "pull" not in asked(tmp_path)
