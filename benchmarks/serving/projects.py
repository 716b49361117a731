"""Projects of this template, trained once for each format and installed as an image installs them."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from cookiecutter.main import cookiecutter

ROOT = Path(__file__).parent.parent.parent
EXPORT = Path(__file__).parent / "export_model.py"

FOREST = """
from sklearn.base import BaseEstimator
from sklearn.ensemble import RandomForestClassifier


def build(*, seed: int, **_: float) -> BaseEstimator:
    return RandomForestClassifier(200, min_samples_leaf=20, n_jobs=1, random_state=seed)
"""


def prepare(build: Path, framework: str, model_format: str, estimator: str) -> Path:
    """Return a project that can be served: rendered anew, its model trained on first use."""
    project = _render(build, framework, model_format)
    trained = _trained(build, model_format, estimator)
    shutil.copytree(trained / "models" / "champion", project / "models" / "champion")
    run("uv", "sync", "--quiet", "--no-default-groups", "--compile-bytecode", folder=project)
    return project


def export(build: Path, estimator: str) -> None:
    """Write the fitted estimator and rows to ask for into `model/`, for the peers."""
    target = build / "model"
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    trained = _trained(build, "joblib", estimator)
    run("uv", "run", "--quiet", "python", str(EXPORT), str(target), folder=trained, build=build)


def _trained(build: Path, model_format: str, estimator: str) -> Path:
    parent = build / "trained" / estimator
    project = parent / f"fastapi-{model_format}" / "flight-delay"
    if not (project / "models" / "champion").exists():
        shutil.rmtree(project, ignore_errors=True)
        _render(parent, "fastapi", model_format)
        if estimator == "forest":
            (project / "src" / "flight_delay" / "estimator.py").write_text(FOREST, encoding="utf-8")
        run("make", "setup", "train", folder=project, build=build)
    return project


def _render(parent: Path, framework: str, model_format: str) -> Path:
    """Render a project anew; an environment that is there already is kept."""
    folder = parent / f"{framework}-{model_format}"
    fresh = parent / "fresh"
    shutil.rmtree(fresh, ignore_errors=True)
    rendered = Path(
        cookiecutter(
            str(ROOT),
            no_input=True,
            extra_context={"serving_framework": framework, "model_format": model_format},
            output_dir=str(fresh),
        )
    )
    project = folder / rendered.name
    for kept in (".venv", "uv.lock"):
        if (project / kept).exists():
            (project / kept).rename(rendered / kept)
    shutil.rmtree(folder, ignore_errors=True)
    fresh.rename(folder)
    return project


def run(*command: str, folder: Path, build: Path | None = None) -> None:
    """Run a command in a project, with one environment for all that train."""
    inherited = {k: v for k, v in os.environ.items() if k not in ("VIRTUAL_ENV", "MAKEFLAGS")}
    shared = {"UV_PROJECT_ENVIRONMENT": str(build / "environments" / "training")} if build else {}
    result = subprocess.run(
        command, cwd=folder, env=inherited | shared, capture_output=True, text=True
    )
    if result.returncode:
        sys.exit(f"{' '.join(command)} failed in {folder}:\n{result.stdout}\n{result.stderr}")
