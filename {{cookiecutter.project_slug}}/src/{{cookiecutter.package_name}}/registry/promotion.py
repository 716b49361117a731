"""From candidate to champion, through the gate."""

import json
import shutil
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

import pandas as pd

from .. import bundle, paths
from ..bundle import Bundle, Manifest
from ..encoding import encode
from ..evaluation import baseline, score
from ..params import Params
from ..pipeline.train import target_values
from . import tracking
from .gate import Scores, Verdict, judge


@dataclass(frozen=True)
class Decision:
    """What the gate says of a candidate.

    Attributes:
        champion: the model in production, as the registry knows it; None for a first deployment.
        before: its version; the candidate's own if that is the champion already.
        verdict: None if the candidate is the champion already.
    """

    candidate: Manifest
    digest: str
    champion: tracking.Version | None
    before: str | None
    verdict: Verdict | None

    @property
    def passed(self) -> bool:
        return self.verdict is None or self.verdict.passed


@dataclass(frozen=True)
class Promotion:
    """What came of a decision."""

    decision: Decision
    version: tracking.Version


def decide(params: Params) -> Decision:
    """Judge the candidate against the champion on the same test rows, and write the report.

    The registry is only read. Raises BundleError, RegistryError or GateError.
    """
    manifest, digest = bundle.verify(paths.CANDIDATE)
    current = tracking.find_champion(params.model_name)
    if current and current.digest == digest:
        decision = Decision(manifest, digest, current, manifest.version, verdict=None)
    else:
        candidate = bundle.load(paths.CANDIDATE)
        champion = _load(params.model_name, current) if current else None
        verdict = _judge(candidate, champion, params)
        before = champion.manifest.version if champion else None
        decision = Decision(manifest, digest, current, before, verdict)
    _write_report(decision)
    return decision


def promote(params: Params) -> Promotion:
    """Let the gate decide on the candidate, and promote it if it passes.

    The candidate is registered either way. Only one that passes gets the alias `champion` and takes
    the place of `models/champion`, which is what is served. Promoting the champion once more
    changes nothing.

    Raises BundleError, RegistryError or GateError.
    """
    decision = decide(params)
    if decision.verdict is None and decision.champion:
        version = decision.champion
    else:
        version = tracking.register(decision.candidate, decision.digest, decision.passed)
        if decision.passed:
            tracking.set_champion(params.model_name, version)
    if decision.passed:
        install(paths.CANDIDATE, paths.CHAMPION)
    return Promotion(decision, version)


def install(source: Path, destination: Path) -> None:
    """Replace a bundle by a copy of another one: it is whole, or for an instant not there."""
    fresh, old = (destination.with_name(f".{destination.name}.{part}") for part in ("new", "old"))
    for leftover in (fresh, old):
        shutil.rmtree(leftover, ignore_errors=True)
    shutil.copytree(source, fresh)
    if destination.exists():
        destination.rename(old)
    fresh.rename(destination)
    shutil.rmtree(old, ignore_errors=True)


def _load(name: str, version: tracking.Version) -> Bundle:
    with tempfile.TemporaryDirectory() as folder:
        path = tracking.download(name, version, Path(folder))
        # The champion may know another schema than today's: it is scored with its own.
        return bundle.load(path, digest=version.digest, features=None)


def _judge(candidate: Bundle, champion: Bundle | None, params: Params) -> Verdict:
    test = pd.read_parquet(paths.TEST)
    constant = baseline(target_values(pd.read_parquet(paths.TRAIN)), len(test))
    return judge(
        _scores(candidate, test),
        score(target_values(test), constant),
        _scores(champion, test) if champion else None,
        params.gate,
    )


def _scores(model: Bundle, test: pd.DataFrame) -> Scores:
    try:
        matrix = encode(test, model.manifest.features)
    except KeyError as error:
        raise bundle.BundleError(
            f"{model.manifest.name} {model.manifest.version} needs the column {error}, which the "
            "test rows do not have. Give a model of other data its own `model_name` in params.yaml."
        ) from error
    return score(target_values(test), model.predict(matrix))


def _write_report(decision: Decision) -> None:
    rules = decision.verdict.rules if decision.verdict else ()
    report = {
        "candidate": decision.candidate.version,
        "champion": decision.before,
        "bundle_digest": decision.digest,
        "passed": decision.passed,
        "rules": [
            asdict(rule) | {"requirement": rule.requirement, "passed": rule.passed}
            for rule in rules
        ],
    }
    paths.GATE_REPORT.parent.mkdir(parents=True, exist_ok=True)
    paths.GATE_REPORT.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
