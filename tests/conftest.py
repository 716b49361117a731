"""Projects to test: rendered once for each set of answers, with one environment for all.

With pytest-xdist each of its workers has an environment of its own.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from pytest_cookies.plugin import Cookies

ROOT = Path(__file__).parent.parent
TEMPLATE = ROOT / "{{cookiecutter.project_slug}}"
CONFIG = json.loads((ROOT / "cookiecutter.json").read_text(encoding="utf-8"))

# The projects that all of tests/test_generated.py is about.
PROJECTS = (
    {
        "problem_type": "classification",
        "serving_framework": "fastapi",
        "model_format": "joblib",
        "cloud_target": "local",
    },
    {
        "problem_type": "regression",
        "serving_framework": "flask",
        "model_format": "skops",
        "cloud_target": "aws-ec2",
        "monitoring": "cloudwatch",
        "log_stack": "cloudwatch",
    },
)

# Frameworks, formats and targets that they do not have, and where their logs go.
OTHERS = (
    ("bentoml", "onnx", "gcp-cloud-run", "stdout"),
    ("ray-serve", "pickle", "local", "elk"),
)

# Targets that none of them has.
REST = sorted(
    set(CONFIG["cloud_target"])
    - {project["cloud_target"] for project in PROJECTS}
    - {target for *_, target, _ in OTHERS}
)

# Kept between runs: `uv run` brings them up to date with the project they are used for.
KEPT = ROOT / "build" / "tests" / os.environ.get("PYTEST_XDIST_WORKER", "gw0")
ENVIRONMENT = KEPT / "environment"
SERVING_ENVIRONMENT = KEPT / "serving-environment"  # what the image installs, and no more


@dataclass(frozen=True)
class Project:
    """A rendered project, and the answers that are not the default."""

    path: Path
    answers: Mapping[str, Any] = field(default_factory=dict)

    def run(self, *command: str, **settings: str) -> subprocess.CompletedProcess[str]:
        """Run a command in it, with all its output in `stdout`."""
        return subprocess.run(
            command,
            cwd=self.path,
            env=self.environment(settings),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
        )

    def succeeds(self, *command: str, **settings: str) -> str:
        """Run a command, fail the test if the command fails, and return its output."""
        result = self.run(*command, **settings)
        assert result.returncode == 0, f"{' '.join(command)} failed:\n{result.stdout}"
        return result.stdout

    def environment(self, settings: dict[str, str] | None = None) -> dict[str, str]:
        # Without bytecode every command would compile MLflow anew, which takes longer than most tests.
        own = ("VIRTUAL_ENV", "MAKEFLAGS", "PYTEST_", "PYTHONDONTWRITEBYTECODE")
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(own)}
        shared = {
            "UV_PROJECT_ENVIRONMENT": str(ENVIRONMENT),
            # What mypy has found out about pandas holds for the next project, too.
            "MYPY_CACHE_DIR": str(KEPT / "mypy-cache"),
            "PATH": f"{inherited['PATH']}{os.pathsep}{ROOT / '.tools' / 'bin'}",
            # The workers share the cores: threads that wait for one another make both slow.
            "OMP_NUM_THREADS": "1",
            # Wide enough that no table cuts off what a test looks for.
            "COLUMNS": "200",
        }
        return inherited | shared | (settings or {})

    def files(self) -> list[Path]:
        """All files but git's own, relative to the project."""
        found = (path.relative_to(self.path) for path in self.path.rglob("*") if path.is_file())
        return sorted(path for path in found if path.parts[0] != ".git")

    def read(self, name: str) -> str:
        return (self.path / name).read_text(encoding="utf-8")


def in_environment(project: Project, *command: str) -> str:
    return project.succeeds("uv", "run", "--quiet", *command)


def without(*names: str) -> dict[str, str]:
    """Return settings for a project's tests that leave out modules which another project has shown.

    Coverage is measured where the jobs of its CI run. It makes tests half as slow again.
    """
    return {"PYTEST_ADDOPTS": " ".join(("--no-cov", *ignoring(*names)))}


def ignoring(*names: str) -> list[str]:
    """Return the options by which pytest leaves out modules of a project's tests."""
    return [f"--ignore=tests/test_{name}.py" for name in names]


WITH_ALL = without()

# A promotion is killed at each step in the same way, whatever the model is served with.
WITHOUT_THE_SLOWEST = without("interruption")

# For another kind of problem, with which these do the same.
WITHOUT_WHAT_EVERY_KIND_HAS = without(
    *("ci", "cli", "deployment", "encoding", "fetching", "http_server", "images"),
    *("interruption", "ledger", "metrics", "promotion", "records", "reproduce", "rollback"),
    *("search", "windows"),
)

# For projects that differ from one whose tests all ran only in framework, format, target or CI, of which
# these know nothing.
THE_SAME = (
    *("alerts", "cards", "ci", "cli", "comparison", "deployment", "encoding", "evaluation"),
    *("fetching", "gate", "guarding", "http_server", "images", "interruption", "ledger"),
    *("metrics", "monitor_server", "monitoring", "observed", "promotion", "quality", "records"),
    *("reproduce", "rollback", "schema", "search", "windows"),
)
WITHOUT_THE_SAME = without(*THE_SAME)

# What is expensive to make once more for another worker.
SHARED = {"project", "other", "combination", "rendered"}


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist looks at the groups
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep in one worker what is about one project, and images: those of a module have one name.

    What takes long comes first.
    """
    items.sort(key=lambda item: item.get_closest_marker("long") is None)
    if not config.pluginmanager.hasplugin("xdist"):
        return
    for item in items:
        assert isinstance(item, pytest.Function)
        if item.get_closest_marker("slow") and "docker_is_there" in vars(item.module):
            item.add_marker(pytest.mark.xdist_group(item.module.__name__))
        elif SHARED & set(item.fixturenames) and hasattr(item, "callspec"):
            item.add_marker(pytest.mark.xdist_group(item.callspec.id))


Bake = Callable[..., Project]


@pytest.fixture
def bake(cookies: Cookies) -> Bake:
    """Render the template with some answers; the other questions get their defaults."""
    return partial(render, cookies)


@pytest.fixture(scope="session", params=PROJECTS, ids=lambda answers: "-".join(answers.values()))
def project(request: pytest.FixtureRequest, cookies_session: Cookies) -> Project:
    """A project that is set up and committed. Tests leave it as they found it."""
    project = render(cookies_session, **request.param)
    project.succeeds("make", "setup")
    return project


def render(cookies: Cookies, template: Path = ROOT, **answers: Any) -> Project:
    result = cookies.bake(extra_context=answers, template=str(template))
    if result.exception:
        raise result.exception
    return Project(result.project_path, answers)


@pytest.fixture
def template(tmp_path: Path) -> Path:
    """A copy of the template, to be changed at will."""
    copy = tmp_path / "template"
    copy.mkdir()
    for name in ("cookiecutter.json", "template_extensions.py"):
        shutil.copy(ROOT / name, copy)
    for folder in ("hooks", "templates", TEMPLATE.name):
        shutil.copytree(ROOT / folder, copy / folder)
    return copy


@pytest.fixture(scope="session")
def trained(project: Project) -> Project:
    """The project after `make train`."""
    project.succeeds("make", "train")
    return project


@pytest.fixture(scope="session", params=OTHERS, ids="-".join)
def other(request: pytest.FixtureRequest, cookies_session: Cookies) -> Project:
    """A project with another framework and format, after `make train`."""
    questions = ("serving_framework", "model_format", "cloud_target", "log_stack")
    project = render(cookies_session, **dict(zip(questions, request.param, strict=True)))
    project.succeeds("make", "setup")
    assert "is the first champion" in project.succeeds("make", "train")
    return project
