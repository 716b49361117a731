"""The gate: a candidate is promoted if every rule holds, and not otherwise."""

from collections.abc import Mapping
from dataclasses import dataclass

from ..errors import ProjectError
from ..evaluation import HIGHER_IS_BETTER, MAIN_METRIC
from ..params import Gate

Scores = Mapping[str, float]


class GateError(ProjectError):
    """A rule in `params.yaml` names a metric that does not exist."""


@dataclass(frozen=True)
class Rule:
    """One requirement, with what was measured and what was asked for."""

    name: str
    value: float
    limit: float
    higher_is_better: bool
    strict: bool = False  # the limit itself is not enough

    @property
    def passed(self) -> bool:
        """Whether the value reaches the limit; a value that is no number never does."""
        if self.value == self.limit:
            return not self.strict
        return self.value > self.limit if self.higher_is_better else self.value < self.limit

    @property
    def requirement(self) -> str:
        sign = ">" if self.higher_is_better else "<"
        return f"{sign if self.strict else {'>': '≥', '<': '≤'}[sign]} {self.limit:.4f}"


@dataclass(frozen=True)
class Verdict:
    rules: tuple[Rule, ...]

    @property
    def passed(self) -> bool:
        return all(rule.passed for rule in self.rules)


def judge(candidate: Scores, baseline: Scores, champion: Scores | None, gate: Gate) -> Verdict:
    """Judge a candidate by its scores on the newest test rows.

    Args:
        candidate: the candidate's metrics by name.
        baseline: those of the constant prediction.
        champion: those of the model in production on the same rows; None for a first deployment.
        gate: the absolute limits in `params.yaml`.

    Raises GateError for a limit on an unknown metric.
    """
    unknown = sorted({*gate.minimum, *gate.maximum} - set(candidate))
    if unknown:
        raise GateError(
            f"`gate` in params.yaml names {', '.join(unknown)}; "
            f"the metrics are {', '.join(sorted(candidate))}"
        )
    rules = [Rule(name, candidate[name], limit, True) for name, limit in gate.minimum.items()]
    rules += [Rule(name, candidate[name], limit, False) for name, limit in gate.maximum.items()]
    rivals = {"baseline": baseline} | ({"champion": champion} if champion else {})
    rules += [
        Rule(
            f"{MAIN_METRIC} against the {rival}",
            candidate[MAIN_METRIC],
            scores[MAIN_METRIC],
            HIGHER_IS_BETTER[MAIN_METRIC],
            strict=rival == "baseline",
        )
        for rival, scores in rivals.items()
    ]
    return Verdict(tuple(rules))
