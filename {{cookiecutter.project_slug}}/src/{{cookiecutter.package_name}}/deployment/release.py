"""What is deployed, and what has to be known of it before."""

from dataclasses import dataclass
from typing import Any, Literal

from .. import NAME, bundle, paths
from ..bundle import Manifest
from ..errors import ProjectError
from ..registry import tracking

Environment = Literal["staging", "production"]


class DeploymentError(ProjectError):
    """A release cannot be deployed, or does not answer as it should."""


class NotBegunError(DeploymentError):
    """Another deployment is under way, or was faster: what runs is its, and none of it was changed."""


@dataclass(frozen=True)
class Release:
    """A champion in an image, on its way to an environment.

    Attributes:
        digest: the SHA-256 of the bundle's manifest, which the service is told to insist on.
        published: where its image is already, by its digest; None if it is still to be published.
    """

    environment: Environment
    manifest: Manifest
    digest: str
    published: str | None = None

    @property
    def image(self) -> str:
        """What `make image` calls the image with this model."""
        return f"{NAME}:{self.manifest.version}"


@dataclass(frozen=True)
class Plan:
    """What deploying a release is going to change.

    Attributes:
        text: what to show before it is done.
        before: what the platform has to know to go back to what runs now; empty if nothing does.
    """

    release: Release
    text: str
    before: dict[str, Any]


def prepare(environment: Environment, image: str | None = None) -> Release:
    """Return the release of the champion to an environment.

    Args:
        image: what `images.publish` has published; by default the image is the one built here.

    Raises BundleError if the bundle is not whole, and DeploymentError for production if the gate
    has not let it pass.
    """
    manifest, digest = bundle.verify(paths.CHAMPION)
    if environment == "production":
        _require_passed_gate(manifest, digest)
    return Release(environment, manifest, digest, image)


def _require_passed_gate(manifest: Manifest, digest: str) -> None:
    """See that the registry's champion is this very bundle: only the gate gives it that alias."""
    champion = tracking.find(manifest.name)
    if champion is None or champion.digest != digest or champion.doubt or not champion.entry:
        found = f"version {champion.number} ({champion.digest[:12]}…)" if champion else "no model"
        raise DeploymentError(
            f"Production takes only what the gate has let pass. The registry's champion is {found}, "
            f"but {paths.CHAMPION} holds {manifest.version} ({digest[:12]}…). Run `make train`."
        )
