"""What all environments stand on: registry, buckets, and the sign-in of the CI."""

import re
from collections.abc import Callable

from dvc.repo import Repo

from . import platform
from .release import DeploymentError

# In Terraform's plan: what has data in it, and would be made anew or not at all.
LOST = re.compile(r"# (\w+_(?:bucket|storage_(?:account|container))\.\S+) .*(?:replaced|destroyed)")
REMOTE = "storage"  # what .dvc/config calls it


def lay(confirm: Callable[[str], bool]) -> str | None:
    """Lay the foundation, and let DVC keep its data there.

    Args:
        confirm: shown the plan; whether to go on.

    Returns where DVC's data is kept from now on; None if the plan was not confirmed.
    Raises DeploymentError, also if data would be deleted.
    """
    stack = platform.foundation()
    plan = stack.plan(**platform.foundation_variables())
    if lost := LOST.findall(plan):
        raise DeploymentError(
            f"This would delete {', '.join(lost)}, with all that is stored there. Nothing was "
            "changed. Take back the setting that asks for it, such as another region or another "
            "kind of copies."
        )
    if not confirm(plan):
        return None
    stack.apply()
    remote: dict[str, str] = stack.outputs()["dvc_remote"]
    with Repo().config.edit("repo") as config:
        config["remote"][REMOTE] = remote
    return remote["url"]
