"""A release as Azure ML takes it: a registered model, and `deployment.yml` filled in."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from azure.ai.ml import MLClient, load_online_deployment
from azure.ai.ml.entities import Model, OnlineDeployment
from azure.core.exceptions import ResourceNotFoundError

from .. import paths
from .endpoints import explained
from .release import Release

DESCRIPTION = Path("infra/service/deployment.yml")
DATASTORE = "models"  # of the workspace; see infra/foundation/workspace.tf


@dataclass(frozen=True)
class Candidate:
    """A release, and what it is run with.

    Attributes:
        image: by its digest.
        settings: the outputs of `infra/service`.
    """

    release: Release
    image: str
    settings: Mapping[str, Any]

    @property
    def identity(self) -> str:
        """What makes it another one: its image, its model, or how it is run."""
        described = DESCRIPTION.read_text(encoding="utf-8")
        parts = (self.image, self.release.digest, described, self.settings["release"])
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:32]

    def is_running_as(self, deployment: OnlineDeployment | None) -> bool:
        tags = (deployment.tags if deployment else None) or {}
        return tags.get("release") == self.identity

    def described(self, colour: str, endpoint: str, model: str) -> OnlineDeployment:
        """Return the deployment of a colour that runs it.

        Args:
            endpoint: its name.
            model: what `register` has called the model.
        """
        manifest = self.release.manifest
        fields = {
            "name": colour,
            "endpoint_name": endpoint,
            "model": model,
            "environment.image": self.image,
            "environment_variables.MODEL_DIGEST": self.release.digest,
            "environment_variables.PREDICTION_LOG_URL": self.settings["prediction_log_url"],
            # Which of its identities the container is.
            "environment_variables.AZURE_CLIENT_ID": self.settings["identity"]["client_id"],
            "tags.version": manifest.version,
            "tags.release": self.identity,
            **self.settings["release"],
        }
        override = [{field: value} for field, value in fields.items()]
        with explained(f"{DESCRIPTION} cannot be read"):
            return load_online_deployment(DESCRIPTION, params_override=override)

    def register(self, client: MLClient) -> str:
        """Keep the bundle in the workspace, and return what it is called there.

        The container finds it below `AZUREML_MODEL_DIR`, in a folder of the name that it has here.
        """
        manifest, digest = self.release.manifest, self.release.digest
        # What was sealed twice has one version, and a model cannot be replaced.
        version = f"{manifest.version}-{digest[:8]}"
        with explained(f"The model {manifest.name} cannot be registered"):
            try:
                client.models.get(manifest.name, version)
            except ResourceNotFoundError:
                model = Model(
                    name=manifest.name,
                    version=version,
                    path=paths.CHAMPION,
                    type="custom_model",
                    datastore=DATASTORE,
                    tags={"version": manifest.version, "digest": digest},
                )
                client.models.create_or_update(model)
        return f"azureml:{manifest.name}:{version}"
