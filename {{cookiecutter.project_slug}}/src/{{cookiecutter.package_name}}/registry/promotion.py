"""From candidate to champion, through the gate."""

from dataclasses import dataclass

from .. import lineage
from ..params import Params
from . import ledger, production, tracking
from .decision import Decision, decide, rules_of


@dataclass(frozen=True)
class Promotion:
    """What came of a decision; `promoted` is false if the candidate stays out of production."""

    decision: Decision
    version: tracking.Version
    promoted: bool


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
