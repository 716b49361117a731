"""Projects to test: rendered once for each set of answers, with one environment for all."""

import json
import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cookiecutter.main import cookiecutter

ROOT = Path(__file__).parent.parent
TEMPLATE = ROOT / "{{cookiecutter.project_slug}}"
CONFIG = json.loads((ROOT / "cookiecutter.json").read_text(encoding="utf-8"))
PROBLEM_TYPES: list[str] = CONFIG["problem_type"]

# Kept between runs of the tests: `uv run` brings it up to date with the project it is used for.
ENVIRONMENT = ROOT / "build" / "test-environment"


@dataclass(frozen=True)
class Project:
    """A rendered project."""

    path: Path

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
        inherited = {k: v for k, v in os.environ.items() if k not in ("VIRTUAL_ENV", "MAKEFLAGS")}
        shared = {
            "UV_PROJECT_ENVIRONMENT": str(ENVIRONMENT),
            "PATH": f"{inherited['PATH']}{os.pathsep}{ROOT / '.tools' / 'bin'}",
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


Bake = Callable[..., Project]


@pytest.fixture
def bake(tmp_path: Path) -> Bake:
    """Render the template with some answers; the other questions get their defaults."""

    def render(template: Path = ROOT, **answers: Any) -> Project:
        folder = tmp_path / f"render-{len(list(tmp_path.iterdir()))}"
        folder.mkdir()
        rendered = cookiecutter(
            str(template), no_input=True, extra_context=answers, output_dir=str(folder)
        )
        return Project(Path(rendered))

    return render


@pytest.fixture(scope="session", params=PROBLEM_TYPES)
def project(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project of each problem type, set up and committed. Tests leave it as they found it."""
    folder = tmp_path_factory.mktemp(request.param)
    answers = {"problem_type": request.param}
    rendered = cookiecutter(str(ROOT), no_input=True, extra_context=answers, output_dir=str(folder))
    project = Project(Path(rendered))
    project.succeeds("make", "setup")
    return project


@pytest.fixture(scope="session")
def trained(project: Project) -> Project:
    """The project after `make train`."""
    project.succeeds("make", "train")
    return project
