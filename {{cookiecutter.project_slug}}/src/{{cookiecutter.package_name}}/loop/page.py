"""One page that shows the story: what happened when, and charts of quality, drift and traffic."""

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from .. import TITLE, bundle
from ..cards.pictures import BLUE, GREY, ORANGE, save
from ..cards.text import page, table
from ..encoding import encode
from ..evaluation import MAIN_METRIC, score
from ..tables import target_name
from .narrator import Json, Narrator
from .traffic import Traffic, Week

SIZE = (9.0, 4.0)  # inches
COLUMNS = 5  # with the most drift
COLOURS = (BLUE, ORANGE, "#009e73", "#cc79a7", GREY)


def write_page(file: Path, narrator: Narrator, traffic: Traffic, least: float) -> None:
    """Write the page of a story in which at least one week was looked at.

    Args:
        least: the distance from the training rows below which nothing has drifted.
    """
    seen = [
        (week, window)
        for start, window in narrator.seen.items()
        if (week := traffic.week_of(start))
    ]
    weeks = [week for week in traffic.weeks if week.ids]
    figures = {
        "quality": (_quality(seen, weeks, file.parent / "models"), "Quality by week"),
        "drift": (_drift(seen, least), "Drift by week"),
        "traffic": (_traffic(weeks, len(traffic.failures)), "Answers by week"),
    }
    pictures = save(figures, file.parent / "charts")
    events = [
        (f"{event.seconds:.0f} s", str(event.week or ""), event.text) for event in narrator.events
    ]
    text = [
        f"# {TITLE}: the loop",
        "All rows are those of the source, in the order in which they came: nothing was changed in them "
        "to make them drift. Every rule is that of `params.yaml`, but that a week of the rows takes some "
        "seconds of the clock, and that there is one training and no more.",
        *(f"![{shown}]({path})" for path, shown in pictures.items()),
        "## What happened",
        table(("After", "Week asked about", ""), events),
        *_gate(narrator),
    ]
    content = page(f"{TITLE}: the loop", "\n\n".join(text), file.parent)
    file.write_text(content, encoding="utf-8")


def _gate(narrator: Narrator) -> list[str]:
    """Return what the gate said of each model but the first, as tables."""
    found: list[str] = []
    for entry in narrator.promotions()[1:]:
        if entry.rules:
            rows = [
                (rule["name"], rule["value"], rule["requirement"], rule["passed"])
                for rule in entry.rules
            ]
            found.append(f"## The gate: {entry.target.version} {entry.decision}")
            found.append(table(("Rule", "Value", "Required", "Passed"), rows))
    return found


def _quality(seen: list[tuple[Week, Json]], weeks: list[Week], models: Path) -> Figure:
    """Show the main metric as it was, and as each model would have had it in weeks new to it."""
    figure = Figure(figsize=SIZE, layout="constrained")
    axes = figure.subplots()
    told = [(week, window) for week, window in seen if window["quality"]]
    for name, colour in (("first", BLUE), ("second", ORANGE)):
        if not (models / name).exists():
            continue
        manifest = bundle.load(models / name).manifest
        new = [week for week in weeks if week.first > manifest.data.end]
        values = main_metric_by_week(models / name, new)
        label = f"the {name} model, whoever answered"
        axes.plot(_days(new), values, "--", color=colour, alpha=0.6, label=label)
        own = [(week, window) for week, window in told if window["model"] == manifest.version]
        values = [window["quality"][MAIN_METRIC] for _, window in own]
        label = f"as the {name} model answered"
        axes.plot(_days([week for week, _ in own]), values, "o", color=colour, label=label)
    days = _days([week for week, _ in told])
    expected = np.array([window["expected"] for _, window in told], dtype=np.float64)
    axes.step(days, expected, where="mid", color=GREY, linewidth=1, label="expected: on test rows")
    axes.set(ylabel=MAIN_METRIC, title="Quality by week")
    _finish(axes)
    return figure


def main_metric_by_week(folder: Path, weeks: list[Week]) -> list[float]:
    """Return what the model in a folder makes of each week, whichever model answered then."""
    model = bundle.load(folder)
    name, features = target_name(), model.manifest.features
    return [
        score(
            week.rows[name].to_numpy(dtype=np.float64),
            model.predict(encode(week.rows, features)),
        )[MAIN_METRIC]
        for week in weeks
    ]


def _drift(seen: list[tuple[Week, Json]], least: float) -> Figure:
    """Show how far the columns with the most drift were, in units of what is usual."""
    compared = [(week, window) for week, window in seen if window["drift"]]
    ratios = {
        column: [
            window["drift"].get(column, np.nan) / max(window["usual"].get(column, 0.0), least)
            for _, window in compared
        ]
        for column in {column for _, window in compared for column in window["drift"]}
    }
    most = sorted(ratios, key=lambda column: -np.nanmax(ratios[column]))[:COLUMNS]
    figure = Figure(figsize=SIZE, layout="constrained")
    axes = figure.subplots()
    for column, colour in zip(most, COLOURS, strict=False):
        days = _days([week for week, _ in compared])
        axes.plot(days, ratios[column], "o-", color=colour, label=column)
    axes.axhline(1, color="black", linewidth=1, label="the farthest week of the training rows")
    axes.set(ylabel="distance from the training rows", title="Drift by week")
    _finish(axes)
    return figure


def _traffic(weeks: list[Week], failed: int) -> Figure:
    """Show which model has answered how many rows."""
    figure = Figure(figsize=(SIZE[0], 2.5), layout="constrained")
    axes = figure.subplots()
    below = np.zeros(len(weeks))
    versions = dict.fromkeys(version for week in weeks for version in week.versions)
    for version, colour in zip(versions, COLOURS, strict=False):
        counts = np.array([week.versions[version] for week in weeks])
        axes.bar(_days(weeks), counts, width=5, bottom=below, color=colour, label=version)
        below += counts
    axes.set(ylabel="rows", title=f"Answers by week; {failed} failed requests")
    _finish(axes)
    return figure


def _days(weeks: list[Week]) -> NDArray[np.datetime64]:
    return np.array([week.first for week in weeks], dtype="datetime64[D]")


def _finish(axes: Axes) -> None:
    axes.tick_params(axis="x", rotation=30)
    axes.grid(alpha=0.3)
    axes.legend(fontsize="small")
