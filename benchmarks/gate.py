"""How often the gate is wrong, and what a promotion costs on many rows.

For either kind of problem: pairs of models whose true quality is known (`tests/simulation.py` of the
generated project), and a promotion of a second model on 100,000 test rows.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from cookiecutter.main import cookiecutter

ROOT = Path(__file__).parent.parent
PAIRS = 200
N_ROWS = 5_800  # in the 30 newest days of the shipped problem
MANY_ROWS = 100_000
CORRELATIONS = {"classification": (0.73, 0.79, 0.88), "regression": (0.75, 0.87)}
ERRORS = """
import sys
import numpy as np
from {package}.params import read_params
from {package}.registry.comparison import gain
from tests.simulation import HARM, simulated_pair

pairs, n_rows = int(sys.argv[1]), int(sys.argv[2])
rival = read_params().gate.champion
generator = np.random.default_rng(5)
print("| Correlation | A loss of", HARM, "is blocked | An equally good model passes |")
print("| --- | --- | --- |")
for correlation in map(float, sys.argv[3:]):
    shares = []
    for loss in (HARM, 0.0):
        passed = 0
        for _ in range(pairs):
            target, champion, candidate = simulated_pair(generator, n_rows, loss, correlation)
            passed += gain(target, candidate, champion, rival).lower >= -rival.margin
        shares.append(passed / pairs)
    print(f"| {{correlation}} | {{1 - shares[0]:.1%}} | {{shares[1]:.1%}} |", flush=True)
"""
MORE_ROWS = """
import sys
import pandas as pd
from {package} import paths
from {package}.params import read_params
from {package}.pipeline.evaluate import evaluate
from {package}.pipeline.seal import seal
from {package}.pipeline.train import train

params = read_params()
rows = pd.read_parquet(paths.TRAIN)
rows.sample(frac=0.97, random_state=1).sort_index().to_parquet(paths.TRAIN)
for stage in (train, evaluate, seal):
    stage(params)
test = pd.read_parquet(paths.TEST)
test.sample(int(sys.argv[1]), replace=True, random_state=1).sort_index().to_parquet(paths.TEST)
"""


def main() -> None:
    for kind, correlations in CORRELATIONS.items():
        with tempfile.TemporaryDirectory() as folder:
            answers = {"problem_type": kind, "project_name": "Gate"}
            project = Path(
                cookiecutter(str(ROOT), no_input=True, output_dir=folder, extra_context=answers)
            )
            run(project, "make", "setup")
            print(f"\n{kind}, {PAIRS} pairs of {N_ROWS:,} rows each:\n", flush=True)
            errors = ERRORS.format(package="gate")
            numbers = map(str, (PAIRS, N_ROWS, *correlations))
            run(project, "uv", "run", "--quiet", "python", "-c", errors, *numbers)
            time_promotion(project)


def time_promotion(project: Path) -> None:
    """Print seconds and memory of the promotion of a second model on many rows."""
    run(project, "make", "train", quiet=True)
    more = MORE_ROWS.format(package="gate")
    run(project, "uv", "run", "--quiet", "python", "-c", more, str(MANY_ROWS))
    start = time.perf_counter()
    command = ("uv", "run", "--quiet", "gate", "promote")
    process = subprocess.Popen(command, cwd=project, env=environment(project))
    _, status, usage = os.wait4(process.pid, 0)
    elapsed = time.perf_counter() - start
    peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    print(f"promote on {MANY_ROWS:,} rows: {elapsed:.1f} s, {peak / 1e9:.2f} GB, status {status}")


def run(project: Path, *command: str, quiet: bool = False) -> None:
    output = subprocess.DEVNULL if quiet else None
    subprocess.run(command, cwd=project, env=environment(project), stdout=output, check=True)


def environment(project: Path) -> dict[str, str]:
    inherited = {key: value for key, value in os.environ.items() if key != "VIRTUAL_ENV"}
    return inherited | {"PYTHONPATH": str(project)}


if __name__ == "__main__":
    main()
