"""Real checkers on the files that no test of the project runs."""

import json
import re
import shutil
import subprocess
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import yaml
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard

from scripts import make_dashboards, make_kibana_dashboards

from .conftest import CONFIG, ROOT, Bake

GITHUB = ROOT / ".github"
WORKFLOWS = sorted(GITHUB.glob("workflows/*.yml"))
# Of what a container says, Docker keeps so much, in the form that Filebeat reads.
ROTATED: dict[str, Any] = {"driver": "json-file", "options": {"max-size": "10m", "max-file": "3"}}
# What jobs run besides targets of the Makefile.
OTHER_COMMANDS = ("git config --global core.autocrlf false", 'make "$TARGET"')


def check(folder: Path, program: str, *arguments: str) -> None:
    """Run a checker on a file or folder, and fail with what it prints."""
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed here")
    result = subprocess.run([program, *arguments], cwd=folder, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_templates_own_workflows_are_valid_and_safe() -> None:
    workflows = [str(path) for path in WORKFLOWS]
    actions = [str(path) for path in GITHUB.glob("actions/*/action.yml")]
    assert shutil.which("shellcheck"), "actionlint would not look into scripts"
    check(ROOT, "actionlint", *workflows)
    check(ROOT, "zizmor", "--offline", "--quiet", "--min-severity=medium", str(GITHUB))
    check(ROOT, "check-jsonschema", "--builtin-schema=vendor.github-workflows", *workflows)
    check(ROOT, "check-jsonschema", "--builtin-schema=vendor.github-actions", *actions)
    dependabot = str(GITHUB / "dependabot.yml")
    check(ROOT, "check-jsonschema", "--builtin-schema=vendor.dependabot", dependabot)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_the_templates_own_jobs_run_targets_of_the_makefile_within_limits(path: Path) -> None:
    workflow = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert workflow["permissions"] == {}
    assert workflow["concurrency"]["group"]
    for job in workflow["jobs"].values():
        assert job["permissions"]
        chosen = job.get("strategy", {}).get("matrix", {}).get("target", [])
        longest = 350 if "test-matrix" in chosen else 90
        assert "uses" in job or job["timeout-minutes"] <= longest
        commands = [step["run"] for step in job.get("steps", []) if "run" in step]
        assert set(chosen) <= targets(ROOT)
        for command in commands:
            made = re.fullmatch(r"make ([a-z-]+)", command)
            assert command in OTHER_COMMANDS or (made and made[1] in targets(ROOT)), command


def targets(folder: Path) -> set[str]:
    """Return the targets of a Makefile that its help shows."""
    makefile = (folder / "Makefile").read_text(encoding="utf-8")
    return set(re.findall(r"^([a-z-]+):.*## ", makefile, re.MULTILINE))


@pytest.mark.parametrize("target", CONFIG["cloud_target"])
def test_the_dockerfile_is_good(bake: Bake, target: str) -> None:
    files = ("Dockerfile", "compose/mlflow.Dockerfile")
    check(bake(cloud_target=target, init_git=False).path, "hadolint", *files)


@pytest.mark.parametrize(
    ("answers", "passwords"),
    [
        ({}, ["POSTGRES_PASSWORD", "GRAFANA_PASSWORD"]),
        ({"monitoring": "cloudwatch", "cloud_target": "aws-ec2"}, ["POSTGRES_PASSWORD"]),
    ],
)
def test_the_compose_file_is_good_and_listens_on_this_machine_only(
    bake: Bake, monkeypatch: pytest.MonkeyPatch, answers: dict[str, str], passwords: list[str]
) -> None:
    project = bake(init_git=False, **answers)
    for name in passwords:
        monkeypatch.setenv(name, "of a test")
    check(project.path, "docker-compose", "config", "--quiet")
    found = yaml.safe_load(project.read("compose.yaml"))
    services = dict(found["services"])
    for included in found.get("include", []):
        services |= yaml.safe_load(project.read(included["path"]))["services"]
    ports = [port for service in services.values() for port in service.get("ports", [])]
    assert ports and all(port.startswith("127.0.0.1:") for port in ports)
    images = [
        s["image"] for s in services.values() if {"image", "pull_policy"} & set(s) == {"image"}
    ]
    assert images and all(re.search(r":v?\d+\.\d+", image) for image in images)
    for service in services.values():
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert service["logging"] == ROTATED
    for name in passwords:
        monkeypatch.delenv(name)
        refused = project.run("docker-compose", "config", "--quiet")
        assert refused.returncode != 0 and "make " in refused.stdout
        monkeypatch.setenv(name, "of a test")


def test_the_compose_file_of_the_logs_is_good_and_as_closed_as_it_can_be(
    bake: Bake, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = bake(log_stack="elk", init_git=False)
    command = ("docker-compose", "--file", "compose/elk.yaml", "--project-directory", ".", "config")
    for name in ("ELASTIC", "KIBANA", "FILEBEAT"):
        monkeypatch.setenv(f"{name}_PASSWORD", "of a test")
    check(project.path, *command, "--quiet")
    services = yaml.safe_load(project.read("compose/elk.yaml"))["services"]
    ports = [port for service in services.values() for port in service.get("ports", [])]
    assert len(ports) == 2 and all(port.startswith("127.0.0.1:") for port in ports)
    for service in services.values():
        assert re.fullmatch(r"docker\.elastic\.co/[a-z/]+:\d+\.\d+\.\d+", service["image"])
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert service["logging"] == ROTATED
    versions = {service["image"].split(":")[1] for service in services.values()}
    assert len(versions) == 1  # they have to be of one release
    monkeypatch.delenv("ELASTIC_PASSWORD")
    refused = project.run(*command, "--quiet")
    assert refused.returncode != 0 and "make logs" in refused.stdout


def test_filebeat_reads_what_docker_sets_aside(bake: Bake) -> None:
    project = bake(log_stack="elk", init_git=False)
    (reader,) = yaml.safe_load(project.read("compose/elk/filebeat.yml"))["filebeat.inputs"]
    kept = int(ROTATED["options"]["max-file"])
    for ending in ("", *(f".{number}" for number in range(1, kept))):
        file = f"/var/lib/docker/containers/0123/0123-json.log{ending}"
        assert any(fnmatch(file, pattern) for pattern in reader["paths"]), file


def test_passwords_are_made_once(bake: Bake) -> None:
    project = bake(log_stack="elk", init_git=False)
    (project.path / ".env").write_text("PORT=8099", encoding="utf-8")  # with no end of line
    for _ in range(2):
        project.succeeds("make", "logs", "DOCKER=true", "RUN=")
    lines = project.read(".env").split()
    assert [line.split("=")[0] for line in lines] == [
        "PORT",
        "POSTGRES_PASSWORD",
        "GRAFANA_PASSWORD",
        "ELASTIC_PASSWORD",
        "KIBANA_PASSWORD",
        "FILEBEAT_PASSWORD",
    ]
    assert len({line.split("=")[1] for line in lines}) == 6


@pytest.mark.parametrize("name", make_dashboards.DASHBOARDS)
def test_the_dashboards_are_those_that_the_script_writes(name: str) -> None:
    made = make_dashboards.DASHBOARDS[name]
    assert (make_dashboards.FOLDER / f"{name}.json").read_text("utf-8") == (
        make_dashboards.content(made)
    )


@pytest.mark.parametrize("name", make_dashboards.DASHBOARDS)
def test_grafanas_own_model_of_a_dashboard_knows_all_that_is_in_ours(bake: Bake, name: str) -> None:
    project = bake(init_git=False)
    ours = json.loads(project.read(f"monitoring/grafana/dashboards/{name}.json"))
    again = JSONEncoder().encode(Dashboard.from_json(ours))
    assert json.loads(again) == ours


def test_the_objects_of_kibana_are_those_that_the_script_writes() -> None:
    assert make_kibana_dashboards.FILE.read_text("utf-8") == make_kibana_dashboards.content()


def test_the_scripts_of_the_logs_are_good(bake: Bake) -> None:
    scripts = ("compose/elk/setup.sh", "compose/elk/dashboards.sh")
    check(bake(log_stack="elk", init_git=False).path, "shellcheck", *scripts)


@pytest.mark.parametrize(
    ("question", "answer"),
    [("log_stack", "elk"), *(("cloud_target", target) for target in CONFIG["cloud_target"])],
)
def test_nothing_in_a_new_project_looks_like_a_secret(
    bake: Bake, question: str, answer: str
) -> None:
    # Without the project's own environment: ours has the program, too.
    bake(**{question: answer}).succeeds("make", "secrets", "RUN=")


def test_the_documentation_builds_without_warnings(tmp_path: Path) -> None:
    check(ROOT, "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path / "site"))


def test_the_readmes_commands_exist(bake: Bake) -> None:
    for folder in (ROOT, bake().path):
        readme = (folder / "README.md").read_text(encoding="utf-8")
        named = set(re.findall(r"^(?:\$ )?make ([a-z-]+)", readme, re.MULTILINE))
        assert named, f"{folder.name} names no command"
        if folder == ROOT:
            named -= {"setup", "train", "serve"}  # those of the generated project
        assert named <= targets(folder)
