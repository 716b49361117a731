"""Nothing is loaded from a bundle that is not exactly what was sealed."""

import json
import pickle
from pathlib import Path

import pytest

from {{ cookiecutter.package_name }}.bundle import BundleError, load, verify
from {{ cookiecutter.package_name }}.bundle.files import sha256
from {{ cookiecutter.package_name }}.bundle.model_format import FILE
from {{ cookiecutter.package_name }}.encoding import FEATURES


class Bomb:
    """Writes a file when it is unpickled."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[object, tuple[str, str]]:
        return open, (str(self.trace), "w")


def test_a_sealed_bundle_loads_and_knows_its_lineage(candidate: Path) -> None:
    manifest = load(candidate).manifest
    assert manifest.features == FEATURES
    assert manifest.data.rows > 0
    assert set(manifest.metrics) == {"model", "baseline"}
    assert "python" in manifest.libraries


def test_an_altered_model_is_refused_before_it_is_deserialised(
    candidate: Path, tmp_path: Path
) -> None:
    trace = tmp_path / "trace"
    (candidate / FILE).write_bytes(pickle.dumps(Bomb(trace)))
    with pytest.raises(BundleError, match=f"{FILE} was altered"):
        load(candidate)
    assert not trace.exists()


@pytest.mark.parametrize("name", [FILE, "reference.parquet"])
def test_a_missing_file_is_named(candidate: Path, name: str) -> None:
    (candidate / name).unlink()
    with pytest.raises(BundleError, match=name):
        verify(candidate)


def test_a_half_written_bundle_is_incomplete(candidate: Path) -> None:
    (candidate / "bundle.json").unlink()
    with pytest.raises(BundleError, match="is missing"):
        verify(candidate)


def test_a_cut_off_manifest_is_refused(candidate: Path) -> None:
    manifest = candidate / "bundle.json"
    manifest.write_bytes(manifest.read_bytes()[:100])
    with pytest.raises(BundleError, match="not a manifest"):
        verify(candidate)


def test_a_bundle_other_than_the_pinned_one_is_refused(candidate: Path) -> None:
    digest = sha256((candidate / "bundle.json").read_bytes())
    verify(candidate, digest)
    with pytest.raises(BundleError, match="not the pinned bundle"):
        verify(candidate, digest[::-1])


def test_a_manifest_cannot_reach_outside_of_its_folder(candidate: Path) -> None:
    _edit(candidate, files={"../../secret": "0" * 64})
    with pytest.raises(BundleError, match="outside"):
        verify(candidate)


def test_a_model_of_another_schema_is_refused(candidate: Path) -> None:
    content = json.loads((candidate / "bundle.json").read_bytes())
    _edit(candidate, features=content["features"][1:])
    with pytest.raises(BundleError, match="another schema"):
        load(candidate)


def test_a_model_that_predicts_something_else_than_when_sealed_is_refused(candidate: Path) -> None:
    content = json.loads((candidate / "bundle.json").read_bytes())
    _edit(candidate, example=content["example"] | {"raw_prediction": 1e6})
    with pytest.raises(BundleError, match="its own example"):
        load(candidate)


def test_a_model_that_does_not_work_here_is_refused_with_the_reason(candidate: Path) -> None:
    content = json.loads((candidate / "bundle.json").read_bytes())
    (candidate / FILE).write_bytes(b"nonsense")
    _edit(candidate, files=content["files"] | {FILE: sha256(b"nonsense")})
    with pytest.raises(BundleError, match=r"(?s)does not work here \(\w+: .*made with .*numpy"):
        load(candidate)


def test_a_manifest_without_a_model_is_refused(candidate: Path) -> None:
    _edit(candidate, files={})
    with pytest.raises(BundleError, match=f"does not name {FILE}"):
        load(candidate)


def _edit(bundle: Path, **changes: object) -> None:
    manifest = bundle / "bundle.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_bytes()) | changes), encoding="utf-8")
