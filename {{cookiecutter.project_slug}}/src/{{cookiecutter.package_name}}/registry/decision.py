"""What the gate says of the candidate, beside the champion."""

import json
import math
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from threadpoolctl import threadpool_limits

from .. import bundle, paths
from ..bundle import Bundle, Manifest
from ..encoding import encode
from ..evaluation import baseline
from ..params import Params
from ..pipeline.train import target_values
from ..schema import TIME
from ..slices import slices
from ..tables import with_none
from . import ledger, tracking
from .gate import Answers, Holdout, Rule, Unusable, Verdict, judge

TIMED = 50  # predictions of one row


@dataclass(frozen=True)
class Decision:
    """What the gate says of a candidate.

    Attributes:
        champion: the model in production, as the registry knows it; None for a first deployment.
        verdict: None if the candidate is the champion, or the same model trained once more.
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


def decide(params: Params) -> Decision:
    """Judge the candidate against the champion on the same test rows, and write the report.

    The registry is only read. Raises BundleError, RegistryError, LedgerError or GateError.
    """
    candidate = bundle.load(paths.CANDIDATE)
    current = tracking.find(params.model_name)
    verdict = None
    if current is None or current.doubt or not _is_champion(candidate, current, params.model_name):
        verdict = _judge(candidate, current, params)
    decision = Decision(candidate.manifest, candidate.digest, current, verdict)
    _write_report(decision)
    return decision


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
    again = _times_rolled_back(params.model_name, candidate.manifest.version)
    return Verdict((*verdict.rules, again)) if again else verdict


def _is_champion(candidate: Bundle, current: tracking.Version, name: str) -> bool:
    """Whether a candidate is the champion, but perhaps for when and from which commit it was trained."""
    if candidate.digest == current.digest:
        return True
    if candidate.manifest.version != current.name:
        return False  # their files differ
    try:
        with tempfile.TemporaryDirectory() as folder:
            path = tracking.download(name, current, Path(folder))
            return bundle.verify(path, current.digest)[0].same_model_as(candidate.manifest)
    except bundle.BundleError:
        return False  # the gate says what is wrong with it


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


def _times_rolled_back(name: str, version: str) -> Rule | None:
    """Return a rule that keeps out what was taken out of production; None for what never was.

    What somebody has put back since then counts as never taken out.
    """
    out: list[ledger.Entry] = []
    for entry in ledger.read():
        if entry.model != name or entry.decision not in ledger.IN_PRODUCTION:
            continue
        if entry.target.version == version:
            out = []
        elif entry.decision == "rolled back" and entry.origin and entry.origin.version == version:
            out.append(entry)
    return Rule("times it was rolled back", len(out), "≤", 0, out[-1].why) if out else None


def _ask(model: Bundle, test: pd.DataFrame) -> Answers:
    """Let a model predict the test rows, and some of them one by one."""
    features = model.manifest.features
    try:
        predicted = model.predict(encode(test, features))
    except KeyError as error:
        raise bundle.BundleError(
            f"{model.manifest.name} {model.manifest.version} needs the column {error}, which the "
            "test rows do not have. Give a model of other data its own `model_name` in params.yaml. "
            "If only a feature was taken out, `promote --override <why>` goes on with this one."
        ) from error
    row = with_none(test.head(1)).to_dict("list")  # as a request has it
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
