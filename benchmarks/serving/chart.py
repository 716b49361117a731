"""The chart of the documentation: requests per second as a share of the bare endpoint's."""

from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("svg")
from matplotlib import pyplot as plt

OURS, OTHERS = "#4051b5", "#b0b4c8"


def draw(ranked: list[tuple[str, dict[str, Any]]], file: Path) -> None:
    """Draw a bar for each server, the fastest on top."""
    slowest_first = list(reversed(ranked))
    names = [name for name, _ in slowest_first]
    ratios = [result["ratio"] for _, result in slowest_first]
    plt.rcParams["svg.hashsalt"] = "same bytes for the same numbers"
    figure, axes = plt.subplots(figsize=(8, 0.35 * len(names) + 1), layout="constrained")
    colours = [OURS if result["ours"] else OTHERS for _, result in slowest_first]
    bars = axes.barh(names, ratios, color=colours)
    axes.bar_label(bars, [f"{ratio:.3f}" for ratio in ratios], padding=3, fontsize=8)
    axes.set(xscale="log", xlabel="requests per second, as a share of the bare endpoint's (log)")
    axes.set_xlim(right=2)
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(file, metadata={"Date": None})
