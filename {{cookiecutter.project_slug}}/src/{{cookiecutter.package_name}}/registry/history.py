"""Which data, code and run made a model, and who let it into production."""

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import fsspec

from .. import bundle
from ..bundle import Manifest
from ..errors import ProjectError
from . import ledger, tracking


class HistoryError(ProjectError):
    """Nothing is known of such a model or prediction."""


@dataclass(frozen=True)
class History:
    """What is known of a version.

    Attributes:
        entries: the ledger's entries about it, the oldest first, with those that replaced it.
        predicted_at: the time of the prediction that was asked for.
    """

    version: tracking.Version
    manifest: Manifest
    entries: tuple[ledger.Entry, ...]
    predicted_at: str | None = None


def trace(name: str, wanted: str | None, log_url: str) -> History:
    """Return the history of a model.

    Args:
        wanted: a version's number in the registry, a bundle's version, or the id of a prediction; by
            default the champion's.
        log_url: where the prediction log is.

    Raises HistoryError if nothing is known of it, BundleError if its bundle was altered, RegistryError
    and LedgerError.
    """
    predicted_at = None
    # Of versions with the same model, the one that was in production is meant.
    known = sorted(tracking.versions(name), key=lambda version: not version.entry)
    if wanted is None:
        champion = tracking.find(name)
        wanted = champion.number if champion else ""
    elif _is_id(wanted):
        wanted, predicted_at = _find_prediction(wanted, log_url)
    for version in known:
        if wanted in (version.number, version.name) and version.digest:
            entries = tuple(entry for entry in ledger.read() if _is_about(entry, version.digest))
            return History(version, _manifest(name, version), entries, predicted_at)
    what = f"no version {wanted}" if wanted else "no champion yet"
    raise HistoryError(f"The registry has {what} of {name}.")


def _is_about(entry: ledger.Entry, digest: str) -> bool:
    replaced = entry.origin if entry.decision in ledger.IN_PRODUCTION else None
    return digest in (entry.target.bundle_digest, replaced.bundle_digest if replaced else None)


def _is_id(text: str) -> bool:
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False


def _find_prediction(prediction_id: str, log_url: str) -> tuple[str, str]:
    """Return the version of the model that made a prediction, and when. The newest days come first."""
    filesystem, path = fsspec.url_to_fs(f"{log_url.rstrip('/')}/predictions")
    needle = f'"{prediction_id.lower()}"'.encode()
    for file in sorted(filesystem.glob(f"{path}/date=*/*.jsonl"), reverse=True):
        content: bytes = filesystem.cat_file(file)
        if needle in content:
            for line in content.split(b"\n"):
                if needle in line:
                    record = json.loads(line)
                    return record["model_version"], record["time"]
    raise HistoryError(f"The prediction log in {log_url} has no prediction {prediction_id}.")


def _manifest(name: str, version: tracking.Version) -> Manifest:
    with tempfile.TemporaryDirectory() as folder:
        path = tracking.download(name, version, Path(folder))
        return bundle.verify(path, version.digest)[0]
