"""Write docs/support-matrix.md from the table that the questions are checked with.

Run `python scripts/make_support_matrix.py` after a change of cookiecutter.json.
"""

import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "support-matrix.md"

QUESTIONS = ("serving_framework", "monitoring", "log_stack")  # whose choices depend on the target

HEAD = """\
# Support matrix

<!-- Written by scripts/make_support_matrix.py from cookiecutter.json: change that. -->

Every problem type, model format, CI provider and licence goes with everything. A pair without a ✓ is refused as
soon as it is answered, with the reason below.
"""

PROOF = """
## What proves it

| | for | by |
| --- | --- | --- |
| rendered, every file parsed, no word of another target or CI | every three choices together | `tests/test_render.py` |
| linted, typed, tested | each framework, format, target and monitoring | `tests/test_generated.py`, `tests/test_serving.py`, `tests/test_targets.py` |
| trained and served | each framework with each format | `tests/test_serving.py` |
| workflows and pipelines checked | each CI provider with each target | `tests/github/`, `tests/gitlab/`, `tests/jenkins/` |
| integration run for real, with planted faults | each CI provider, with the default project | the same |
| infrastructure validated, tested and scanned | each target, with each monitoring | `tests/test_infrastructure.py` |
| image built, run and held to its platform's contract | each target, with the default framework and format | `tests/test_image.py`, `tests/test_targets.py` |

No test deploys to a cloud: that needs an account. What stands in for one, and what it cannot show,
is said where it is used.
"""


def page(config: dict[str, Any]) -> str:
    """Return the page for a configuration of the template."""
    return HEAD + targets(config) + limits(config) + PROOF


def targets(config: dict[str, Any]) -> str:
    """Return the table of targets and what goes with them, and the reasons for what does not."""
    asked = [(question, name) for question in QUESTIONS for name in config[question]]
    names = [name for _, name in asked]
    heads = [name if names.count(name) == 1 else f"{name} ({question})" for question, name in asked]
    lines = [
        "",
        f"| | {' | '.join(heads)} |",
        f"| --- |{' --- |' * len(asked)}",
    ]
    for target in config["cloud_target"]:
        cells = ["—" if unsupported(config, target, *choice) else "✓" for choice in asked]
        lines.append(f"| `{target}` | {' | '.join(cells)} |")
    return "\n".join([*lines, "", *map(explained, config["_unsupported"]), ""])


def unsupported(config: dict[str, Any], target: str, question: str, name: str) -> bool:
    """Whether a choice does not go with a target."""
    return any(
        name in rule.get(question, ()) and target in rule["cloud_target"]
        for rule in config["_unsupported"]
    )


def explained(rule: dict[str, Any]) -> str:
    """Return a rule with its reason, as an item of a list."""
    question = next(question for question in QUESTIONS if question in rule)
    choices, places = (
        ", ".join(f"`{name}`" for name in rule[key]) for key in (question, "cloud_target")
    )
    return f"- {question} {choices} on {places}: {rule['reason']}."


def limits(config: dict[str, Any]) -> str:
    """Return the table of what targets ask of the service."""
    lines = [
        "",
        "## What targets ask of the service",
        "",
        "| | largest request | port from | storage |",
        "| --- | --- | --- | --- |",
    ]
    for target in config["cloud_target"]:
        hosting = config["_hosting"].get(target, {})
        largest = hosting.get("largest_body")
        size = f"{largest / 1e6:g} MB" if largest else "no limit but its own"
        port = " or ".join(f"`{name}`" for name in (hosting.get("port"), "PORT") if name)
        bucket = hosting.get("bucket")
        storage = f"`{bucket}://`" if bucket else "a folder, or any bucket"
        lines.append(f"| `{target}` | {size} | {port} | {storage} |")
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    config = json.loads((ROOT / "cookiecutter.json").read_text(encoding="utf-8"))
    PAGE.write_text(page(config), encoding="utf-8")
