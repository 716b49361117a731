"""How long a render takes, beside that of a template of one file.

Both run in turns, as a user runs them: a new process, the first commit included.
"""

import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
ROUNDS = 9


def make_small_template(folder: Path) -> Path:
    """Write a template of one file."""
    project = folder / "small" / "{{cookiecutter.project_slug}}"
    project.mkdir(parents=True)
    (project / "README.md").write_text("# {{ cookiecutter.project_slug }}\n", encoding="utf-8")
    questions = {"project_slug": "small-project"}
    (project.parent / "cookiecutter.json").write_text(json.dumps(questions), encoding="utf-8")
    return project.parent


def seconds(template: Path, output: Path) -> float:
    """Render a template and return how long it took."""
    command = [sys.executable, "-m", "cookiecutter", str(template), "--no-input"]
    start = time.perf_counter()
    subprocess.run([*command, "--output-dir", str(output)], check=True, capture_output=True)
    elapsed = time.perf_counter() - start
    shutil.rmtree(output)
    return elapsed


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        templates = {"this template": ROOT, "one file": make_small_template(folder)}
        times: dict[str, list[float]] = {label: [] for label in templates}
        for _ in range(ROUNDS):
            for label, template in templates.items():
                times[label].append(seconds(template, folder / "output"))
    medians = {label: statistics.median(values) for label, values in times.items()}
    for label, median in medians.items():
        print(f"{label:15} {median:.2f} s  (median of {ROUNDS})")
    print(f"{'ratio':15} {medians['this template'] / medians['one file']:.1f}")


if __name__ == "__main__":
    main()
