"""The command line: the stages of the pipeline, the gate, the service and a client for it.

Imports stand inside the commands, so that each loads only what it needs.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from . import DESCRIPTION, NAME
from .errors import ProjectError

if TYPE_CHECKING:
    from .params import Params

app = typer.Typer(
    name=NAME,
    help=DESCRIPTION,
    no_args_is_help=True,
    rich_markup_mode=None,  # the description may well have brackets in it
    pretty_exceptions_enable=False,  # they would show the values of variables
)
console = Console(soft_wrap=True)
errors = Console(stderr=True, soft_wrap=True)

BLOCKED = 3  # the exit status of a candidate that the gate stops


@app.command()
def collect() -> None:
    """Read the rows of the period from the source."""
    from .pipeline.collect import collect

    _stage("Collecting rows", collect)


@app.command()
def validate() -> None:
    """Stop bad data, with a report of what is wrong."""
    from .pipeline.validate import validate

    _stage("Validating rows", validate)


@app.command()
def split() -> None:
    """Split the rows by time."""
    from .pipeline.split import split

    _stage("Splitting rows", split)


@app.command()
def train() -> None:
    """Fit the estimator on the training rows."""
    from .pipeline.train import train

    _stage("Fitting the estimator", train)


@app.command()
def evaluate() -> None:
    """Score the model and a baseline on the newest rows."""
    from .pipeline.evaluate import evaluate
    from .reports import print_metrics

    _stage("Scoring the model", evaluate)
    print_metrics(console)


@app.command()
def bundle() -> None:
    """Seal model, metrics and lineage into the candidate bundle."""
    from .pipeline.seal import seal

    _stage("Sealing the bundle", seal)


@app.command()
def promote() -> None:
    """Let the gate judge the candidate, and promote it if it passes. Exit status 3 if not."""
    from .params import read_params
    from .registry.promotion import promote
    from .reports import print_promotion

    with _clean_errors(), console.status("Comparing the candidate with the champion…"):
        promotion = promote(read_params())
    print_promotion(console, promotion)
    if promotion.verdict and not promotion.verdict.passed:
        raise typer.Exit(BLOCKED)


@app.command()
def serve() -> None:
    """Serve the champion over HTTP. `.env.example` lists the settings."""
    from .serving.server import serve

    with _clean_errors():
        serve()


@app.command()
def predict(
    file: Annotated[
        Path | None, typer.Argument(help="A JSON file with a list of rows; the example if none.")
    ] = None,
    url: Annotated[
        str | None, typer.Option(help="Where the service is; by default on this machine.")
    ] = None,
    api_key: Annotated[
        str | None, typer.Option(envvar="API_KEY", help="The service's key, where it has any.")
    ] = None,
) -> None:
    """Ask the running service for predictions."""
    from .client import ask, local_url, read_instances
    from .reports import print_answer

    with _clean_errors():
        instances = read_instances(file)
        answer, model = ask(url or local_url(), instances, api_key)
    print_answer(console, instances, answer, model)


def _stage(doing: str, run: "Callable[[Params], str]") -> None:
    from .params import read_params

    with _clean_errors(), console.status(f"{doing}…"):
        outcome = run(read_params())
    console.print(f"{doing}: {outcome}", highlight=False, markup=False)


@contextmanager
def _clean_errors() -> Iterator[None]:
    """Show what went wrong in our own words, without a traceback, and exit with status 1."""
    try:
        yield
    except ProjectError as error:
        errors.print(str(error), style="red", highlight=False, markup=False)
        raise typer.Exit(1) from None
