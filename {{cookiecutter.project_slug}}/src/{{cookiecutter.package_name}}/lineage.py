"""Which code and which libraries are at work, and for whom."""

import getpass
import hashlib
import os
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path

from .bundle.manifest import Code

# What decides how a model turns out, apart from the data. Reports and locks change all the time.
CODE = ("src", "params.yaml", "dvc.yaml", "pyproject.toml")


def code_version() -> Code:
    """Return the commit that is checked out, or none outside of a git repository."""
    commit = _git("rev-parse", "HEAD")
    changed = _git("status", "--porcelain", "--", *CODE)
    return Code(commit=commit, clean=commit is not None and changed == "", sha256=_code_digest())


def actor() -> str:
    """Return who is at work: ACTOR where the CI sets it, else the user of git or of this machine."""
    name, email = _git("config", "user.name"), _git("config", "user.email")
    by_git = f"{name} <{email}>" if name and email else name
    return os.environ.get("ACTOR") or by_git or getpass.getuser()


def _code_digest() -> str:
    """Return the SHA-256 of the names and contents of all code."""
    package, *files = CODE
    found = hashlib.sha256()
    for path in [*sorted(Path(package).rglob("*.py")), *map(Path, files)]:
        content = path.read_bytes() if path.exists() else b""
        found.update(f"{path.as_posix()} {hashlib.sha256(content).hexdigest()}\n".encode())
    return found.hexdigest()


def library_versions(*names: str) -> dict[str, str]:
    """Return the versions of Python and of the named distributions."""
    return {"python": platform.python_version()} | {name: version(name) for name in names}


def _git(*arguments: str) -> str | None:
    try:
        result = subprocess.run(["git", *arguments], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return result.stdout.strip()
