"""How often the monitor is wrong, how soon it sees what is wrong, and what many rows cost it.

For either kind of problem, in a project of its own: `simulate.py` judges weeks without drift and with
it, `season.py` the months after the training, and `large.py` a log of five million rows.
"""

import argparse
import os
import subprocess
import tempfile
from pathlib import Path

from cookiecutter.main import cookiecutter

ROOT = Path(__file__).parents[2]
KINDS = ("classification", "regression")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=KINDS)
    parser.add_argument("--runs", type=int, default=20, help="models, each with 50 quiet weeks")
    parser.add_argument("--trials", type=int, default=5, help="of each shift, for each model")
    parser.add_argument("--large", action="store_true", help="only the five million rows")
    chosen = parser.parse_args()
    for kind in chosen.kinds[:1] if chosen.large else chosen.kinds:
        with tempfile.TemporaryDirectory() as folder:
            answers = {"problem_type": kind, "project_name": "Watch"}
            project = Path(
                cookiecutter(str(ROOT), no_input=True, output_dir=folder, extra_context=answers)
            )
            run(project, "make", "setup")
            print(f"\n## {kind}", flush=True)
            if chosen.large:
                run(project, "make", "train")
            else:
                measure(project, "simulate", str(chosen.runs), str(chosen.trials))
                measure(project, "season")
            if kind == chosen.kinds[0]:
                measure(project, "large")


def measure(project: Path, module: str, *arguments: str) -> None:
    """Run a module of this package in the environment of a project, which is called `watch`."""
    name = f"{__package__}.{module}"
    run(project, "uv", "run", "--quiet", "python", "-W", "ignore", "-m", name, *arguments)


def run(project: Path, *command: str) -> None:
    inherited = {key: value for key, value in os.environ.items() if key != "VIRTUAL_ENV"}
    path = os.pathsep.join(map(str, (project, ROOT)))
    # More threads than cores that are free wait for one another.
    own = {"PYTHONPATH": path, "OMP_NUM_THREADS": "1"}
    subprocess.run(command, cwd=project, env=inherited | own, check=True)


if __name__ == "__main__":
    main()
