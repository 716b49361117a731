"""A project's pipelines on GitLab: what they consist of, when which jobs run, and running them here."""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from typing import Any

import pytest
import yaml

from ..conftest import ENVIRONMENT, Project
from ..image import BUILD

needs_runner = pytest.mark.skipif(
    any(shutil.which(program) is None for program in ("gitlab-ci-local", "rsync")),
    reason="gitlab-ci-local (npm) or rsync is not installed here",
)

INTEGRATE = {"lint", "secrets", "test", "data", "pipeline", "build-image", "report"}
DELIVER = {"release", "record", "staging", "production"}
ROLLBACK = {"rollback", "record", "staging", "production"}
TRAIN = {"train", "propose"}
MONITOR = {"monitor", "record-monitor"}

Job = dict[str, Any]
GLOBAL = ("include", "stages", "workflow", "variables", "default")
# One comparison in a rule: all that our rules use of GitLab's language.
COMPARISON = re.compile(r'\$(\w+)(?: (==|!=|=~) (?:\$(\w+)|"([^"]*)"|/(.*)/))?')


@dataclass(frozen=True)
class Pipeline:
    """The files of a pipeline, put together as GitLab does.

    Attributes:
        settings: what is said for all jobs.
        jobs: by their names; those with a dot before it are only extended by others.
    """

    settings: dict[str, Any]
    jobs: dict[str, Job]

    def job(self, name: str) -> Job:
        """Return a job with all that it extends."""
        own = self.jobs[name]
        found: Job = {}
        for parent in listed(own.get("extends")):
            found = _merged(found, self.job(parent))
        return _merged(found, own)

    def named(self) -> dict[str, Job]:
        """Return the jobs that can run, complete."""
        return {name: self.job(name) for name in self.jobs if name[0] != "."}

    def workflow(self, **variables: str) -> Job | None:
        """Return the rule for pipelines that holds for an event, if there is one."""
        return _chosen(self.settings["workflow"]["rules"], variables)

    def started(self, **variables: str) -> dict[str, str]:
        """Return the jobs of the pipeline that an event starts, and when each of them runs.

        Args:
            variables: those that GitLab gives the pipeline; which source it has, for instance.
        """
        defined = {k: v for k, v in self.settings["variables"].items() if isinstance(v, str)}
        workflow = self.workflow(**variables)
        if workflow is None or workflow.get("when") == "never":
            return {}
        known = defined | workflow.get("variables", {}) | variables
        chosen = {name: _chosen(job["rules"], known) for name, job in self.named().items()}
        found = {name: rule.get("when", "on_success") for name, rule in chosen.items() if rule}
        return {name: when for name, when in found.items() if when != "never"}


def read(project: Project) -> Pipeline:
    """Put the files of a project's pipeline together."""
    files = [".gitlab-ci.yml"]
    contents = [yaml.safe_load(project.read(files[0]))]
    for include in contents[0]["include"]:
        files.append(include["local"])
        contents.append(yaml.safe_load(project.read(include["local"])))
    jobs: dict[str, Job] = {}
    for content in contents:
        own = {name: job for name, job in content.items() if name not in GLOBAL}
        assert not own.keys() & jobs.keys(), "two files have a job of the same name"
        jobs |= own
    settings = {name: content for name, content in contents[0].items() if name in GLOBAL}
    return Pipeline(settings, jobs)


def listed(value: Any) -> list[Any]:
    """Return what may be a text or a list as a list."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def run(project: Project, *options: str, **settings: str) -> tuple[dict[str, str], str]:
    """Run a project's pipeline in this machine's shell; return what became of each job, and the log.

    One job at a time, as all of them have the same environment, and with this machine's Docker.
    """
    cache = subprocess.run(["uv", "cache", "dir"], capture_output=True, text=True, check=True)
    given = (
        BUILD
        | {
            "UV_CACHE_DIR": cache.stdout.strip(),
            "UV_PROJECT_ENVIRONMENT": str(ENVIRONMENT),
        }
        | settings
    )
    result = project.run(
        "gitlab-ci-local",
        *("--force-shell-executor", "--shell-isolation", "--concurrency=1", "--no-color"),
        *(f"--variable={name}={value}" for name, value in given.items()),
        *options,
    )
    results = re.findall(r"^ *(PASS|WARN|FAIL) +(\S+)", result.stdout, re.MULTILINE)
    assert results, result.stdout
    return {name: verdict for verdict, name in results}, result.stdout


def with_origin(project: Project, branch: str = "main") -> Project:
    """Let a project's repository look as one that was pushed to GitLab."""
    project.succeeds("git", "remote", "add", "origin", "git@gitlab.com:acme/flight-delay.git")
    project.succeeds("git", "update-ref", "refs/remotes/origin/main", "HEAD")
    head = "refs/remotes/origin/HEAD"
    project.succeeds("git", "symbolic-ref", head, "refs/remotes/origin/main")
    project.succeeds("git", "switch", "--quiet", "--force-create", branch)
    return project


def in_job(project: Project, script: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run lines of a job's script, with the variables of this job alone."""
    return subprocess.run(
        ["bash", "-eo", "pipefail", "-c", f". .gitlab/ci/functions.sh\n{script}"],
        cwd=project.path,
        env={"PATH": os.environ["PATH"], **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _merged(first: Job, second: Job) -> Job:
    """Lay a job over one that it extends: keys of keys are merged, all else is replaced."""
    both = {
        key: _merged(first[key], value)
        for key, value in second.items()
        if isinstance(value, dict) and isinstance(first.get(key), dict)
    }
    return first | second | both


def _chosen(rules: list[Job], variables: dict[str, str]) -> Job | None:
    """Return the first rule that holds."""
    return next((rule for rule in rules if _holds(rule.get("if", ""), variables)), None)


def _holds(condition: str, variables: dict[str, str]) -> bool:
    return all(_compare(part, variables) for part in condition.split(" && ") if part)


def _compare(comparison: str, variables: dict[str, str]) -> bool:
    match = COMPARISON.fullmatch(comparison)
    assert match, f"the tests do not know what {comparison} means"
    name, operator, other, text, pattern = match.groups()
    value = variables.get(name)
    if operator is None:
        return bool(value)
    if operator == "=~":
        return value is not None and re.search(pattern, value) is not None
    equal = value == (variables.get(other) if other else text)
    return equal if operator == "==" else not equal
