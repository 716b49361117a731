"""The pictures of a classifier's quality."""

import pandas as pd
from matplotlib.figure import Figure

from .. import paths
from .pictures import BLUE, GREY, SIZE


def figures() -> dict[str, tuple[Figure, str]]:
    """Return pictures by name, each with what it shows, from what `evaluate` has written."""
    return {
        "calibration": (_calibration(), "Predicted probabilities beside what really happened"),
        "precision_recall": (_precision_recall(), "Precision by recall"),
    }


def _calibration() -> Figure:
    points = pd.read_csv(paths.PLOTS / "calibration.csv")
    figure = Figure(figsize=SIZE, layout="constrained")
    axes = figure.subplots()
    axes.plot(points["ideal"], points["ideal"], color=GREY, linestyle="--", label="ideal")
    axes.plot(points["predicted"], points["observed"], color=BLUE, marker="o", label="model")
    axes.set(
        xlabel="predicted probability",
        ylabel="observed share",
        title="Calibration, by tenths of the test rows",
    )
    axes.legend()
    return figure


def _precision_recall() -> Figure:
    points = pd.read_csv(paths.PLOTS / "precision_recall.csv").sort_values("recall")
    figure = Figure(figsize=SIZE, layout="constrained")
    axes = figure.subplots()
    axes.plot(points["recall"], points["precision"], color=BLUE)
    axes.set(
        xlabel="recall", ylabel="precision", title="Precision and recall", xlim=(0, 1), ylim=(0, 1)
    )
    return figure
