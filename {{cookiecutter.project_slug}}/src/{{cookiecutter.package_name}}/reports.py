"""Tables for the terminal."""

import json
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from . import paths
from .evaluation import MAIN_METRIC

if TYPE_CHECKING:
    from .ci.doctor import Finding
    from .monitoring.monitor import Look
    from .registry.decision import Decision
    from .registry.history import History
    from .registry.promotion import Promotion
    from .registry.reproduce import Reproduction

console = Console(soft_wrap=True)


def print_metrics() -> None:
    """Show the model's metrics beside the baseline's."""
    metrics = json.loads(paths.METRICS.read_text(encoding="utf-8"))
    console.print(_metrics_table(metrics))


def print_decision(decision: "Decision", promotion: "Promotion | None" = None) -> None:
    """Show each rule of the gate, and what came of it.

    Args:
        promotion: once the candidate is in the registry.
    """
    if decision.verdict:
        table = Table("Rule", "Value", "Required", "Verdict")
        for rule in decision.verdict.rules:
            verdict = "[green]passed[/]" if rule.passed else "[red]failed[/]"
            table.add_row(rule.name, f"{rule.value:.4f}", rule.requirement, verdict)
        console.print(table)
        for rule in decision.verdict.rules:
            if rule.note:
                console.print(f"{rule.name}: {rule.note}", highlight=False, markup=False)
    number = promotion.version.number if promotion else None
    model = decision.candidate.version + (f" (version {number})" if number else "")
    before = decision.before
    overridden = promotion is not None and promotion.promoted and not decision.passed
    if decision.verdict is None:
        console.print(f"{model} is the champion already.")
    elif not decision.passed and not overridden:
        console.print(f"[red]Blocked[/]: {model}; {before or 'no model'} stays in production.")
    elif promotion and promotion.promoted:
        place = f"takes over from {before}" if before else "is the first champion"
        how = "[yellow]Promoted against the gate[/]" if overridden else "[green]Promoted[/]"
        console.print(f"{how}: {model} {place}.")
    else:
        place = f"may take over from {before}" if before else "may become the first champion"
        console.print(f"[green]Passed[/]: {model} {place}.")


def print_history(history: "History") -> None:
    """Show where a model comes from, and what was decided about it."""
    manifest, version = history.manifest, history.version
    data, code = manifest.data, manifest.code
    changed = "" if code.clean else ", with changes that were not committed"
    lines = {
        "predicted at": history.predicted_at,
        "model": f"{manifest.name} {manifest.version}, version {version.number} in the registry",
        "bundle": version.digest,
        "data": f"{data.md5}: {data.rows:,} rows of {data.start} to {data.end} for training",
        "code": f"commit {code.commit}{changed}" if code.commit else "no commit",
        "code's SHA-256": code.sha256,
        "run": f"{version.run} in MLflow, {manifest.trained_at:%Y-%m-%d %H:%M} UTC",
    }
    console.print(_lines(lines), highlight=False, markup=False)
    table = Table("Time", "Decision", "From", "To", "Who", "Why")
    for entry in history.entries:
        when = f"{entry.time:%Y-%m-%d %H:%M}"
        places = entry.origin.number if entry.origin else "", entry.target.number
        by_people = (Text(text) for text in (entry.who, entry.why))
        table.add_row(when, entry.decision, *places, *by_people)
    console.print(table)


def print_look(look: "Look") -> None:
    """Show the newest windows of the prediction log, and what was decided."""
    table = Table("Window from", "Model", "Predictions", "Labels", MAIN_METRIC, "Found")
    for seen in look.observations:
        found = [text for text in (seen.drifted, seen.worse) if text]
        table.add_row(
            f"{seen.window.start:%Y-%m-%d %H:%M}",
            seen.version or "none",
            f"{seen.predictions:,}",
            f"{seen.label_coverage:.0%}" if seen.label_coverage is not None else "",
            f"{seen.quality.value:.4f}" if seen.quality else "",
            Text("; ".join(found)),
        )
    console.print(table)
    decision = look.decision
    if decision is None:
        console.print("The newest window was decided on before.")
    elif decision.decision == "retrain":
        console.print(Text(f"Train again: {'; '.join(decision.reasons)}."))
    else:
        console.print(Text(f"Keep {decision.model}: {decision.note}."))


def print_reproduction(found: "Reproduction") -> None:
    """Show the metrics of a model beside those of its repetition."""
    table = Table("Metric", "Then", "Now")
    for name, (then, now) in found.metrics.items():
        table.add_row(name, f"{then:.6f}", f"{now:.6f}")
    console.print(table)
    for name, (old, new) in found.libraries.items():
        console.print(f"{name} was {old} then, and is {new} here.", highlight=False)
    came = "Its metrics came back" if found.succeeded else "[red]Its metrics did not come back[/]"
    file = "the model is the same to the byte" if found.same_file else "its file is another one"
    console.print(f"{found.manifest.version}: {came}; {file}.", highlight=False)


def print_settings(findings: "list[Finding]") -> None:
    """Show each variable and secret of the CI, and whether it is there; never its value."""
    table = Table("Name", "What it is", "Needed for", "State")
    for finding in findings:
        setting = finding.setting
        colour = "red" if finding.wrong else "green" if finding.state == "set" else "yellow"
        kind = f"{setting.name} (secret)" if setting.secret else setting.name
        needed_for = setting.needed_for or "optional"
        table.add_row(kind, setting.purpose, needed_for, f"[{colour}]{finding.state}[/]")
    console.print(table)


def print_answer(
    instances: list[dict[str, Any]], answer: dict[str, Any], model: dict[str, Any]
) -> None:
    """Show predictions beside what was asked, and the model that made them."""
    table = Table("Instance", "Prediction")
    for instance, prediction in zip(instances, answer["predictions"], strict=True):
        # As plain text: brackets in a value are no markup.
        table.add_row(Text(_lines(instance)), Text(_lines(prediction)))
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
