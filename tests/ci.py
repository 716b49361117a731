"""What the tests of every CI provider ask of a project."""

import runpy
from typing import Any

from .conftest import Project


def family(project: Project) -> str:
    """Return whose cloud its target is part of, such as aws."""
    return str(project.answers["cloud_target"]).split("-")[0]


def settings_of(project: Project) -> tuple[Any, ...]:
    """Return the variables and secrets that its CI has."""
    source = project.path / "src" / "flight_delay" / "ci" / "settings.py"
    return tuple(runpy.run_path(str(source))["SETTINGS"])
