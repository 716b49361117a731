"""Write, verify and load a bundle.

A bundle is a folder with `bundle.json`, the manifest, which is written last; the model in the
project's format; and `reference.parquet`, a sample of the training rows for drift.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ValidationError

from ..encoding import FEATURES, Feature, encode
from ..prediction import Vector, answers
from . import model_format
from .files import BundleError, read_verified, sha256, write_atomically
from .manifest import Manifest, Training

MANIFEST = "bundle.json"
TOLERANCE = 1e-6  # between the stored prediction for the example and the one after loading


@dataclass(frozen=True)
class Bundle:
    """A verified model, ready to predict. `digest` is the SHA-256 of its `bundle.json`."""

    manifest: Manifest
    digest: str
    predict: model_format.Predict

    def answers(self, raw: Vector) -> list[dict[str, Any]]:
        """Return the answers for raw predictions of shape (n_rows,)."""
        return answers(raw, self.manifest.thresholds)


def write(folder: Path, files: dict[str, bytes], training: Training, **details: Any) -> Manifest:
    """Seal files into a bundle, in place of what was in the folder.

    Args:
        files: content by name.
        details: the fields that Manifest adds to Training, but for `version` and `files`.
    """
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    for name, content in files.items():
        write_atomically(folder / name, content)
    digests = {name: sha256(content) for name, content in sorted(files.items())}
    identity = sha256("".join(digests.values()).encode())
    manifest = Manifest(
        **training.model_dump(),
        **details,
        version=f"{training.data.end:%Y%m%d}-{identity[:8]}",
        files=digests,
    )
    write_atomically(folder / MANIFEST, manifest.model_dump_json(indent=2).encode())
    return manifest


def verify(folder: Path, digest: str | None = None) -> tuple[Manifest, str]:
    """Check every file of a bundle and return its manifest and digest; nothing is deserialised.

    Args:
        digest: what the SHA-256 of `bundle.json` has to be, where a deployment pins it.

    Raises BundleError with what is wrong and what to do.
    """
    try:
        content = (folder / MANIFEST).read_bytes()
    except FileNotFoundError as error:
        raise BundleError(
            f"no complete model bundle in {folder}: {MANIFEST} is missing. `make train` makes them."
        ) from error
    except OSError as error:
        raise BundleError(f"{folder / MANIFEST} cannot be read: {error.strerror}") from error
    found = sha256(content)
    if digest and found != digest:
        raise BundleError(f"{folder} is not the pinned bundle: its digest is {found}, not {digest}")
    try:
        manifest = Manifest.model_validate_json(content)
    except ValidationError as error:
        raise BundleError(f"{folder / MANIFEST} is not a manifest: {error}") from error
    for name, expected in manifest.files.items():
        if Path(name).name != name:
            raise BundleError(f"{folder / MANIFEST} names a file outside of the bundle: {name}")
        read_verified(folder / name, expected)
    return manifest, found


def load(
    folder: Path, digest: str | None = None, features: tuple[Feature, ...] | None = FEATURES
) -> Bundle:
    """Verify a bundle, load its model, and see that it still predicts its own example.

    Args:
        digest: as for `verify`.
        features: the schema that rows will be encoded with; None if the caller takes the bundle's.

    Raises BundleError as `verify` does, and where the model was trained on another schema, is in
    another format, does not work here, or predicts something else than it did when it was sealed.
    """
    manifest, found = verify(folder, digest)
    if features is not None and manifest.features != features:
        raise BundleError(
            f"{folder} was trained on another schema than schema.py declares; train it again"
        )
    if manifest.model_format != model_format.NAME:
        raise BundleError(
            f"{folder} holds a {manifest.model_format} model; this code loads {model_format.NAME}"
        )
    if model_format.FILE not in manifest.files:
        raise BundleError(f"{folder / MANIFEST} does not name {model_format.FILE}, the model")
    model = read_verified(folder / model_format.FILE, manifest.files[model_format.FILE])
    try:
        bundle = Bundle(manifest, found, model_format.load(model))
        _check_example(bundle, folder)
    except BundleError:
        raise
    except Exception as error:  # what is wrong with a model, each library says in its own way
        raise BundleError(
            f"{folder} holds a model that does not work here ({type(error).__name__}: {error}); "
            f"it was made with {manifest.libraries}"
        ) from error
    return bundle


def _check_example(bundle: Bundle, folder: Path) -> None:
    manifest = bundle.manifest
    matrix = encode(example_table(manifest.example.instance, manifest.features), manifest.features)
    predicted = float(bundle.predict(matrix)[0])
    if not np.isclose(predicted, manifest.example.raw_prediction, rtol=TOLERANCE, atol=TOLERANCE):
        raise BundleError(
            f"{folder} predicts {predicted} for its own example, not "
            f"{manifest.example.raw_prediction}: the libraries here differ from {manifest.libraries}"
        )


def example_table(
    instance: dict[str, Any], features: tuple[Feature, ...] = FEATURES
) -> dict[str, list[Any]]:
    """Return a JSON instance as a table of one row, with its points in time parsed."""
    return {feature.name: [feature.parse(instance.get(feature.name))] for feature in features}
