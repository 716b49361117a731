"""What people see of cookiecutter when they answer: projects, and refusals with a reason."""

import itertools
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import CONFIG, ROOT, Project


def run_cookiecutter(
    folder: Path, *arguments: str, typed: str = ""
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            sys.executable,
            "-m",
            "cookiecutter",
            str(ROOT),
            "--output-dir",
            str(folder),
            "--default-config",
            *arguments,
        ],
        input=typed,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )


def test_a_refusal_on_the_command_line_exits_1_and_leaves_nothing(tmp_path: Path) -> None:
    result = run_cookiecutter(tmp_path, "--no-input", "project_slug=Not A Slug")
    assert result.returncode == 1
    assert "project_slug: 'Not A Slug' cannot be used" in result.stdout + result.stderr
    assert "Traceback" not in result.stderr
    assert not list(tmp_path.iterdir())


def test_an_answer_is_refused_as_soon_as_it_is_typed(tmp_path: Path) -> None:
    result = run_cookiecutter(tmp_path, typed="My Project\n../escape\nnever_reached\n")
    assert result.returncode == 1
    assert "project_slug: '../escape' cannot be used" in result.stdout + result.stderr
    assert "package" not in result.stdout.replace("cannot be used", "").split("slug", 1)[1].lower()
    assert not list(tmp_path.iterdir())


def test_a_template_that_is_typed_is_refused_and_not_rendered(tmp_path: Path) -> None:
    result = run_cookiecutter(tmp_path, typed="{{ 7*7 }}\n")
    assert result.returncode == 1
    assert "begins a template" in result.stdout + result.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        pytest.param(dict(zip(rule, values, strict=False)), rule["reason"], id="-".join(values))
        for rule in CONFIG["_unsupported"]
        for values in itertools.product(*(rule[key] for key in rule if key != "reason"))
    ],
)
def test_a_pair_that_makes_no_sense_is_refused_with_the_reason(
    tmp_path: Path, answers: dict[str, str], reason: str
) -> None:
    chosen = [f"{key}={value}" for key, value in answers.items()]
    result = run_cookiecutter(tmp_path, "--no-input", *chosen)
    assert result.returncode == 1
    assert reason in " ".join((result.stdout + result.stderr).split())
    assert not list(tmp_path.iterdir())


def test_typed_answers_make_a_project(tmp_path: Path) -> None:
    typed = 'Late "Trains"\n\n\n\n\n\n2\n2\n2\n1\n3\n1\n1\n4\nn\n'
    result = run_cookiecutter(tmp_path, typed=typed)
    assert result.returncode == 0, result.stderr
    project = Project(tmp_path / "late-trains")
    assert "from flask import Flask" in project.read("src/late_trains/serving/app.py")
    assert "import skops" in project.read("src/late_trains/bundle/model_format.py")
    assert "HistGradientBoostingRegressor" in project.read("src/late_trains/estimator.py")
    assert not (project.path / "LICENSE").exists()
    assert not (project.path / ".git").exists()
    assert "make setup" in result.stdout
