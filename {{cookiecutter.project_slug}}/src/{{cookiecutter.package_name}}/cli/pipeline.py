"""Commands for the stages of the pipeline."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from ..params import Params

commands = click.Group(help="Pipeline")


@commands.command()
@click.argument("assignments", nargs=-1, envvar="PARAMS", metavar="[SETTING=VALUE]...")
def configure(assignments: tuple[str, ...]) -> None:
    """Set values in params.yaml, such as collect.end=2013-09-30; those in PARAMS by default."""
    from ..params import set_params

    click.echo(set_params(assignments))


@commands.command()
def collect() -> None:
    """Read the rows of the period from the source."""
    from ..pipeline.collect import collect

    _stage("Collecting rows", collect)


@commands.command()
def validate() -> None:
    """Stop bad data, with a report of what is wrong."""
    from ..pipeline.validate import validate

    _stage("Validating rows", validate)


@commands.command()
def split() -> None:
    """Split the rows by time."""
    from ..pipeline.split import split

    _stage("Splitting rows", split)


@commands.command()
def search() -> None:
    """Try other arguments for the estimator, and write the best into params.yaml."""
    from ..params import read_params
    from ..pipeline.search import search
    from ..reports import console

    console.print(f"Searching: {search(read_params())}", highlight=False, markup=False)


@commands.command()
def train() -> None:
    """Fit the estimator on the training rows."""
    from ..pipeline.train import train

    _stage("Fitting the estimator", train)


@commands.command()
def evaluate() -> None:
    """Score the model and a baseline on the newest rows."""
    from ..pipeline.evaluate import evaluate
    from ..reports import print_metrics

    _stage("Scoring the model", evaluate)
    print_metrics()


@commands.command()
def bundle() -> None:
    """Seal model, metrics and lineage into the candidate bundle."""
    from ..pipeline.seal import seal

    _stage("Sealing the bundle", seal)


@commands.command()
def cards() -> None:
    """Write the model card and the data card into docs/."""
    from ..cards.write import write_cards

    _stage("Writing the cards", write_cards)


def _stage(doing: str, run: "Callable[[Params], str]") -> None:
    from ..params import read_params
    from ..reports import console

    with console.status(f"{doing}…"):
        outcome = run(read_params())
    console.print(f"{doing}: {outcome}", highlight=False, markup=False)
