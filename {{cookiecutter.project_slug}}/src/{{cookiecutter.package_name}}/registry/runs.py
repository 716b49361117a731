"""What a run in MLflow has of a candidate: parameters, metrics, lineage, plots and the bundle."""

import re
from pathlib import Path

import mlflow
from mlflow.models.model import ModelInfo

from .. import paths
from ..bundle import Manifest
from ..evaluation import MAIN_METRIC


def log_bundle(manifest: Manifest, folder: Path) -> ModelInfo:
    """Log a bundle as the model of the run that is active."""
    model: ModelInfo = mlflow.pyfunc.log_model(
        name="model",
        loader_module=f"{__package__}.pyfunc",
        data_path=str(folder),
        code_paths=[str(Path(__file__).parents[1])],
        pip_requirements=[
            f"{library}=={version}"
            for library, version in manifest.libraries.items()
            if library != "python"
        ],
    )
    return model


def log_run(manifest: Manifest) -> None:
    """Log what a bundle tells of itself into the run that is active."""
    mlflow.log_params({"seed": manifest.seed, **manifest.parameters})
    mlflow.log_metrics(
        {
            f"{who}.{metric}": value
            for who, metrics in manifest.metrics.items()
            for metric, value in metrics.items()
        }
    )
    found = manifest.evaluation
    mlflow.log_metrics(
        {
            f"model.{metric}.{bound}": value
            for metric, interval in found.intervals.items()
            for bound, value in zip(("lower", "upper"), interval, strict=True)
        }
    )
    mlflow.log_metrics({_metric_name(name): part.value for name, part in found.slices.items()})
    mlflow.set_tags(
        {
            "data.test_rows": found.rows,
            "data.test_start": found.start,
            "data.test_end": found.end,
            "data.md5": manifest.data.md5,
            "data.rows": manifest.data.rows,
            "data.start": manifest.data.start,
            "data.end": manifest.data.end,
            "git.commit": manifest.code.commit,
            "git.clean": manifest.code.clean,
            "code.sha256": manifest.code.sha256,
            **{f"library.{name}": version for name, version in manifest.libraries.items()},
        }
    )


def _metric_name(of_slice: str) -> str:
    """Return a name that MLflow takes, whatever the value is that the slice is of."""
    plain = re.sub(r"[^/\w.\- :]", "_", of_slice.replace(" = ", "."))
    return f"slice.{plain}.{MAIN_METRIC}"


def log_plots() -> None:
    """Log the plots of the candidate's evaluation into the run that is active."""
    if paths.PLOTS.is_dir():
        mlflow.log_artifacts(str(paths.PLOTS), "plots")
