"""The pictures of a regression's quality."""

import pandas as pd
from matplotlib.figure import Figure

from .. import paths
from ..tables import target_name
from .pictures import BLUE, GREY, ORANGE, SIZE


def figures() -> dict[str, tuple[Figure, str]]:
    """Return pictures by name, each with what it shows, from what `evaluate` has written."""
    return {
        "residuals": (_residuals(), "What the model missed, by its prediction"),
        "error_distribution": (_errors(), "How large errors are for which share of the rows"),
    }


def _residuals() -> Figure:
    points = pd.read_csv(paths.PLOTS / "residuals.csv")
    figure = Figure(figsize=SIZE, layout="constrained")
    axes = figure.subplots()
    axes.scatter(points["predicted"], points["residual"], s=10, alpha=0.5, color=BLUE)
    axes.axhline(0, color=GREY, linestyle="--")
    axes.set(
        xlabel=f"predicted {target_name()}", ylabel="actual minus predicted", title="Residuals"
    )
    return figure


def _errors() -> Figure:
    points = pd.read_csv(paths.PLOTS / "error_distribution.csv")
    figure = Figure(figsize=SIZE, layout="constrained")
    axes = figure.subplots()
    for name, colour in (("model", BLUE), ("baseline", ORANGE)):
        axes.plot(100 * points["share_of_rows"], points[name], color=colour, label=name)
    axes.set(
        xlabel="% of the test rows",
        ylabel="absolute error of at most",
        title="Absolute errors",
        ylim=(0, None),
    )
    axes.legend()
    return figure
