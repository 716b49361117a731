"""Deploy a release: plan, apply, try it, and go back if it does not answer as it should."""

from collections.abc import Callable

from . import images, platform
from .release import DeploymentError, NotBegunError, Release
from .smoke import smoke_test


def deploy(release: Release, confirm: Callable[[str], bool], api_key: str | None) -> str | None:
    """Deploy a release and return where it answers; None if the plan was not confirmed.

    An image that is published already is brought here first, and is the one that is deployed.
    Each endpoint that the platform gives has to answer rightly before the platform goes on: first
    the release beside the one before, where that can be had, and at last the one for everyone.

    Args:
        confirm: shown the plan; whether to go on.

    Raises DeploymentError if the release does not work; what was there before is back then. Raises
    NotBegunError, and changes nothing, if another deployment has come in between.
    """
    if release.published:
        images.use(release.published, release)
    plan = platform.plan(release)
    if not confirm(plan.text):
        return None
    if platform.running(release.environment) != plan.before:
        raise NotBegunError(
            f"Something else runs in {release.environment} than when this was planned. Deploy again "
            "to see what it would change now."
        )
    steps = platform.apply(plan)
    url = None
    try:
        for endpoint in steps:
            smoke_test(release, endpoint, api_key, platform.PATIENCE)
            url = endpoint.public or endpoint.predict
    except BaseException as error:  # Ctrl-C is one, too
        steps.close()
        if isinstance(error, NotBegunError) and url is None:
            raise  # to go back would take another one's release away
        reason = str(error) or type(error).__name__
        try:
            outcome = f"Rolled back: {platform.roll_back(plan)}."
        except Exception as failure:  # it must not hide why to go back
            outcome = f"Going back failed, too: {failure}"
        raise DeploymentError(f"{reason}\n{outcome}") from error
    return url
