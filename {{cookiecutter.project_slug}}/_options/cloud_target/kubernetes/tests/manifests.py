"""The manifests as kubectl builds them, from a copy of the project's own."""

import shutil
from pathlib import Path
from typing import Any

import yaml

from {{ cookiecutter.package_name }}.deployment.kubectl import Object, kustomize

from .conftest import ROOT

KUBECTL = shutil.which("kubectl")
WITHOUT_KUBECTL = "kubectl is not installed here"


def copy(folder: Path) -> Path:
    """Copy the manifests, to be changed at will, and return where the overlays are."""
    return Path(shutil.copytree(ROOT / "infra", folder / "infra")) / "overlays"


def add(overlay: Path, *components: str) -> None:
    """List components in an overlay."""
    path = overlay / "kustomization.yaml"
    listed = yaml.safe_load(path.read_text(encoding="utf-8"))
    listed["components"] = [f"../../components/{name}" for name in components]
    path.write_text(yaml.safe_dump(listed), encoding="utf-8")


def built(folder: Path, environment: str, *components: str) -> list[Object]:
    """Return what an environment is made of with some components; the folder must be empty."""
    overlay = copy(folder) / environment
    add(overlay, *components)
    return kustomize(str(overlay))


def pods_of(objects: list[Object]) -> Any:
    """Return the specification of the pods, whoever runs them."""
    workload = _workload(objects)
    if workload["kind"] == "Deployment":
        return workload["spec"]["template"]["spec"]
    return workload["spec"]["predictor"]


def labels_of(objects: list[Object]) -> dict[str, str]:
    """Return the labels of the pods."""
    workload = _workload(objects)
    if workload["kind"] == "Deployment":
        return dict(workload["spec"]["template"]["metadata"]["labels"])
    return dict(workload["spec"]["predictor"]["labels"])


def settings_of(objects: list[Object]) -> dict[str, str]:
    """Return the variables that a container gets, but for those from the secret."""
    (container,) = pods_of(objects)["containers"]
    name = container["envFrom"][0]["configMapRef"]["name"]
    (shared,) = (item["data"] for item in objects if item["metadata"]["name"] == name)
    return {**shared, **{entry["name"]: entry["value"] for entry in container["env"]}}


def _workload(objects: list[Object]) -> Object:
    (found,) = (item for item in objects if item["kind"] in ("Deployment", "InferenceService"))
    return found
