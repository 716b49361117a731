"""What the repository on GitHub has of variables and secrets."""

import json
import subprocess
from typing import Any

from ..errors import ProjectError


def known() -> dict[str, str]:
    """Return the variables with their values, and the secrets, whose values nobody can see.

    Raises ProjectError if GitHub's own command line cannot say.
    """
    variables = {found["name"]: found["value"] for found in _list("variable", "name,value")}
    secrets = {found["name"]: "hidden" for found in _list("secret", "name")}
    return variables | secrets


def _list(kind: str, fields: str) -> list[dict[str, Any]]:
    try:
        result = subprocess.run(
            ["gh", kind, "list", "--json", fields], capture_output=True, text=True
        )
    except FileNotFoundError as error:
        raise ProjectError(
            "Asking GitHub needs its command line: https://cli.github.com, then `gh auth login`."
        ) from error
    if result.returncode:
        raise ProjectError(f"GitHub does not tell its {kind}s: {result.stderr.strip()}")
    found: list[dict[str, Any]] = json.loads(result.stdout)
    return found
