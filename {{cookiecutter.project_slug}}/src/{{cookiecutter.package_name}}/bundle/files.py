"""Files whose content is checked against a known SHA-256 before anything is made of it."""

import hashlib
import os
from pathlib import Path

from ..errors import ProjectError


class BundleError(ProjectError):
    """A bundle is missing, incomplete, altered or not meant for this code."""


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def read_verified(path: Path, digest: str) -> bytes:
    """Return a file's content, the very bytes that were checked.

    Raises BundleError if the file is missing or its SHA-256 is another one.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BundleError(f"{path} cannot be read: {error.strerror}") from error
    if sha256(content) != digest:
        raise BundleError(
            f"{path} was altered: its SHA-256 is {sha256(content)}, not {digest}. Nothing was loaded."
        )
    return content


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file that is seen whole or not at all."""
    partial = path.with_name(f".{path.name}.partial")
    with partial.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
