"""The hook lays options over the base, and starts a git repository."""

import json
import subprocess
from pathlib import Path

import pytest
from cookiecutter.exceptions import FailedHookException
from cookiecutter.main import cookiecutter

from .conftest import ROOT, TEMPLATE, Bake, Project


def git(project: Project, *arguments: str) -> str:
    return subprocess.run(
        ["git", *arguments], cwd=project.path, capture_output=True, text=True, check=True
    ).stdout.strip()


def test_options_are_laid_over_the_base_and_removed(bake: Bake) -> None:
    project = bake(problem_type="regression", open_source_license="Apache-2.0")
    assert "mean_absolute_error" in project.read("src/flight_delay/evaluation.py")
    assert "Apache License" in project.read("LICENSE")
    assert not (project.path / "_options").exists()


def test_a_collision_is_refused_by_name(
    bake: Bake, template: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    option = template / TEMPLATE.name / "_options" / "problem_type" / "classification"
    (option / "Makefile").write_text("all:\n", encoding="utf-8")
    with pytest.raises(FailedHookException):
        bake(template=template)
    assert "classification/Makefile collides with Makefile" in capfd.readouterr().err


def test_a_collision_between_options_is_refused_by_name(
    bake: Bake, template: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    options = template / TEMPLATE.name / "_options"
    (options / "problem_type" / "classification" / "LICENSE").write_text("?", encoding="utf-8")
    with pytest.raises(FailedHookException):
        bake(template=template)
    assert "LICENSE collides with LICENSE" in capfd.readouterr().err


def test_replayed_answers_of_any_value_do_no_harm(tmp_path: Path) -> None:
    """Replay skips the checks of the answers."""
    context = {
        "cookiecutter": {
            "project_name": "Replayed",
            "project_slug": "replayed",
            "package_name": "replayed",
            "description": "'\"; import os; os.mkdir('executed') #",
            "author_name": "--amend\n'\"",
            "author_email": "x",
            "problem_type": "../../../../..",
            "serving_framework": "fastapi",
            "model_format": "joblib",
            "cloud_target": "local",
            "ci_provider": "jenkins",
            "monitoring": "prometheus-grafana",
            "log_stack": "stdout",
            "open_source_license": "/etc",
            "init_git": True,
            **{key: value for key, value in config().items() if key.startswith("_")},
        }
    }
    replay = tmp_path / "replay.json"
    replay.write_text(json.dumps(context), encoding="utf-8")
    output = tmp_path / "output"
    output.mkdir()
    project = Project(Path(cookiecutter(str(ROOT), replay=str(replay), output_dir=str(output))))
    assert not (project.path / "_options").exists()
    assert not list(tmp_path.rglob("executed"))
    assert [path.name for path in output.iterdir()] == ["replayed"]
    assert not (project.path / "LICENSE").exists()


def config() -> dict[str, object]:
    content: dict[str, object] = json.loads((ROOT / "cookiecutter.json").read_text("utf-8"))
    return content


def test_a_project_is_a_git_repository_with_one_clean_commit(bake: Bake) -> None:
    project = bake(author_name="Zoë O'Neil", author_email="zoe@example.com")
    assert git(project, "rev-list", "--count", "HEAD") == "1"
    assert git(project, "branch", "--show-current") == "main"
    assert git(project, "log", "--format=%an <%ae>") == "Zoë O'Neil <zoe@example.com>"
    assert git(project, "status", "--porcelain") == ""
    assert "data/sample/flights-2013.parquet" in git(project, "ls-files")


def test_the_users_hooks_and_signing_do_not_stop_the_first_commit(
    bake: Bake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hook = tmp_path / "hooks" / "pre-commit"
    hook.parent.mkdir()
    hook.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    hook.chmod(0o755)
    settings = tmp_path / "gitconfig"
    settings.write_text(
        f"[core]\nhooksPath = {hook.parent}\n[commit]\ngpgsign = true\n", encoding="utf-8"
    )
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(settings))
    assert git(bake(), "rev-list", "--count", "HEAD") == "1"


def test_no_repository_is_made_if_none_is_wanted(bake: Bake) -> None:
    assert not (bake(init_git=False).path / ".git").exists()


def test_without_git_there_is_no_repository_but_a_project(
    bake: Bake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    project = bake()
    assert not (project.path / ".git").exists()
    assert (project.path / "Makefile").is_file()


def test_rendering_over_a_project_keeps_its_history(bake: Bake) -> None:
    project = bake()
    first = git(project, "rev-parse", "HEAD")
    cookiecutter(
        str(ROOT), no_input=True, output_dir=str(project.path.parent), overwrite_if_exists=True
    )
    assert git(project, "rev-parse", "HEAD") == first
    assert git(project, "status", "--porcelain") == ""
