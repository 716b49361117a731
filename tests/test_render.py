"""Whatever is answered, every file parses and none shows traces of the template."""

import ast
import filecmp
import json
import re
import tomllib
from pathlib import Path

import pytest
import yaml
from pytest_cookies.plugin import Cookies

from .combinations import CHOICES, FIRST_PUSHES, PAIRWISE, combinations, own_tests_for
from .conftest import CONFIG, TEMPLATE, Bake, Project, render

# `make test-matrix` adds every three choices.
OTHERS = sorted(set(combinations(3)) - set(PAIRWISE))
MOST_FILES = 290
# What no project speaks of but those for the same cloud, target, CI, monitoring or logs.
WORDS = {
    "aws": r"\bAWS\b|Amazon|\baws[_-]|boto|\bmoto\b|CloudWatch",
    "gcp": r"Google|\bGCP\b|gs://|gcsfs|gcloud|googleapis",
    "azure": r"[Aa]zure|adlfs|abfs",
    "kubernetes": r"[Kk]ubernetes|kubectl|KServe|[Kk]ustomiz",
    "aws-sagemaker": r"[Ss]age[Mm]aker|/ping|/invocations",
    "aws-lambda": r"\bLambda\b|aws_lambda|AWS_LWA",
    "aws-ec2": r"\bEC2\b|aws_autoscaling_group|aws_lb",
    "gcp-vertex-ai": r"[Vv]ertex|AIP_",
    "gcp-cloud-run": r"Cloud Run|cloud_run",
    "github-actions": r"[Gg]it[Hh]ub(?!\.com|\.io)|\bgh\b|[Dd]ependabot",
    "gitlab-ci": r"[Gg]it[Ll]ab|\bglab\b|[Mm]erge request",
    "jenkins": r"[Jj]enkins|[Gg]roovy",
    "logs in elk": r"[Ee]lasticsearch|[Ll]ogstash|[Kk]ibana|[Ff]ilebeat|make logs",
    "logs in cloudwatch": r"Logs Insights|(metric_filter|query_definition)",
    "prometheus-grafana": r"[Gg]rafana|[Aa]lertmanager|prom(etheus\.yml|tool)",
    "cloudwatch": r"[Ee]mbedded metric|\bemf\b|METRICS_SECONDS|aws_cloudwatch_(composite|dashboard)",
}
BINARY = {".parquet"}
JINJA = re.compile(r"\{\{(?! *\.)|\{%|\{#|cookiecutter\.")


@pytest.fixture(
    scope="module",
    params=[*PAIRWISE, *(pytest.param(values, marks=pytest.mark.matrix) for values in OTHERS)],
    ids="-".join,
)
def combination(request: pytest.FixtureRequest, cookies_session: Cookies) -> Project:
    """A project with these choices, which no test changes."""
    return render(cookies_session, **dict(zip(CHOICES, request.param, strict=True)))


def test_each_choice_stands_in_a_first_push_that_runs_all_of_its_projects_tests() -> None:
    complete = [answers for answers in FIRST_PUSHES if not own_tests_for(answers)]
    for question, choices in CHOICES.items():
        assert {answers[question] for answers in complete} == set(choices), question


def text_files(project: Project) -> list[Path]:
    return [path for path in project.files() if path.suffix not in BINARY]


def test_every_file_of_every_combination_is_clean(combination: Project) -> None:
    project = combination
    parse_all(project)
    assert len(project.files()) < MOST_FILES
    for path in text_files(project):
        content = project.read(str(path))
        if path.parts[0] not in {
            ".github",
            "compose",
            "monitoring",
        }:  # which have expressions of their own
            assert not JINJA.search(content), f"{path} has Jinja left"
        assert "\r" not in content
        assert "\n\n\n\n" not in content, f"{path} has a hole"
        assert not re.search(r"[ \t]$", content, re.MULTILINE), f"{path} has trailing space"
        assert not content or content.endswith("\n"), f"{path} has no newline at its end"
        assert not content.endswith("\n\n"), f"{path} ends with an empty line"


def test_every_combination_is_formatted_and_linted(combination: Project) -> None:
    combination.succeeds("ruff", "format", "--no-cache", "--check", ".")
    combination.succeeds("ruff", "check", "--no-cache", ".")


def test_no_combination_speaks_of_what_was_not_chosen(combination: Project) -> None:
    answers = combination.answers
    target = answers["cloud_target"]
    logs = f"logs in {answers['log_stack']}"
    own = {target, target.split("-")[0], answers["ci_provider"], answers["monitoring"], logs}
    foreign = re.compile("|".join(word for name, word in WORDS.items() if name not in own))
    found = [
        f"{path}:{number}: {line.strip()}"
        for path in text_files(combination)
        for number, line in enumerate([str(path), *combination.read(str(path)).splitlines()])
        if foreign.search(line)
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("target", CONFIG["cloud_target"])
def test_the_longest_names_need_no_other_line_breaks(bake: Bake, target: str) -> None:
    project = bake(cloud_target=target, project_slug="a" * 40, init_git=False)
    project.succeeds("ruff", "format", "--check", ".")
    project.succeeds("ruff", "check", ".")


def parse_all(project: Project) -> None:
    for path in project.files():
        if path.suffix in BINARY:
            continue
        content = project.read(str(path))
        match path.suffix:
            case ".py":
                ast.parse(content, str(path))
            case ".toml":
                tomllib.loads(content)
            case ".yaml" | ".yml":
                list(yaml.safe_load_all(content))
            case ".json":
                json.loads(content)


def test_a_project_has_the_base_and_the_chosen_options_and_nothing_else(
    combination: Project,
) -> None:
    expected = set()
    for source in (path for path in TEMPLATE.rglob("*") if path.is_file()):
        match source.relative_to(TEMPLATE).parts:
            case ("_options", question, choice, *parts):
                if combination.answers.get(question) != choice:
                    continue
            case parts:
                pass
        expected.add(
            Path(*(part.replace("{{cookiecutter.package_name}}", "flight_delay") for part in parts))
        )
    assert set(combination.files()) == expected


def test_every_option_folder_belongs_to_a_choice() -> None:
    folders = {(choice.parent.name, choice.name) for choice in (TEMPLATE / "_options").glob("*/*")}
    assert folders <= {(question, choice) for question in CHOICES for choice in CHOICES[question]}


def test_two_renders_are_identical_to_the_byte(bake: Bake) -> None:
    first, second = bake(init_git=False), bake(init_git=False)
    assert first.files() == second.files()
    for path in first.files():
        assert filecmp.cmp(first.path / path, second.path / path, shallow=False), path


def test_the_template_has_no_debris() -> None:
    debris = [p for p in TEMPLATE.rglob("*") if p.name in ("__pycache__", ".venv", ".DS_Store")]
    assert not debris
