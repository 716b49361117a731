"""Which jobs come to run Terraform: by what `make` would do, and by what the code of a target calls."""

import ast
import re
from collections import defaultdict

from .conftest import Project

COMMAND = re.compile(r" python -m \w+ ([a-z-]+)")


# How a line begins that sets it up: a step on GitHub, a command on GitLab.
SETS_UP = ("hashicorp/setup-terraform@", "install_terraform")


def jobs_with_terraform(project: Project, jobs: dict[str, list[str]]) -> set[str]:
    """Return which jobs run Terraform. Fails if one of them has not set it up before.

    Args:
        jobs: what each does, line by line.
    """
    found = set()
    for name, lines in jobs.items():
        is_there = False
        for line in lines:
            is_there |= line.startswith(SETS_UP)
            if _needs_terraform(project, line):
                assert is_there, f"{name} has no Terraform for {line}"
                found.add(name)
    return found


def _needs_terraform(project: Project, line: str) -> bool:
    """Return whether a line of a job runs Terraform, if it is one of `make`."""
    command, *words = line.partition("|")[0].split()
    if command != "make":
        return False
    goals = [word for word in words if re.fullmatch("[a-z-]+", word)]
    planned = project.succeeds("make", "--dry-run", "ENV=staging", *goals)
    calls = _calls(project)
    reached, new = set[str](), set(COMMAND.findall(planned))
    while new:
        reached |= new
        new = set().union(*(calls[name] for name in new)) - reached
    return "Stack" in reached or re.search(r"^\s*terraform ", planned, re.MULTILINE) is not None


def _calls(project: Project) -> dict[str, set[str]]:
    """Return what the functions of the deployment call, all by their bare names."""
    calls = defaultdict[str, set[str]](set)
    (package,) = project.path.glob("src/*/deployment")
    for file in package.glob("*.py"):
        for function in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(function, ast.FunctionDef):
                called = [n.func for n in ast.walk(function) if isinstance(n, ast.Call)]
                names = {f.attr if isinstance(f, ast.Attribute) else ast.unparse(f) for f in called}
                calls[function.name] |= names
    return calls
