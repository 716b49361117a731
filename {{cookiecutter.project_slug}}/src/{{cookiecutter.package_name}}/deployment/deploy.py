"""Deploy a release: plan, apply, try it, and go back if it does not answer as it should."""

from collections.abc import Callable

from . import platform
from .release import DeploymentError, Release
from .smoke import smoke_test


def deploy(release: Release, confirm: Callable[[str], bool], api_key: str | None) -> str | None:
    """Deploy a release and return its address; None if the plan was not confirmed.

    Args:
        confirm: shown the plan; whether to go on.

    Raises DeploymentError if the release does not work; what was there before is back then.
    """
    if not confirm(platform.plan(release)):
        return None
    url = platform.apply(release)
    try:
        smoke_test(release, url, api_key, platform.PATIENCE)
    except DeploymentError as error:
        before = platform.roll_back(release)
        raise DeploymentError(f"{error}\nRolled back: {before}.") from error
    return url
