"""Where the service takes its model from: a folder beside it, or a place it has to be fetched from."""

import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from .. import bundle
from ..bundle import Bundle, BundleError, fetching
from ..bundle.files import sha256
from ..bundle.storage import MANIFEST
from .settings import Settings


class Source(Protocol):
    """Holds one bundle at a time; it may be another one later."""

    def digest(self) -> str:
        """Return the SHA-256 of the bundle's manifest. Raises OSError or BundleError."""
        ...

    def load(self) -> Bundle:
        """Verify and load the bundle. Raises BundleError."""
        ...

    def opened(self) -> AbstractContextManager[Path]:
        """Give a folder that has the bundle until the end of the block. Raises BundleError."""
        ...


@dataclass(frozen=True)
class Local:
    """A folder.

    Attributes:
        pinned: the digest that the bundle must have, if any.
    """

    folder: Path
    pinned: str | None

    def digest(self) -> str:
        return sha256((self.folder / MANIFEST).read_bytes())

    def load(self) -> Bundle:
        return bundle.load(self.folder, self.pinned)

    def opened(self) -> AbstractContextManager[Path]:
        return nullcontext(self.folder)


@dataclass(frozen=True)
class Remote:
    """A folder elsewhere, or a model in a registry; see `fetching.fetch`."""

    uri: str
    pinned: str | None

    def digest(self) -> str:
        return sha256(fetching.read(self.uri, MANIFEST))

    def load(self) -> Bundle:
        with self.opened() as folder:
            try:
                return bundle.load(folder, self.pinned)
            except BundleError as error:
                raise BundleError(f"{self.uri}, fetched: {error}") from error

    @contextmanager
    def opened(self) -> Iterator[Path]:
        with tempfile.TemporaryDirectory(prefix="bundle-") as folder:
            fetching.fetch(self.uri, Path(folder))
            yield Path(folder)


def source_of(settings: Settings) -> Source:
    if settings.model_uri:
        return Remote(settings.model_uri, settings.model_digest)
{% if cookiecutter._hosting.get(cookiecutter.cloud_target, {}).get("model_dir") %}
    return Local(_inside(settings.model_dir), settings.model_digest)


def _inside(folder: Path) -> Path:
    """Return the bundle's folder in one that is mounted: a registered folder is mounted whole."""
    found = [file.parent for file in folder.glob(f"*/{MANIFEST}")]
    return found[0] if len(found) == 1 and not (folder / MANIFEST).exists() else folder
{% else %}
    return Local(settings.model_dir, settings.model_digest)
{% endif %}
