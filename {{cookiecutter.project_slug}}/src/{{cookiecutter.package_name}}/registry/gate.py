"""The gate: a candidate is promoted if every rule holds, and not otherwise."""

import operator
from dataclasses import dataclass
from datetime import date

import numpy as np

from ..bundle import Manifest
from ..errors import ProjectError
from ..evaluation import HIGHER_IS_BETTER, MAIN_METRIC, score
from ..params import Gate
from ..prediction import Vector
from ..slices import Mask
from .comparison import gain, gains_by_slice

HOLDS = {"≥": operator.ge, "≤": operator.le, ">": operator.gt, "<": operator.lt}
NOTHING = float("nan")  # what could not be measured: no rule holds for it


class GateError(ProjectError):
    """A rule in `params.yaml` names a metric that does not exist."""


@dataclass(frozen=True)
class Rule:
    """One requirement, with what was measured and what was asked for."""

    name: str
    value: float
    sign: str
    limit: float
    note: str = ""

    @property
    def passed(self) -> bool:
        """Whether the value keeps to the limit; a value that is no number never does."""
        return bool(HOLDS[self.sign](self.value, self.limit))

    @property
    def requirement(self) -> str:
        return f"{self.sign} {self.limit:.4f}"


@dataclass(frozen=True)
class Verdict:
    rules: tuple[Rule, ...]

    @property
    def passed(self) -> bool:
        return all(rule.passed for rule in self.rules)


@dataclass(frozen=True)
class Holdout:
    """The newest rows, which no model was trained on.

    Attributes:
        target: what really happened, of shape (n_rows,).
        baseline: the constant prediction for each of them.
        slices: which rows belong to each slice.
        start, end: the days of the first and the last row.
    """

    target: Vector
    baseline: Vector
    slices: dict[str, Mask]
    start: date
    end: date


@dataclass(frozen=True)
class Answers:
    """A model's predictions for the holdout, and how long it takes for one row."""

    manifest: Manifest
    predicted: Vector
    milliseconds: float


@dataclass(frozen=True)
class Unusable:
    """A champion that cannot be compared with, and why."""

    reason: str


def judge(
    candidate: Answers, champion: Answers | Unusable | None, holdout: Holdout, gate: Gate
) -> Verdict:
    """Judge a candidate by its predictions for the newest rows.

    Args:
        champion: the model in production; None for a first deployment.
        gate: the rules in `params.yaml`.

    Raises GateError for a limit on an unknown metric.
    """
    rules = [*_limits(candidate, holdout, gate), *_fitness(candidate, holdout, gate)]
    if isinstance(champion, Unusable):
        rules.append(Rule("the champion can be compared with", NOTHING, "≥", 1, champion.reason))
    elif champion:
        rules += _rivalry(candidate, champion, holdout, gate)
    return Verdict(tuple(rules))


def _limits(candidate: Answers, holdout: Holdout, gate: Gate) -> list[Rule]:
    """Return the absolute rules on metrics, the baseline's included."""
    unknown = sorted({*gate.minimum, *gate.maximum} - set(HIGHER_IS_BETTER))
    if unknown:
        raise GateError(
            f"`gate` in params.yaml names {', '.join(unknown)}; "
            f"the metrics are {', '.join(HIGHER_IS_BETTER)}"
        )
    missing = int((~np.isfinite(candidate.predicted)).sum())
    scores = {} if missing else score(holdout.target, candidate.predicted)
    note = f"no number was predicted for {missing:,} rows" if missing else ""
    constant = score(holdout.target, holdout.baseline)[MAIN_METRIC]
    better = ">" if HIGHER_IS_BETTER[MAIN_METRIC] else "<"
    wanted = [(name, "≥", limit) for name, limit in gate.minimum.items()]
    wanted += [(name, "≤", limit) for name, limit in gate.maximum.items()]
    rules = [
        Rule(name, scores.get(name, NOTHING), sign, limit, note) for name, sign, limit in wanted
    ]
    main = scores.get(MAIN_METRIC, NOTHING)
    return [*rules, Rule(f"{MAIN_METRIC} against the baseline", main, better, constant, note)]


def _fitness(candidate: Answers, holdout: Holdout, gate: Gate) -> list[Rule]:
    """Return the rules on what the candidate was trained on, and on its speed."""
    trained_to = candidate.manifest.data.end
    return [
        Rule("days from training to test rows", (holdout.start - trained_to).days, "≥", 1),
        Rule(
            "age of the training rows in days",
            (holdout.end - trained_to).days,
            "≤",
            gate.max_age_days,
        ),
        Rule("latency of one row in ms", candidate.milliseconds, "≤", gate.max_latency_ms),
    ]


def _rivalry(candidate: Answers, champion: Answers, holdout: Holdout, gate: Gate) -> list[Rule]:
    """Return the rules on what may be lost against the champion."""
    predicted = (candidate.predicted, champion.predicted)
    if not np.isfinite(predicted).all():
        return [
            Rule(f"{MAIN_METRIC} against the champion", NOTHING, "≥", 0, "no numbers to compare")
        ]
    margin, share = gate.champion.margin, gate.champion.confidence
    gained = gain(holdout.target, *predicted, gate.champion)
    seen = champion.manifest.data.end >= holdout.start
    note = f"gains {gained.value:+.4f}; this much at least with {share:.0%} confidence"
    note += "; the champion was trained on some of these rows" if seen else ""
    rules = [Rule(f"{MAIN_METRIC} gained on the champion", gained.lower, "≥", -margin, note)]
    gains = gains_by_slice(holdout.target, *predicted, holdout.slices)
    if gains:
        worst = min(gains, key=gains.__getitem__)
        note = f"{worst}, the worst of {len(gains)} slices"
        tolerance = gate.slices.tolerance
        rules.append(
            Rule(f"{MAIN_METRIC} gained in each slice", gains[worst], "≥", -tolerance, note)
        )
    return rules
