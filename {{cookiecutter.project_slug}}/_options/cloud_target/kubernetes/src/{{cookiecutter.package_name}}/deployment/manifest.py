"""What a release is made of in the cluster: an overlay, with the image and the model of the release."""

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from .. import NAME
from .kubectl import Object, kustomize
from .release import DeploymentError, Environment, Release

OVERLAYS = Path("infra/overlays")
SETTINGS = f"{NAME}-settings"  # what the names of the generated settings begin with
VERSION = "app.kubernetes.io/version"


def namespace(environment: Environment) -> str:
    """Return the namespace that an overlay names."""
    path = OVERLAYS / environment / "kustomization.yaml"
    try:
        return str(yaml.safe_load(path.read_text(encoding="utf-8"))["namespace"])
    except (OSError, KeyError) as error:
        raise DeploymentError(f"{path} has to name a namespace.") from error


def rendered(environment: Environment) -> list[Object]:
    """Return what an environment is made of, without a release."""
    return kustomize(str(OVERLAYS / environment))


def render(release: Release, image: str) -> list[Object]:
    """Return what a release is made of.

    The overlay is built upon in a folder of its own: no file of the project is edited.

    Args:
        image: by its digest, as the registry has it.
    """
    with tempfile.TemporaryDirectory(prefix=f"{NAME}-") as name:
        folder = Path(name).resolve()
        # Kustomize takes no absolute paths.
        base = os.path.relpath((OVERLAYS / release.environment).resolve(), folder)
        text = yaml.safe_dump(_kustomization(release, image, base))
        (folder / "kustomization.yaml").write_text(text, encoding="utf-8")
        return kustomize(str(folder))


def _kustomization(release: Release, image: str, base: str) -> dict[str, Any]:
    repository, _, digest = image.partition("@")
    labels = {VERSION: release.manifest.version}
    notes = {
        f"{NAME}/model-digest": release.digest,
        f"{NAME}/git-commit": release.manifest.code.commit or "unknown",
    }
    # What `kubectl rollout history` shows.
    cause = {"annotations": {"kubernetes.io/change-cause": release.manifest.version}}
    pods = {"template": {"metadata": {"labels": labels, "annotations": notes}}}
    return {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": [base],
        "sortOptions": {"order": "legacy"},  # the namespace comes first
        "images": [{"name": NAME, "newName": repository, "digest": digest}],
        "configMapGenerator": [
            {
                "name": SETTINGS,
                "namespace": namespace(release.environment),
                "behavior": "merge",
                "literals": [f"MODEL_DIGEST={release.digest}"],
            }
        ],
        # Whichever of the two kinds there is.
        "patches": [
            _patch("Deployment", "apps/v1", cause, pods),
            _patch(
                "InferenceService",
                "serving.kserve.io/v1beta1",
                cause,
                {"predictor": {"labels": labels, "annotations": notes}},
            ),
        ],
        # KServe fetches the bundle from the folder that has its digest for a name.
        "replacements": [
            {
                "source": {"kind": "ConfigMap", "name": SETTINGS, "fieldPath": "data.MODEL_DIGEST"},
                "targets": [
                    {
                        "select": {"kind": "InferenceService"},
                        "fieldPaths": [
                            "spec.predictor.containers.[name=kserve-container]"
                            ".env.[name=STORAGE_URI].value"
                        ],
                        "options": {"delimiter": "/", "index": 99},  # beyond the end: added to it
                    }
                ],
            }
        ],
    }


def _patch(kind: str, version: str, metadata: Object, spec: Object) -> Object:
    change = {
        "apiVersion": version,
        "kind": kind,
        "metadata": {"name": "any", **metadata},
        "spec": spec,
    }
    return {"target": {"kind": kind}, "patch": yaml.safe_dump(change)}


def title(item: Object) -> str:
    """Return the kind and the name of an object."""
    return f"{item['kind']}/{item['metadata']['name']}"


def resource(item: Object) -> str:
    """Return what `kubectl auth can-i` calls the kind of an object."""
    group, _, _ = item["apiVersion"].rpartition("/")
    return f"{item['kind']}.{group}" if group else str(item["kind"])


def without(objects: Iterable[Object], others: Iterable[Object]) -> list[Object]:
    """Return those objects that are not among others, by kind and name."""
    known = {title(item) for item in others}
    return [item for item in objects if title(item) not in known]
