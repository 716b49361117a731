"""Fetch a bundle from where it is kept: a folder, a bucket, or an MLflow registry.

What is fetched is not trusted: whoever loads it verifies it first.
"""

from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Protocol

import fsspec

from . import mlflow_server
from .files import BundleError


class Store(Protocol):
    """A folder of files somewhere."""

    def names(self) -> list[str]: ...

    def read(self, name: str) -> bytes: ...


@dataclass(frozen=True)
class Folder:
    """A folder that fsspec reaches: on this machine, or in a bucket."""

    filesystem: Any
    path: str

    def names(self) -> list[str]:
        self.filesystem.invalidate_cache()
        found = self.filesystem.ls(self.path, detail=True)
        return [PurePosixPath(file["name"]).name for file in found if file["type"] == "file"]

    def read(self, name: str) -> bytes:
        content: bytes = self.filesystem.cat_file(f"{self.path}/{name}")
        return content


def fetch(uri: str, folder: Path) -> None:
    """Copy the files of a bundle into a folder.

    Args:
        uri: a path, an fsspec URL, `models:/<name>@<alias>` or `models:/<name>/<version>`.

    Raises BundleError with the reason if that cannot be done.
    """
    try:
        store = _open(uri)
        for name in store.names():
            if Path(name).name != name:
                raise BundleError(f"{uri} names a file outside of the bundle: {name}")
            (folder / name).write_bytes(store.read(name))
    except Exception as error:  # each kind of store has its own
        raise _explained(uri, error) from error


def read(uri: str, name: str) -> bytes:
    """Return one file of a bundle. Raises BundleError."""
    try:
        return _open(uri).read(name)
    except Exception as error:
        raise _explained(uri, error) from error


def _open(uri: str) -> Store:
    location = mlflow_server.locate(uri) if uri.startswith("models:/") else uri
    if location.startswith("mlflow-artifacts:"):
        return mlflow_server.Artifacts(location)
    filesystem, path = fsspec.url_to_fs(location)
    return Folder(filesystem, path.rstrip("/"))


def _explained(uri: str, error: Exception) -> BundleError:
    if isinstance(error, BundleError):
        return error
    return BundleError(f"no bundle can be fetched from {uri}: {type(error).__name__}: {error}")
