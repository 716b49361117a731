"""Whether a registered model comes out again: its commit, its rows, its metrics."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .. import NAME, lineage, paths
from ..bundle import Manifest, model_format
from ..bundle.files import sha256
from ..errors import ProjectError
from .history import trace

TOLERANCE = 1e-6  # relative, of a metric


class ReproductionError(ProjectError):
    """The commit or the rows of a model are not there any more, or its pipeline fails."""


@dataclass(frozen=True)
class Reproduction:
    """A model beside its repetition.

    Attributes:
        metrics: for each, its value then and now.
        same_file: whether the model is the same to the byte.
        libraries: those whose version is another one now, with both versions.
    """

    manifest: Manifest
    metrics: dict[str, tuple[float, float]]
    same_file: bool
    libraries: dict[str, tuple[str, str]]

    @property
    def succeeded(self) -> bool:
        return all(np.isclose(now, then, rtol=TOLERANCE) for then, now in self.metrics.values())


def reproduce(name: str, wanted: str | None) -> Reproduction:
    """Train a registered version again from its commit and its rows, beside the project.

    Args:
        wanted: as for `history.trace`; by default the champion.

    Raises ReproductionError, and what `trace` raises.
    """
    manifest = trace(name, wanted, log_url="").manifest
    if manifest.code.commit is None or not manifest.code.clean:
        raise ReproductionError(
            f"{manifest.version} was trained with code that no commit has: it cannot be repeated. "
            "Commit before `make train`."
        )
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder) / NAME
        _git("worktree", "add", "--quiet", "--detach", str(clone), manifest.code.commit)
        try:
            _get_rows(clone, manifest.data.md5)
            _dvc(clone, "repro", "--quiet", "--force", "--no-run-cache", "--downstream", "validate")
            return _compare(clone, manifest)
        finally:
            _git("worktree", "remove", "--force", str(clone))


def _get_rows(clone: Path, md5: str) -> None:
    """Put the very rows into the clone: from DVC if a commit knows them, else from their source."""
    _share_storage(clone)
    lock = _git("log", "--all", "--format=%H", f"-S{md5}", "--", "dvc.lock").split()
    if lock:
        content = _git("show", f"{lock[-1]}:dvc.lock")
        (clone / "dvc.lock").write_text(content + "\n", encoding="utf-8")
        _dvc(clone, "pull", "--quiet", "--allow-missing", str(paths.RAW))
    elif Path("dvc.lock").exists() and md5 in Path("dvc.lock").read_text(encoding="utf-8"):
        shutil.copy("dvc.lock", clone)
        _dvc(clone, "pull", "--quiet", "--allow-missing", str(paths.RAW))
    raw = clone / paths.RAW
    if not raw.exists():
        _dvc(clone, "repro", "--quiet", "collect")
    found = hashlib.md5(raw.read_bytes(), usedforsecurity=False).hexdigest()
    if found != md5:
        raise ReproductionError(
            f"The rows of that time are gone: DVC's storage does not have {md5}, and the source gives "
            f"others now ({found})."
        )


def _share_storage(clone: Path) -> None:
    """Let a clone use the cache, the storage and the sign-in of the project."""
    local = Path(".dvc/config.local")
    if local.exists():
        shutil.copy(local, clone / local)
    config = {"cache.dir": str(Path(".dvc/cache").resolve())}
    for line in _dvc(Path(), "remote", "list").splitlines():
        name, url = line.removesuffix("(default)").split(maxsplit=1)
        config[f"remote.{name}.url"] = url.strip()  # absolute, whatever the project has
    for key, value in config.items():
        _dvc(clone, "config", "--quiet", "--local", key, value)


def _compare(clone: Path, manifest: Manifest) -> Reproduction:
    metrics = json.loads((clone / paths.METRICS).read_bytes())["model"]
    trained = (clone / paths.TRAINED / model_format.FILE).read_bytes()
    here = lineage.library_versions(*(name for name in manifest.libraries if name != "python"))
    return Reproduction(
        manifest=manifest,
        metrics={
            name: (then, metrics.get(name, float("nan")))
            for name, then in manifest.metrics["model"].items()
        },
        same_file=sha256(trained) == manifest.files[model_format.FILE],
        libraries={
            name: (then, here[name])
            for name, then in manifest.libraries.items()
            if here[name] != then
        },
    )


def _git(*arguments: str) -> str:
    return _run(Path(), "git", *arguments)


def _dvc(folder: Path, *arguments: str) -> str:
    return _run(folder, sys.executable, "-m", "dvc", *arguments)


def _run(folder: Path, *command: str) -> str:
    """Run a command with the code of a folder, and return what it prints."""
    own = {
        "PYTHONPATH": str((folder / "src").resolve()),
        # The stages call `python`: it has to be this one.
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }
    result = subprocess.run(
        command, cwd=folder, env=os.environ | own, capture_output=True, text=True
    )
    if result.returncode:
        output = (result.stderr or result.stdout).strip()
        raise ReproductionError(f"{' '.join(command[:4])} failed: {output}")
    return result.stdout.strip()
