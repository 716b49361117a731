"""What Terraform makes in the project, and the bucket in which it keeps its state."""

import re
from hashlib import sha256
from typing import Any

from google.api_core.exceptions import Forbidden
from google.cloud import storage

from .. import NAME
from . import gcp
from .release import DeploymentError, Environment, Release
from .terraform import Stack

LONGEST_PREFIX = 55  # characters, of the 63 that the name of a bucket may have
KEPT_VERSIONS = 50  # of Terraform's state


def bucket_prefix() -> str:
    """Return what the names of the project's buckets begin with.

    They are unique in the world, may not have the word Google in them, and are short.
    """
    name = re.sub("goog(le)?", "g", f"{NAME}-{gcp.project()}").replace(":", "-").replace(".", "-")
    if len(name) <= LONGEST_PREFIX:
        return name
    return f"{name[:40]}-{sha256(gcp.project().encode()).hexdigest()[:10]}"


def state(key: str) -> dict[str, str]:
    """Return where Terraform keeps a state: in a bucket of its own, which is made if it is missing.

    Raises DeploymentError if the bucket cannot be had, or belongs to another project.
    """
    name = f"{bucket_prefix()}-tfstate"
    with gcp.explained(f"Looking after the bucket {name} for Terraform's state"):
        _have_bucket(name)
    return {"bucket": name, "prefix": key}


def _have_bucket(name: str) -> None:
    client = storage.Client(project=gcp.project(), credentials=gcp.credentials())
    try:
        found = client.lookup_bucket(name)
    except Forbidden as error:
        raise DeploymentError(
            f"The bucket {name} for Terraform's state belongs to another project, or these "
            "credentials may not see it."
        ) from error
    if found is None:
        found = client.bucket(name)
        _make_safe(found)
        found.add_lifecycle_delete_rule(number_of_newer_versions=KEPT_VERSIONS, is_live=False)
        found.create(location=gcp.region())
    # The name can be guessed: someone else may have taken it, to read what is put there.
    elif found.project_number != gcp.project_number():
        raise DeploymentError(f"The bucket {name} for Terraform's state is another project's.")
    elif found.location.lower() != gcp.region():
        raise DeploymentError(
            f"Terraform's state is in {found.location.lower()} ({name}), and so is all that it "
            f"knows of, but GOOGLE_CLOUD_REGION is {gcp.region()}."
        )
    if _make_safe(found):
        found.patch()


def _make_safe(bucket: Any) -> bool:
    """Set a bucket to be private and to keep versions; return whether anything has changed."""
    access = bucket.iam_configuration
    private = access.public_access_prevention == "enforced"
    if private and access.uniform_bucket_level_access_enabled and bucket.versioning_enabled:
        return False
    access.public_access_prevention = "enforced"
    access.uniform_bucket_level_access_enabled = True
    bucket.versioning_enabled = True
    return True


def stack_of(environment: Environment) -> Stack:
    """Return what Terraform makes for an environment."""
    return Stack("service", environment, state(environment))


def foundation() -> Stack:
    """Return what Terraform makes for all environments."""
    return Stack("foundation", "foundation", state("foundation"))


def foundation_variables() -> dict[str, Any]:
    return {"project": gcp.project(), "region": gcp.region(), "bucket_prefix": bucket_prefix()}


def laid() -> dict[str, Any]:
    """Return what the foundation gives. Raises DeploymentError if there is none."""
    outputs = foundation().outputs()
    if not outputs:
        raise DeploymentError(
            f"There is no foundation in {gcp.project()}: `make foundation` makes it."
        )
    return outputs


def publish(release: Release) -> str:
    """Push a release's image to the foundation's registry; return it by its digest."""
    return gcp.push(release, laid()["repository"])


def pull(reference: str) -> str:
    """Pull what `publish` has returned, and return what Docker calls it."""
    return gcp.pull(reference, laid()["repository"])
