"""The model card: what Mitchell et al., Model Cards for Model Reporting (2019), ask for."""

from typing import Any

from ..bundle import Manifest
from ..encoding import Feature
from ..evaluation import MAIN_METRIC
from ..schema import Features, Target
from .text import table

Rules = list[dict[str, Any]]


def model_card(
    manifest: Manifest,
    digest: str,
    verdict: str,
    rules: Rules,
    notes: dict[str, str],
    pictures: dict[str, str],
) -> str:
    """Return the card of a bundle in Markdown.

    Args:
        verdict: what the gate said, in a sentence.
        rules: of the gate, each with its value, its limit and its verdict.
        notes: what people wrote, by section.
        pictures: what each shows, by the path of its file.
    """
    parts = [
        f"# Model card: {manifest.name} {manifest.version}",
        _what_it_predicts(manifest),
        "## Intended use",
        notes["Intended use"],
        "## Data",
        _data(manifest),
        "## Features",
        _features(manifest),
        "## Metrics",
        _metrics(manifest),
        *(f"![{shown}]({path})" for path, shown in pictures.items()),
        "## Slices",
        _slices(manifest),
        "## The gate",
        verdict,
        _rules(rules),
        "## Limits",
        notes["Limits"],
        "## Lineage",
        _lineage(manifest, digest),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _what_it_predicts(manifest: Manifest) -> str:
    description = Target.model_fields[manifest.target].description or ""
    settings = ", ".join(f"{name} = {value}" for name, value in manifest.parameters.items())
    return (
        f"It predicts `{manifest.target}`: {_lowered(description)} Trained on "
        f"{manifest.trained_at:%Y-%m-%d} with {settings or 'no settings'} and the seed "
        f"{manifest.seed}; stored as {manifest.model_format}."
    )


def _data(manifest: Manifest) -> str:
    data, found = manifest.data, manifest.evaluation
    rows = [
        ("training", f"{data.rows:,}", data.start, data.end),
        ("testing", f"{found.rows:,}", found.start, found.end),
    ]
    return "\n\n".join(
        [
            table(("Rows for", "Number", "First day", "Last day"), rows),
            "The test rows are newer than all that the model has seen. [The data card](data_card.md) "
            "has more about them.",
        ]
    )


def _features(manifest: Manifest) -> str:
    rows = []
    for feature in manifest.features:
        field = Features.model_fields.get(feature.name)
        meaning = field.description if field and field.description else ""
        rows.append((f"`{feature.name}`", _kind(feature), meaning))
    return table(("Feature", "Kind", "Meaning"), rows)


def _kind(feature: Feature) -> str:
    kinds = {
        "number": "number",
        "boolean": "yes or no",
        "category": f"one of {len(feature.categories)} categories",
        "moment": f"point in time: {', '.join(feature.parts)}",
    }
    return kinds[feature.kind] + ("; may be missing" if feature.optional else "")


def _metrics(manifest: Manifest) -> str:
    intervals = manifest.evaluation.intervals
    rows = [
        (
            name,
            f"{value:.4f}",
            _interval(intervals.get(name)),
            f"{manifest.metrics['baseline'][name]:.4f}",
        )
        for name, value in manifest.metrics["model"].items()
    ]
    return table(("Metric", "Model", "95 % interval", "Baseline"), rows)


def _interval(bounds: tuple[float, float] | None) -> str:
    return f"{bounds[0]:.4f} to {bounds[1]:.4f}" if bounds else ""


def _slices(manifest: Manifest) -> str:
    found = manifest.evaluation.slices
    if not found:
        return "No slice has enough rows to be looked at by itself."
    rows = [(name, f"{part.rows:,}", f"{part.value:.4f}") for name, part in found.items()]
    return table(("Slice", "Rows", MAIN_METRIC), rows)


def _rules(rules: Rules) -> str:
    rows = [
        (
            rule["name"],
            "none" if rule["value"] is None else f"{rule['value']:.4f}",
            rule["requirement"],
            "passed" if rule["passed"] else "**failed**",
        )
        for rule in rules
    ]
    return table(("Rule", "Value", "Required", "Verdict"), rows) if rows else ""


def _lineage(manifest: Manifest, digest: str) -> str:
    code = manifest.code
    state = "" if code.clean else ", with changes that were not committed"
    rows = [
        ("bundle", digest),
        ("data, as DVC knows it", manifest.data.md5),
        ("commit", f"{code.commit or 'none'}{state}"),
        ("SHA-256 of the code", code.sha256),
        *((name, version) for name, version in manifest.libraries.items()),
    ]
    return table(("What", "Which"), rows)


def _lowered(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]
