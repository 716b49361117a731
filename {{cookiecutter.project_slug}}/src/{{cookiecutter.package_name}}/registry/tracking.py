"""MLflow: one run for each candidate, its bundle as a model version, and the aliases of versions."""

import logging
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import mlflow
from mlflow import MlflowClient
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException

from .. import paths
from ..bundle import Manifest
from ..errors import ProjectError
from ..evaluation import MAIN_METRIC
from .runs import log_bundle, log_plots, log_run

DEFAULT_URI = "sqlite:///mlflow.db"
CHAMPION = "champion"  # in production
PREVIOUS = "previous"  # was in production before: where `rollback` goes
CHALLENGER = "challenger"  # has passed the gate, and is not in production yet
DIGEST_TAG = "bundle_digest"
ABANDONED = 600_000  # milliseconds after which a promotion that has not ended no longer counts

Gate = Literal["passed", "blocked", "overridden", "proposed"]
CLAIMS = ("passed", "overridden")  # may be in production


class RegistryError(ProjectError):
    """The registry cannot be reached or does not do what it is asked."""


@dataclass(frozen=True)
class Version:
    """A registered model.

    Attributes:
        number: in the registry.
        name: the version of the bundle.
        digest: of the bundle; empty if `promote` did not register it, as are all that follow.
        gate: what the gate said: passed or blocked; overridden or proposed by somebody.
        replaces: the number of the version that it takes over from; "none" for the first.
        entry: the hash of the ledger's entry by which it was last put into production.
        run: the id of its run.
    """

    number: str
    name: str
    digest: str
    gate: str
    replaces: str
    entry: str
    run: str

    @property
    def doubt(self) -> str:
        """Why it should not be in production; empty if it may be."""
        if not self.digest:
            return f"`promote` did not register version {self.number}: no digest is known"
        if self.gate not in CLAIMS:
            return f"the gate did not let version {self.number} pass"
        return ""


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


def find(name: str, alias: str = CHAMPION) -> Version | None:
    """Return the version with an alias; None if no version has it."""
    with _connected() as client:
        found = client.search_registered_models(f"name = '{name}'")
        if not found or alias not in found[0].aliases:
            return None
        return _version(client.get_model_version_by_alias(name, alias))


def versions(name: str) -> list[Version]:
    """Return all versions, the newest first."""
    with _connected() as client:
        found = client.search_model_versions(f"name = '{name}'")
        return [_version(v) for v in sorted(found, key=lambda v: int(v.version), reverse=True)]


def download(name: str, version: Version, folder: Path) -> Path:
    """Download a version's bundle into a folder, and return where in it the bundle is."""
    with _connected():
        model = mlflow.artifacts.download_artifacts(
            f"models:/{name}/{version.number}", dst_path=str(folder)
        )
        return Path(model) / "data" / paths.CANDIDATE.name


def register(
    manifest: Manifest, digest: str, gate: Gate, replaces: str, folder: Path = paths.CANDIDATE
) -> Version:
    """Log a bundle as a run and register it, unless that was done before.

    A version that may go into production claims the place of the champion. Of two that claim it at
    once, each sees the other, because numbers are given one after the other: the first has it.

    Args:
        replaces: the number of the champion's version, or "none".
        folder: where the bundle is; of the candidate's name, by which it is fetched.

    Raises RegistryError if another version was first.
    """
    name = manifest.name
    with _connected() as client:
        if not client.search_registered_models(f"name = '{name}'"):
            _create_model(client, name)
        mine = [v for v in versions(name) if (v.digest, v.replaces) == (digest, replaces)]
        tags = {DIGEST_TAG: digest, "gate": gate, "replaces": replaces}
        number = mine[0].number if mine else _create(client, manifest, tags, folder)
        if mine and not (mine[0].entry and gate not in CLAIMS):
            client.set_model_version_tag(name, number, "gate", gate)
        if gate in CLAIMS:
            _claim(client, name, number, replaces, alone=bool(mine))
        return _version(client.get_model_version(name, number))


def _create(client: MlflowClient, manifest: Manifest, tags: dict[str, str], folder: Path) -> str:
    mlflow.set_experiment(manifest.name)
    with mlflow.start_run(run_name=manifest.version):
        log_run(manifest)
        if folder == paths.CANDIDATE:
            log_plots()
        model = log_bundle(manifest, folder)
    version = client.create_model_version(
        manifest.name,
        source=model.model_uri,
        run_id=model.run_id,
        model_id=model.model_id,
        tags={"bundle_version": manifest.version, **tags},
    )
    return str(version.version)


def _claim(client: MlflowClient, name: str, number: str, replaces: str, alone: bool) -> None:
    """See that nobody else is about to replace the same champion, and nobody has done it.

    Args:
        alone: whether those with higher numbers count as well: an older version claims later.
    """
    now = time.time() * 1000
    rivals = [
        (version.version, version.tags.get("bundle_version"))
        for version in client.search_model_versions(f"name = '{name}'")
        if version.tags.get("replaces") == replaces
        and version.tags.get("gate") in CLAIMS
        and (alone or int(version.version) < int(number))
        and str(version.version) != number
        and "ledger_entry" not in version.tags
        and now - version.creation_timestamp < ABANDONED
    ]
    champion = find(name)
    if champion and champion.number not in (replaces, number):
        rivals.append((champion.number, champion.name))
    if rivals:
        client.set_model_version_tag(name, number, "gate", "blocked")
        other, bundle_version = rivals[0]
        raise RegistryError(
            f"Version {other} ({bundle_version}) is promoted at the same time, and was first. When "
            "that is done, run the command again: it compares with that version."
        )


def set_aliases(name: str, version: Version, before: str | None, entry: str) -> None:
    """Put a version into production.

    Args:
        before: the number of the version that was there.
        entry: the hash of the ledger's entry about it.
    """
    with _connected() as client:
        if before and before != version.number:
            client.set_registered_model_alias(name, PREVIOUS, before)
        client.set_registered_model_alias(name, CHAMPION, version.number)
        # Only now the claim is no longer needed, and `finish` has nothing to do.
        client.set_model_version_tag(name, version.number, "ledger_entry", entry)
        challenger = find(name, CHALLENGER)
        if challenger and challenger.name == version.name:  # it may have been trained once more
            client.delete_registered_model_alias(name, CHALLENGER)


def set_challenger(name: str, version: Version) -> None:
    """Give the alias to what has passed and waits for being promoted."""
    with _connected() as client:
        client.set_registered_model_alias(name, CHALLENGER, version.number)


@contextmanager
def search_run(name: str, study: str) -> Iterator[Callable[[int, dict[str, Any], float], None]]:
    """Open a run for a search, and give what logs one of its trials as a run below it."""
    with _connected():
        mlflow.set_experiment(name)
        with mlflow.start_run(run_name=f"search {study}"):

            def log(number: int, arguments: dict[str, Any], value: float) -> None:
                with mlflow.start_run(run_name=f"trial {number}", nested=True):
                    mlflow.log_params(arguments)
                    mlflow.log_metric(f"validation.{MAIN_METRIC}", value)

            yield log


def _create_model(client: MlflowClient, name: str) -> None:
    try:
        client.create_registered_model(name)
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":  # another promotion made it just now
            raise


def _version(found: ModelVersion) -> Version:
    tags: dict[str, str] = found.tags
    return Version(
        number=str(found.version),
        name=tags.get("bundle_version", ""),
        digest=tags.get(DIGEST_TAG, ""),
        gate=tags.get("gate", ""),
        replaces=tags.get("replaces", ""),
        entry=tags.get("ledger_entry", ""),
        run=found.run_id or "",
    )
