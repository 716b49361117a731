"""MLflow: one run for each candidate, its bundle as a model version, and the alias `champion`."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

# MLflow asks for these before it is imported: no calls home, no progress bars of its own.
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
# A server that does not answer is an error in seconds, not in minutes.
os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")

import mlflow
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from .. import paths
from ..bundle import Manifest
from ..errors import ProjectError

DEFAULT_URI = "sqlite:///mlflow.db"
CHAMPION = "champion"
DIGEST_TAG = "bundle_digest"


class RegistryError(ProjectError):
    """The registry cannot be reached or does not do what it is asked."""


@dataclass(frozen=True)
class Version:
    """A registered model: its number in the registry and the digest of its bundle."""

    number: str
    digest: str


@contextmanager
def _connected() -> Iterator[MlflowClient]:
    """Give a client of the registry that `MLFLOW_TRACKING_URI` names, the local one by default."""
    uri = os.environ.get("MLFLOW_TRACKING_URI") or DEFAULT_URI  # the CI may set it to nothing
    for noisy in ("mlflow", "alembic"):
        logging.getLogger(noisy).setLevel(logging.ERROR)
    mlflow.set_tracking_uri(uri)
    try:
        yield MlflowClient()
    except MlflowException as error:
        raise RegistryError(f"The MLflow registry at {uri} failed: {error}") from error


def find_champion(name: str) -> Version | None:
    """Return the version with the alias `champion`; None if no model has been promoted yet."""
    with _connected() as client:
        found = client.search_registered_models(f"name = '{name}'")
        if not found or CHAMPION not in found[0].aliases:
            return None
        version = client.get_model_version_by_alias(name, CHAMPION)
        if DIGEST_TAG not in version.tags:
            raise RegistryError(
                f"Version {version.version} of {name} has the alias {CHAMPION}, but `promote` did "
                "not register it: no digest is known. Give the alias to another version."
            )
        return Version(str(version.version), version.tags[DIGEST_TAG])


def download(name: str, version: Version, folder: Path) -> Path:
    """Download a version's bundle into a folder, and return where in it the bundle is."""
    with _connected():
        model = mlflow.artifacts.download_artifacts(
            f"models:/{name}/{version.number}", dst_path=str(folder)
        )
        return Path(model) / "data" / paths.CANDIDATE.name


def register(manifest: Manifest, digest: str, passed: bool) -> Version:
    """Log the candidate as a run and register its bundle, unless it is registered already."""
    name = manifest.name
    with _connected() as client:
        mlflow.set_experiment(name)
        known = (
            client.search_model_versions(f"name = '{name}' and tag.{DIGEST_TAG} = '{digest}'")
            if client.search_registered_models(f"name = '{name}'")
            else []
        )
        if known:
            version = known[0]
        else:
            with mlflow.start_run(run_name=manifest.version):
                _log(manifest)
                model = mlflow.pyfunc.log_model(
                    name="model",
                    loader_module=f"{__package__}.pyfunc",
                    data_path=str(paths.CANDIDATE),
                    code_paths=[str(Path(__file__).parents[1])],
                    pip_requirements=[
                        f"{library}=={version}"
                        for library, version in manifest.libraries.items()
                        if library != "python"
                    ],
                )
            if not client.search_registered_models(f"name = '{name}'"):
                client.create_registered_model(name)
            version = client.create_model_version(
                name,
                source=model.model_uri,
                run_id=model.run_id,
                model_id=model.model_id,
                tags={DIGEST_TAG: digest, "bundle_version": manifest.version},
            )
        client.set_model_version_tag(
            name, version.version, "gate", "passed" if passed else "blocked"
        )
        return Version(str(version.version), digest)


def set_champion(name: str, version: Version) -> None:
    """Point the alias `champion` at a version."""
    with _connected() as client:
        client.set_registered_model_alias(name, CHAMPION, version.number)


def _log(manifest: Manifest) -> None:
    mlflow.log_params({"seed": manifest.seed, **manifest.parameters})
    mlflow.log_metrics(
        {
            f"{who}.{metric}": value
            for who, metrics in manifest.metrics.items()
            for metric, value in metrics.items()
        }
    )
    mlflow.set_tags(
        {
            "data.md5": manifest.data.md5,
            "data.rows": manifest.data.rows,
            "data.start": manifest.data.start,
            "data.end": manifest.data.end,
            "git.commit": manifest.code.commit,
            "git.clean": manifest.code.clean,
        }
    )
    if paths.PLOTS.is_dir():
        mlflow.log_artifacts(str(paths.PLOTS), "plots")
