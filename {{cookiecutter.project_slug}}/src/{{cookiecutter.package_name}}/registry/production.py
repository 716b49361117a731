"""What is in production: the alias `champion`, and `models/champion`. Both follow the ledger.

The ledger is written first. Whatever ends a promotion between two steps, `finish` does the rest.
"""

import ctypes
import os
import shutil
import tempfile
from pathlib import Path

from .. import bundle, lineage, paths
from . import ledger, tracking
from .tracking import Version

EXCHANGE, HERE = 2, -100  # RENAME_EXCHANGE and AT_FDCWD of Linux


def put(entry: ledger.Entry) -> None:
    """Give an entry's model the alias and the place of the champion. Doing it again does no harm."""
    target = _registered(entry.model, entry.target)
    if target is None:
        raise tracking.RegistryError(
            f"{entry.model} has no version {entry.target.number} any more, which {paths.LEDGER} names."
        )
    before = _registered(entry.model, entry.origin) if entry.origin else None
    tracking.set_aliases(entry.model, target, before.number if before else None, entry.hash)
    _install(entry.model, target)


def finish(name: str) -> ledger.Entry | None:
    """Do what a promotion or rollback that was interrupted has left to do, and return its entry.

    Raises RegistryError if the ledger here does not have the entry about the champion.
    """
    _remove_leftovers(paths.CHAMPION)
    champion = tracking.find(name)
    if champion and champion.entry and champion.entry not in {e.hash for e in ledger.read()}:
        raise tracking.RegistryError(
            f"Version {champion.number} of {name} was promoted by an entry that {paths.LEDGER} here "
            "does not have. Get the newest ledger from git first: entries follow one another."
        )
    entry = ledger.in_production(name)
    target = _registered(name, entry.target) if entry else None
    if entry is None or target is None:
        return None  # nothing was promoted, or it was in another registry
    # None: with a new registry, no version has had the alias before.
    places = {None, entry.origin.number if entry.origin else None, target.number}
    number = champion.number if champion else None
    if (target.entry != entry.hash and number in places) or (
        number == target.number and not _installed(entry)
    ):
        put(entry)
        return entry
    return None


def see_who_moved(name: str) -> None:
    """Raise RegistryError if the alias `champion` is not where the ledger's last entry has put it."""
    champion, entry = tracking.find(name), ledger.in_production(name)
    target = _registered(name, entry.target) if entry else None
    if target and (champion is None or champion.number != target.number):
        found = f"on version {champion.number}" if champion else "on no version"
        raise tracking.RegistryError(
            f"The alias {tracking.CHAMPION} of {name} is {found}, but the last entry of "
            f"{paths.LEDGER} has put version {target.number} into production: somebody has moved it. "
            f"Give it back to version {target.number}, or use `rollback`, which notes who and why."
        )


def bring_along(name: str) -> None:
    """Register what is in production here with a registry that knows nothing of it: a new server, say.

    Without that, the next candidate would be compared with no model, and replace the one that is
    served. The ledger has to vouch for it.
    """
    entry = ledger.in_production(name)
    if entry is None or tracking.find(name) or not _installed(entry):
        return
    if _registered(name, entry.target):
        return  # it has been there, and somebody has taken the alias away
    gate: tracking.Gate = "overridden" if entry.decision == "overridden" else "passed"
    with tempfile.TemporaryDirectory() as folder:
        copy = shutil.copytree(paths.CHAMPION, Path(folder, paths.CANDIDATE.name))
        manifest, digest = bundle.verify(copy, entry.target.bundle_digest)
        version = tracking.register(manifest, digest, gate, "none", copy)
    brought = ledger.append(
        decision=entry.decision,
        model=name,
        origin=entry.origin,
        target=as_model(version),
        who=lineage.actor(),
        why=f"it was in production already, as version {entry.target.number} of another registry",
        rules=list(entry.rules),
        data=entry.data,
        code=entry.code,
    )
    put(brought)


def as_model(version: Version) -> ledger.Model:
    """Return a version as the ledger names it."""
    return ledger.Model(number=version.number, version=version.name, bundle_digest=version.digest)


def install(source: Path, destination: Path) -> None:
    """Replace a bundle by a copy of another one.

    On Linux, it is the old or the new one at each moment; elsewhere, for an instant, it is not there.
    """
    fresh, old = _remove_leftovers(destination)
    shutil.copytree(source, fresh)
    if destination.exists() and not _exchange(fresh, destination):
        destination.rename(old)
    if not destination.exists():
        fresh.rename(destination)
    _remove_leftovers(destination)


def _remove_leftovers(destination: Path) -> list[Path]:
    """Remove what an exchange has left beside a bundle, and return where that is."""
    places = [destination.with_name(f".{destination.name}.{part}") for part in ("new", "old")]
    for place in places:
        shutil.rmtree(place, ignore_errors=True)
    return places


def _exchange(first: Path, second: Path) -> bool:
    """Let two folders change places in one step; return whether this system can."""
    try:
        rename = ctypes.CDLL(None).renameat2
    except (AttributeError, OSError, TypeError):
        return False
    return bool(rename(HERE, os.fsencode(first), HERE, os.fsencode(second), EXCHANGE) == 0)


def _registered(name: str, model: ledger.Model) -> Version | None:
    """Return the version that the ledger names, if this registry has it."""
    found = [v for v in tracking.versions(name) if v.number == model.number]
    return found[0] if found and found[0].digest == model.bundle_digest else None


def _installed(entry: ledger.Entry) -> bool:
    try:
        return bundle.verify(paths.CHAMPION)[1] == entry.target.bundle_digest
    except bundle.BundleError:
        return False


def _install(name: str, version: Version) -> None:
    try:
        bundle.verify(paths.CANDIDATE, version.digest)
    except bundle.BundleError:  # the candidate is another one by now
        with tempfile.TemporaryDirectory() as folder:
            source = tracking.download(name, version, Path(folder))
            bundle.verify(source, version.digest)
            install(source, paths.CHAMPION)
    else:
        install(paths.CANDIDATE, paths.CHAMPION)
