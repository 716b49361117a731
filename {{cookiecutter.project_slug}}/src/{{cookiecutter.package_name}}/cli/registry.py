"""Commands for the gate, the registry and the ledger."""

import sys
from pathlib import Path

import click

from ..paths import CHAMPION

BLOCKED = 3  # the exit status of a candidate that the gate stops

commands = click.Group(help="Registry")


@commands.command()
def gate() -> None:
    """Let the gate judge the candidate; nothing is promoted. Exit status 3 if it is blocked."""
    from ..params import read_params
    from ..registry.decision import decide
    from ..reports import console, print_decision

    with console.status("Comparing the candidate with the champion…"):
        decision = decide(read_params())
    print_decision(decision)
    if not decision.passed:
        sys.exit(BLOCKED)


@commands.command()
@click.option("--reason", envvar="REASON", help="Why now; it stands in the ledger.")
@click.option(
    "--override", metavar="REASON", help="Promote even what the gate blocks, and say why."
)
def promote(reason: str | None, override: str | None) -> None:
    """Let the gate judge the candidate, and promote it if it passes. Exit status 3 if not."""
    from ..params import read_params
    from ..registry.promotion import promote
    from ..reports import console, print_decision

    if override is not None and not override.strip():
        raise click.UsageError("--override needs a reason.")
    with console.status("Comparing the candidate with the champion…"):
        promotion = promote(read_params(), reason or "it has passed the gate", override or "")
    print_decision(promotion.decision, promotion)
    if not promotion.promoted:
        sys.exit(BLOCKED)


@commands.command()
@click.option("--reason", envvar="REASON", default="new data", help="It stands in the ledger.")
def propose(reason: str) -> None:
    """Let the gate judge the candidate, and note it as what is to be promoted. Status 3 if not."""
    from ..params import read_params
    from ..registry.promotion import propose
    from ..reports import console, print_decision

    with console.status("Comparing the candidate with the champion…"):
        promotion = propose(read_params(), reason)
    print_decision(promotion.decision, promotion)
    if not promotion.decision.passed:
        sys.exit(BLOCKED)


@commands.command()
@click.argument("number", required=False, envvar="VERSION", metavar="[VERSION]")
@click.option("--reason", envvar="REASON", required=True, help="It stands in the ledger.")
def rollback(number: str | None, reason: str) -> None:
    """Put VERSION of the registry into production; by default the one that was there before."""
    from ..params import read_params
    from ..registry.rollback import rollback
    from ..reports import console

    if not reason.strip():
        raise click.UsageError("--reason must say something.")
    version = rollback(read_params(), number or None, reason)
    console.print(f"Rolled back: {version.name} (version {version.number}) is in production.")


@commands.command()
@click.argument("wanted", required=False, metavar="[VERSION | PREDICTION_ID]")
@click.option("--log", envvar="PREDICTION_LOG_URL", default="data/prediction-log")
def lineage(wanted: str | None, log: str) -> None:
    """Say which data, code and run made a model, or the model behind a prediction."""
    from ..params import read_params
    from ..registry.history import trace
    from ..reports import print_history

    print_history(trace(read_params().model_name, wanted, log))


@commands.command()
@click.argument("wanted", required=False, metavar="[VERSION]")
def reproduce(wanted: str | None) -> None:
    """Train a registered version again from its commit and rows. Exit status 1 if it differs."""
    from ..params import read_params
    from ..registry.reproduce import reproduce
    from ..reports import console, print_reproduction

    with console.status("Training it again…"):
        outcome = reproduce(read_params().model_name, wanted)
    print_reproduction(outcome)
    if not outcome.succeeded:
        sys.exit(1)


@commands.group()
def ledger() -> None:
    """Look at the promotion ledger."""


@ledger.command(name="verify")
def verify_ledger() -> None:
    """See that no entry was edited, taken out or moved. Exit status 1 if any was."""
    from ..registry.ledger import read

    click.echo(f"{len(read())} entries, each as it was written.")


@commands.command()
@click.argument("folder", type=click.Path(path_type=Path), default=CHAMPION)
@click.option("--digest", envvar="MODEL_DIGEST", help="What its bundle.json has to have.")
def verify(folder: Path, digest: str | None) -> None:
    """Verify the bundle in FOLDER, see that it works here, and print name, version and digest."""
    from .. import bundle

    found = bundle.load(folder, digest or None)
    click.echo(f"{found.manifest.name} {found.manifest.version} {found.digest}")
