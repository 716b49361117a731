"""Tables for the terminal."""

import json
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from . import paths

if TYPE_CHECKING:
    from .registry.promotion import Promotion


def print_metrics(console: Console) -> None:
    """Show the model's metrics beside the baseline's."""
    metrics = json.loads(paths.METRICS.read_text(encoding="utf-8"))
    console.print(_metrics_table(metrics))


def print_promotion(console: Console, promotion: "Promotion") -> None:
    """Show each rule of the gate, and the verdict."""
    table = Table("Rule", "Value", "Required", "Verdict")
    for rule in promotion.verdict.rules:
        verdict = "[green]passed[/]" if rule.passed else "[red]failed[/]"
        table.add_row(rule.name, f"{rule.value:.4f}", rule.requirement, verdict)
    console.print(table)
    model, number = promotion.candidate, promotion.registered.number
    if not promotion.verdict.passed:
        kept = promotion.champion_before or "no model"
        console.print(f"[red]Blocked[/]: {model} (version {number}); {kept} stays in production.")
    elif promotion.champion_before == model:
        console.print(f"{model} (version {number}) is the champion already.")
    else:
        before = promotion.champion_before
        after = f"takes over from {before}" if before else "is the first champion"
        console.print(f"[green]Promoted[/]: {model} (version {number}) {after}.")


def print_answer(
    console: Console, instances: list[dict[str, Any]], answer: dict[str, Any], model: dict[str, Any]
) -> None:
    """Show predictions beside what was asked, and the model that made them."""
    table = Table("Instance", "Prediction")
    for instance, prediction in zip(instances, answer["predictions"], strict=True):
        table.add_row(_lines(instance), _lines(prediction))
    console.print(table)
    console.print(f"by {answer['model']['name']} {answer['model']['version']}", highlight=False)
    console.print(_metrics_table(model["metrics"]))


def _metrics_table(metrics: dict[str, dict[str, float]]) -> Table:
    table = Table("Metric", *metrics)
    for name in metrics["model"]:
        table.add_row(name, *(f"{values[name]:.4f}" for values in metrics.values()))
    return table


def _lines(values: dict[str, Any]) -> str:
    return "\n".join(f"{name}: {value}" for name, value in values.items() if value is not None)
