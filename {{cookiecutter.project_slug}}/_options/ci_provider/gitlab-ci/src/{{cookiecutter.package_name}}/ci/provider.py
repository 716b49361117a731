"""What the project on GitLab has of variables."""

import json
import subprocess

from ..errors import ProjectError


def known() -> dict[str, str]:
    """Return the variables with their values, which may be hidden.

    Raises ProjectError if GitLab's own command line cannot say.
    """
    command = ["glab", "variable", "list", "--output=json", "--per-page=100"]
    try:
        result = subprocess.run(command, capture_output=True, text=True)
    except FileNotFoundError as error:
        raise ProjectError(
            "Asking GitLab needs its command line: https://docs.gitlab.com/cli, then "
            "`glab auth login`."
        ) from error
    if result.returncode:
        raise ProjectError(f"GitLab does not tell its variables: {result.stderr.strip()}")
    # A hidden variable has no value here.
    return {found["key"]: found["value"] or "hidden" for found in json.loads(result.stdout)}
