"""What Jenkins has of variables and credentials."""

from ..errors import ProjectError


def known() -> dict[str, str]:
    """Raises ProjectError: Jenkins tells its variables and credentials to its jobs alone."""
    raise ProjectError(
        "Jenkins shows its variables and credentials to jobs alone: the job `deliver` begins with "
        "this check."
    )
