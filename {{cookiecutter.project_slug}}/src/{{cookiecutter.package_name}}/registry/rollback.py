"""The way back: one command, through the same checks and the same ledger as a promotion."""

import tempfile
from pathlib import Path

from .. import bundle, lineage
from ..params import Params
from . import ledger, production, tracking


def rollback(params: Params, number: str | None, why: str) -> tracking.Version:
    """Put an earlier version into production, and return it.

    The same rollback once more, because it or what came after it was interrupted, changes nothing.

    Args:
        number: in the registry; by default the version that was in production before.

    Raises RegistryError if there is no such version, or it never passed the gate; BundleError if
    its bundle is not what was registered, or does not work with today's code; LedgerError.
    """
    name = params.model_name
    with ledger.locked():
        finished = production.finish(name)
        champion = tracking.find(name)
        if champion is None:
            raise tracking.RegistryError(f"{name} has no champion yet: there is no way back.")
        last = ledger.in_production(name)
        undone = last if last and last.decision == "rolled back" else None
        if undone and champion.number == undone.target.number:
            if number == champion.number or (number is None and finished):
                return champion
            if number is None:
                raise tracking.RegistryError(
                    f"Version {champion.number} of {name} has been in production since the last "
                    f"rollback ({undone.why}). Say which VERSION is to take its place."
                )
        target = _target(name, number, champion)
        with tempfile.TemporaryDirectory() as folder:
            path = tracking.download(name, target, Path(folder))
            manifest = bundle.load(path, digest=target.digest).manifest
        entry = ledger.append(
            decision="rolled back",
            model=name,
            origin=production.as_model(champion),
            target=production.as_model(target),
            who=lineage.actor(),
            why=why,
            rules=[],
            data=manifest.data.md5,
            code=manifest.code,
        )
        production.put(entry)
        return target


def _target(name: str, number: str | None, champion: tracking.Version) -> tracking.Version:
    if number is None:
        found = tracking.find(name, tracking.PREVIOUS)
        if found is None:
            raise tracking.RegistryError(
                f"{name} had no champion before version {champion.number}."
            )
    else:
        known = {version.number: version for version in tracking.versions(name)}
        if number not in known:
            raise tracking.RegistryError(
                f"{name} has no version {number}; it has {', '.join(known) or 'none'}."
            )
        found = known[number]
    if found.number == champion.number:
        raise tracking.RegistryError(f"Version {found.number} of {name} is the champion already.")
    if found.doubt:
        raise tracking.RegistryError(f"{name} cannot go back to it: {found.doubt}.")
    return found
