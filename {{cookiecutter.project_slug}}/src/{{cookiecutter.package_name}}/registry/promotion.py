"""From candidate to champion, through the gate."""

import json
import shutil
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

import pandas as pd

from .. import bundle, paths
from ..bundle import Bundle
from ..encoding import encode
from ..evaluation import baseline, score
from ..params import Params
from ..pipeline.train import target_values
from . import tracking
from .gate import Scores, Verdict, judge


@dataclass(frozen=True)
class Promotion:
    """What came of it. `champion_before` is None for a first deployment."""

    candidate: str
    champion_before: str | None
    verdict: Verdict
    registered: tracking.Version


def promote(params: Params) -> Promotion:
    """Judge the candidate against the champion on the same test rows, and promote it if it passes.

    The candidate is registered either way. Only one that passes gets the alias `champion` and takes
    the place of `models/champion`, which is what is served. Promoting the champion once more
    changes nothing.

    Raises BundleError, RegistryError or GateError.
    """
    candidate = bundle.load(paths.CANDIDATE)
    test = pd.read_parquet(paths.TEST)
    with tempfile.TemporaryDirectory() as folder:
        champion = _load_champion(params.model_name, Path(folder))
    target = target_values(test)
    constant = baseline(target_values(pd.read_parquet(paths.TRAIN)), len(test))
    verdict = judge(
        _scores(candidate, test),
        score(target, constant),
        _scores(champion, test) if champion else None,
        params.gate,
    )
    version = tracking.register(candidate.manifest, candidate.digest, verdict.passed)
    if verdict.passed:
        tracking.set_champion(params.model_name, version)
        install(paths.CANDIDATE, paths.CHAMPION)
    promotion = Promotion(
        candidate=candidate.manifest.version,
        champion_before=champion.manifest.version if champion else None,
        verdict=verdict,
        registered=version,
    )
    _write_report(promotion)
    return promotion


def install(source: Path, destination: Path) -> None:
    """Copy a bundle into place in one step: a reader finds the old one or the new one."""
    fresh, old = (destination.with_name(f".{destination.name}.{part}") for part in ("new", "old"))
    for leftover in (fresh, old):
        shutil.rmtree(leftover, ignore_errors=True)
    shutil.copytree(source, fresh)
    if destination.exists():
        destination.rename(old)
    fresh.rename(destination)
    shutil.rmtree(old, ignore_errors=True)


def _load_champion(name: str, folder: Path) -> Bundle | None:
    found = tracking.find_champion(name, folder)
    if found is None:
        return None
    version, path = found
    # The champion may know another schema than today's: it is scored with its own.
    return bundle.load(path, digest=version.digest, features=None)


def _scores(model: Bundle, test: pd.DataFrame) -> Scores:
    try:
        matrix = encode(test, model.manifest.features)
    except KeyError as error:
        raise bundle.BundleError(
            f"{model.manifest.name} {model.manifest.version} needs the column {error}, which the "
            "test rows do not have. Give a model of other data its own `model_name` in params.yaml."
        ) from error
    return score(target_values(test), model.predict(matrix))


def _write_report(promotion: Promotion) -> None:
    report = {
        "candidate": promotion.candidate,
        "champion": promotion.champion_before,
        "registered_version": promotion.registered.number,
        "bundle_digest": promotion.registered.digest,
        "passed": promotion.verdict.passed,
        "rules": [asdict(rule) | {"passed": rule.passed} for rule in promotion.verdict.rules],
    }
    paths.GATE_REPORT.parent.mkdir(parents=True, exist_ok=True)
    paths.GATE_REPORT.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
