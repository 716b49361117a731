"""From candidate to champion, through the gate."""

import json
import math
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from threadpoolctl import threadpool_limits

from .. import bundle, lineage, paths
from ..bundle import Bundle, Manifest
from ..encoding import encode
from ..evaluation import baseline
from ..params import Params
from ..pipeline.train import target_values
from ..schema import TIME
from ..slices import slices
from . import ledger, production, tracking
from .gate import Answers, Holdout, Rule, Unusable, Verdict, judge

TIMED = 50  # predictions of one row


@dataclass(frozen=True)
class Decision:
    """What the gate says of a candidate.

    Attributes:
        champion: the model in production, as the registry knows it; None for a first deployment.
        verdict: None if the candidate is the champion already.
    """

    candidate: Manifest
    digest: str
    champion: tracking.Version | None
    verdict: Verdict | None

    @property
    def before(self) -> str | None:
        """The version of the champion's bundle."""
        return self.champion.name if self.champion else None

    @property
    def passed(self) -> bool:
        return self.verdict is None or self.verdict.passed


@dataclass(frozen=True)
class Promotion:
    """What came of a decision; `promoted` is false if the candidate stays out of production."""

    decision: Decision
    version: tracking.Version
    promoted: bool


def decide(params: Params) -> Decision:
    """Judge the candidate against the champion on the same test rows, and write the report.

    The registry is only read. Raises BundleError, RegistryError, LedgerError or GateError.
    """
    candidate = bundle.load(paths.CANDIDATE)
    current = tracking.find(params.model_name)
    verdict = None
    if current is None or current.digest != candidate.digest or current.doubt:
        verdict = _judge(candidate, current, params)
    decision = Decision(candidate.manifest, candidate.digest, current, verdict)
    _write_report(decision)
    return decision


def promote(params: Params, why: str = "it has passed the gate", override: str = "") -> Promotion:
    """Let the gate decide on the candidate, and promote it if it passes.

    The candidate is registered and noted in the ledger either way. Only one that passes gets the
    alias `champion` and takes the place of `models/champion`, which is what is served. Promoting the
    champion once more changes nothing, and running it again after an interruption does the rest.

    Args:
        override: why a candidate is promoted that the gate blocks; it stands in the ledger.

    Raises BundleError, RegistryError, LedgerError or GateError.
    """
    with ledger.locked():
        production.finish(params.model_name)
        production.see_who_moved(params.model_name)
        production.bring_along(params.model_name)
        decision = decide(params)
        if decision.verdict is None and decision.champion:
            return Promotion(decision, decision.champion, promoted=True)
        if not decision.passed and not override:
            version = _register(decision, "blocked")
            _note(decision, version, "blocked", why)
            return Promotion(decision, version, promoted=False)
        version = _register(decision, "passed" if decision.passed else "overridden")
        kind: ledger.Decision = "promoted" if decision.passed else "overridden"
        production.put(_note(decision, version, kind, why if decision.passed else override))
        return Promotion(decision, version, promoted=True)


def propose(params: Params, why: str) -> Promotion:
    """Let the gate decide, and note the candidate as what is to be promoted next.

    It is registered with the alias `challenger`, and the ledger has the verdict for those who decide.
    Raises as `promote` does.
    """
    with ledger.locked():
        production.bring_along(params.model_name)
        decision = decide(params)
        if decision.verdict is None and decision.champion:
            return Promotion(decision, decision.champion, promoted=True)
        version = _register(decision, "proposed" if decision.passed else "blocked")
        if decision.passed:
            tracking.set_challenger(params.model_name, version)
        _note(decision, version, "proposed" if decision.passed else "blocked", why)
        return Promotion(decision, version, promoted=False)


def _register(decision: Decision, gate: tracking.Gate) -> tracking.Version:
    replaces = decision.champion.number if decision.champion else "none"
    return tracking.register(decision.candidate, decision.digest, gate, replaces)


def _note(
    decision: Decision, version: tracking.Version, kind: ledger.Decision, why: str
) -> ledger.Entry:
    """Write the decision into the ledger, unless it is the last thing there."""
    name, champion = decision.candidate.name, decision.champion
    origin = production.as_model(champion) if champion else None
    target = production.as_model(version)
    for last in ledger.read()[-1:]:
        if (last.decision, last.model, last.origin, last.target) == (kind, name, origin, target):
            return last
    return ledger.append(
        decision=kind,
        model=name,
        origin=origin,
        target=target,
        who=lineage.actor(),
        why=why,
        rules=rules_of(decision),
        data=decision.candidate.data.md5,
        code=decision.candidate.code,
    )


def rules_of(decision: Decision) -> list[dict[str, Any]]:
    """Return each rule with its value, limit and verdict; what could not be measured has no value."""
    return [
        {
            "name": rule.name,
            "value": rule.value if math.isfinite(rule.value) else None,
            "requirement": rule.requirement,
            "limit": rule.limit,
            "note": rule.note,
            "passed": rule.passed,
        }
        for rule in (decision.verdict.rules if decision.verdict else ())
    ]


def _judge(candidate: Bundle, current: tracking.Version | None, params: Params) -> Verdict:
    test = pd.read_parquet(paths.TEST)
    chosen = params.gate.slices
    holdout = Holdout(
        target=target_values(test),
        baseline=baseline(target_values(pd.read_parquet(paths.TRAIN)), len(test)),
        slices=slices(test, chosen.columns, chosen.min_rows),
        start=test[TIME].min().date(),
        end=test[TIME].max().date(),
    )
    champion = _champion(current, test, params.model_name) if current else None
    verdict = judge(_ask(candidate, test), champion, holdout, params.gate)
    again = _times_rolled_back(params.model_name, candidate.digest)
    return Verdict((*verdict.rules, again)) if again else verdict


def _champion(current: tracking.Version, test: pd.DataFrame, name: str) -> Answers | Unusable:
    if current.doubt:
        return Unusable(f"{current.doubt}. `rollback` puts another version in its place.")
    try:
        with tempfile.TemporaryDirectory() as folder:
            path = tracking.download(name, current, Path(folder))
            # The champion may know another schema than today's: it is scored with its own.
            return _ask(bundle.load(path, digest=current.digest, features=None), test)
    except bundle.BundleError as error:
        return Unusable(str(error))


def _times_rolled_back(name: str, digest: str) -> Rule | None:
    """Return a rule that keeps out what was taken out of production, None if it never was."""
    entry = ledger.in_production(name)
    if entry is None or entry.decision != "rolled back" or entry.origin is None:
        return None
    same = entry.origin.bundle_digest == digest
    return Rule("times it was rolled back", 1, "≤", 0, entry.why) if same else None


def _ask(model: Bundle, test: pd.DataFrame) -> Answers:
    """Let a model predict the test rows, and some of them one by one."""
    features = model.manifest.features
    try:
        predicted = model.predict(encode(test, features))
    except KeyError as error:
        raise bundle.BundleError(
            f"{model.manifest.name} {model.manifest.version} needs the column {error}, which the "
            "test rows do not have. Give a model of other data its own `model_name` in params.yaml."
        ) from error
    row = {name: [test[name].iloc[0]] for name in test}
    seconds = []
    with threadpool_limits(1):  # as in the service: threads that wait for one another take longer
        for _ in range(TIMED):
            start = time.perf_counter()
            model.predict(encode(row, features))
            seconds.append(time.perf_counter() - start)
    # The fastest: whatever else this machine does can only add to it.
    return Answers(model.manifest, predicted, 1000 * min(seconds))


def _write_report(decision: Decision) -> None:
    report = {
        "candidate": decision.candidate.version,
        "champion": decision.before,
        "bundle_digest": decision.digest,
        "passed": decision.passed,
        "rules": rules_of(decision),
    }
    paths.GATE_REPORT.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(report, indent=2, ensure_ascii=False) + "\n"
    paths.GATE_REPORT.write_text(text, encoding="utf-8")
