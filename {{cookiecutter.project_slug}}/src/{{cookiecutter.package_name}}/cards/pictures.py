"""The pictures of the cards, each for one question."""

from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from ..bundle import Manifest
from ..evaluation import MAIN_METRIC
from ..schema import TIME
from ..tables import target_name

SIZE = (7.0, 4.0)  # inches
BLUE, ORANGE, GREY = "#0072b2", "#e69f00", "#666666"  # told apart by the colour-blind, too


def save(figures: dict[str, tuple[Figure, str]], folder: Path) -> dict[str, str]:
    """Write pictures into a folder beside the cards, and return what each shows by its path."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, (figure, _) in figures.items():
        # No time and no version in the file: the same picture is the same file.
        figure.savefig(folder / f"{name}.png", dpi=110, metadata={"Software": None})
    return {f"{folder.name}/{name}.png": shown for name, (_, shown) in figures.items()}


def slice_bars(manifest: Manifest) -> Figure:
    """Show the main metric in each slice beside that of all rows."""
    found = manifest.evaluation.slices
    figure = Figure(figsize=(SIZE[0], 1.2 + 0.32 * len(found)), layout="constrained")
    axes = figure.subplots()
    names = list(found)[::-1]
    axes.plot([found[name].value for name in names], names, "o", color=BLUE)
    everyone = manifest.metrics["model"][MAIN_METRIC]
    axes.axvline(everyone, color=ORANGE, label=f"all rows: {everyone:.3f}")
    axes.set(xlabel=MAIN_METRIC, title=f"{MAIN_METRIC} by slice of the test rows")
    axes.grid(axis="y", alpha=0.3)
    axes.legend()
    return figure


def rows_over_time(rows: pd.DataFrame) -> Figure:
    """Show how many rows each week has, from the first day on, and the mean of their target."""
    values = rows.set_index(TIME)[target_name()].astype(float)
    weekly = values.resample("168h", origin="start")
    count, mean = weekly.size(), weekly.mean()
    figure = Figure(figsize=SIZE, layout="constrained")
    upper, lower = figure.subplots(2, 1, sharex=True)
    upper.bar(count.index, count.to_numpy(), width=5, color=GREY)
    upper.set(ylabel="rows", title="Rows and target by week")
    lower.plot(mean.index, mean.to_numpy(), color=BLUE, marker="o")
    lower.set(ylabel=f"mean of {target_name()}")
    lower.tick_params(axis="x", rotation=30)
    return figure


def missing_values(rows: pd.DataFrame) -> Figure:
    """Show which share of each column is missing, for columns where any is."""
    share = rows.isna().mean().sort_values()
    share = share[share > 0]
    figure = Figure(figsize=(SIZE[0], 1.2 + 0.32 * max(len(share), 1)), layout="constrained")
    axes = figure.subplots()
    bars = axes.barh(list(map(str, share.index)), 100 * share.to_numpy(), color=BLUE)
    axes.bar_label(bars, fmt="%.1f", padding=3)
    axes.set(xlabel="% of the rows", title="Missing values", xlim=(0, 100))
    return figure
