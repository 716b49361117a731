"""Which code and which libraries are at work."""

import platform
import subprocess
from importlib.metadata import version

from .bundle.manifest import Code

# What decides how a model turns out, apart from the data. Reports and locks change all the time.
CODE = ("src", "params.yaml", "dvc.yaml", "pyproject.toml")


def code_version() -> Code:
    """Return the commit that is checked out, or none outside of a git repository."""
    commit = _git("rev-parse", "HEAD")
    changed = _git("status", "--porcelain", "--", *CODE)
    return Code(commit=commit, clean=commit is not None and changed == "")


def library_versions(*names: str) -> dict[str, str]:
    """Return the versions of Python and of the named distributions."""
    return {"python": platform.python_version()} | {name: version(name) for name in names}


def _git(*arguments: str) -> str | None:
    try:
        result = subprocess.run(["git", *arguments], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return result.stdout.strip()
