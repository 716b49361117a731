"""Real checkers on the files that no test of the project runs."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from .conftest import CONFIG, ROOT, Bake

GITHUB = ROOT / ".github"
WORKFLOWS = sorted(GITHUB.glob("workflows/*.yml"))
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
        assert "uses" in job or job["timeout-minutes"] <= 90
        chosen = job.get("strategy", {}).get("matrix", {}).get("target", [])
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


def test_the_compose_file_is_good_and_listens_on_this_machine_only(
    bake: Bake, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = bake(init_git=False)
    monkeypatch.setenv("POSTGRES_PASSWORD", "of a test")
    check(project.path, "docker-compose", "config", "--quiet")
    services = yaml.safe_load(project.read("compose.yaml"))["services"]
    ports = [port for service in services.values() for port in service.get("ports", [])]
    assert ports and all(port.startswith("127.0.0.1:") for port in ports)
    assert all("latest" not in service.get("image", "") for service in services.values())
    monkeypatch.delenv("POSTGRES_PASSWORD")
    refused = project.run("docker-compose", "config", "--quiet")
    assert refused.returncode != 0 and "make mlflow" in refused.stdout


@pytest.mark.parametrize("target", CONFIG["cloud_target"])
def test_nothing_in_a_new_project_looks_like_a_secret(bake: Bake, target: str) -> None:
    # Without the project's own environment: ours has the program, too.
    bake(cloud_target=target).succeeds("make", "secrets", "RUN=")


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
