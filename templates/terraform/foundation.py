"""What all environments stand on: registry, buckets, and the sign-in of the CI."""

from collections.abc import Callable

from dvc.repo import Repo

from . import platform

REMOTE = "storage"  # what .dvc/config calls it


def lay(confirm: Callable[[str], bool]) -> str | None:
    """Lay the foundation, and let DVC keep its data there.

    Args:
        confirm: shown the plan; whether to go on.

    Returns where DVC's data is kept from now on; None if the plan was not confirmed.
    Raises DeploymentError.
    """
    stack = platform.foundation()
    if not confirm(stack.plan(**platform.foundation_variables())):
        return None
    stack.apply()
    remote: dict[str, str] = stack.outputs()["dvc_remote"]
    with Repo().config.edit("repo") as config:
        config["remote"][REMOTE] = remote
    return remote["url"]
