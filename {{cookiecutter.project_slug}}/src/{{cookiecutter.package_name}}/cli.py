"""The command line: the stages of the pipeline, the gate, the service and a client for it.

Imports stand inside the commands, so that each loads only what it needs: the environment of the
service has nothing for the others.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from . import DESCRIPTION, NAME
from .errors import ProjectError
from .paths import CHAMPION

if TYPE_CHECKING:
    from .deployment.release import Environment
    from .params import Params

BLOCKED = 3  # the exit status of a candidate that the gate stops


class Commands(click.Group):
    """Says what went wrong in our own words, without a traceback, and exits with status 1."""

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except ProjectError as error:
            message = str(error)
        except ModuleNotFoundError as error:
            if error.name is None or error.name.startswith(f"{__package__}."):
                raise
            message = (
                f"{error.name} is not installed: this environment can only serve. "
                "`make setup` installs the rest."
            )
        click.secho(message, fg="red", err=True)
        context.exit(1)


@click.group(name=NAME, cls=Commands, help=DESCRIPTION)
def app() -> None:
    pass


@app.command()
@click.argument("assignments", nargs=-1, envvar="PARAMS", metavar="[SETTING=VALUE]...")
def configure(assignments: tuple[str, ...]) -> None:
    """Set values in params.yaml, such as collect.end=2013-09-30; those in PARAMS by default."""
    from .params import set_params

    click.echo(set_params(assignments))


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
def search() -> None:
    """Try other arguments for the estimator, and write the best into params.yaml."""
    from .params import read_params
    from .pipeline.search import search
    from .reports import console

    console.print(f"Searching: {search(read_params())}", highlight=False, markup=False)


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
    print_metrics()


@app.command()
def bundle() -> None:
    """Seal model, metrics and lineage into the candidate bundle."""
    from .pipeline.seal import seal

    _stage("Sealing the bundle", seal)


@app.command()
def gate() -> None:
    """Let the gate judge the candidate; nothing is promoted. Exit status 3 if it is blocked."""
    from .params import read_params
    from .registry.promotion import decide
    from .reports import console, print_decision

    with console.status("Comparing the candidate with the champion…"):
        decision = decide(read_params())
    print_decision(decision)
    if not decision.passed:
        sys.exit(BLOCKED)


@app.command()
@click.option("--reason", envvar="REASON", help="Why now; it stands in the ledger.")
@click.option(
    "--override", metavar="REASON", help="Promote even what the gate blocks, and say why."
)
def promote(reason: str | None, override: str | None) -> None:
    """Let the gate judge the candidate, and promote it if it passes. Exit status 3 if not."""
    from .params import read_params
    from .registry.promotion import promote
    from .reports import console, print_decision

    if override is not None and not override.strip():
        raise click.UsageError("--override needs a reason.")
    with console.status("Comparing the candidate with the champion…"):
        promotion = promote(read_params(), reason or "it has passed the gate", override or "")
    print_decision(promotion.decision, promotion)
    if not promotion.promoted:
        sys.exit(BLOCKED)


@app.command()
@click.option("--reason", envvar="REASON", default="new data", help="It stands in the ledger.")
def propose(reason: str) -> None:
    """Let the gate judge the candidate, and note it as what is to be promoted. Status 3 if not."""
    from .params import read_params
    from .registry.promotion import propose
    from .reports import console, print_decision

    with console.status("Comparing the candidate with the champion…"):
        promotion = propose(read_params(), reason)
    print_decision(promotion.decision, promotion)
    if not promotion.decision.passed:
        sys.exit(BLOCKED)


@app.command()
@click.argument("number", required=False, envvar="VERSION", metavar="[VERSION]")
@click.option("--reason", envvar="REASON", required=True, help="It stands in the ledger.")
def rollback(number: str | None, reason: str) -> None:
    """Put VERSION of the registry into production; by default the one that was there before."""
    from .params import read_params
    from .registry.rollback import rollback
    from .reports import console

    if not reason.strip():
        raise click.UsageError("--reason must say something.")
    version = rollback(read_params(), number or None, reason)
    console.print(f"Rolled back: {version.name} (version {version.number}) is in production.")


@app.command()
@click.argument("wanted", required=False, metavar="[VERSION | PREDICTION_ID]")
@click.option("--log", envvar="PREDICTION_LOG_URL", default="data/prediction-log")
def lineage(wanted: str | None, log: str) -> None:
    """Say which data, code and run made a model, or the model behind a prediction."""
    from .params import read_params
    from .registry.history import trace
    from .reports import print_history

    print_history(trace(read_params().model_name, wanted, log))


@app.command()
def cards() -> None:
    """Write the model card and the data card into docs/."""
    from .cards.write import write_cards

    _stage("Writing the cards", write_cards)


@app.command()
@click.argument("wanted", required=False, metavar="[VERSION]")
def reproduce(wanted: str | None) -> None:
    """Train a registered version again from its commit and rows. Exit status 1 if it differs."""
    from .params import read_params
    from .registry.reproduce import reproduce
    from .reports import console, print_reproduction

    with console.status("Training it again…"):
        outcome = reproduce(read_params().model_name, wanted)
    print_reproduction(outcome)
    if not outcome.succeeded:
        sys.exit(1)


@app.group()
def ledger() -> None:
    """Look at the promotion ledger."""


@ledger.command(name="verify")
def verify_ledger() -> None:
    """See that no entry was edited, taken out or moved. Exit status 1 if any was."""
    from .registry.ledger import read

    click.echo(f"{len(read())} entries, each as it was written.")


@app.command()
@click.argument("folder", type=click.Path(path_type=Path), default=CHAMPION)
@click.option("--digest", envvar="MODEL_DIGEST", help="What its bundle.json has to have.")
def verify(folder: Path, digest: str | None) -> None:
    """Verify the bundle in FOLDER, see that it works here, and print name, version and digest."""
    from . import bundle

    found = bundle.load(folder, digest or None)
    click.echo(f"{found.manifest.name} {found.manifest.version} {found.digest}")


@app.command()
def serve() -> None:
    """Serve the champion over HTTP. `.env.example` lists the settings."""
    from .serving.server import serve

    serve()


{% if cookiecutter.cloud_target not in ("local", "kubernetes") %}
@app.command()
@click.option("--yes", is_flag=True, help="Do not ask; the plan is shown all the same.")
def foundation(yes: bool) -> None:
    """Make what all environments stand on, and let DVC keep its data there."""
    from .deployment.foundation import lay

    url = lay(_confirmed(yes))
    if url:
        click.echo(f"DVC keeps its data at {url} now. Commit .dvc/config.")


{% endif %}
@app.command()
@click.argument("folder", type=click.Path(path_type=Path))
def publish(folder: Path) -> None:
    """Push the champion's image to the registry, and note in FOLDER by which digest it is there."""
    from .deployment.images import publish

    click.echo(publish(folder))


ENVIRONMENT = click.Choice(["staging", "production"])


@app.command()
@click.argument("environment", type=ENVIRONMENT)
@click.option("--yes", is_flag=True, help="Do not ask; the plan is shown all the same.")
@click.option("--image", envvar="IMAGE", help="What `publish` has published; else what is built.")
@click.option("--api-key", envvar="API_KEY", help="A key of the service, where it has any.")
def deploy(environment: "Environment", yes: bool, image: str | None, api_key: str | None) -> None:
    """Deploy the champion's image to ENVIRONMENT, and go back if it does not answer rightly."""
    from .deployment.deploy import deploy
    from .deployment.release import prepare

    release = prepare(environment, image or None)
    url = deploy(release, _confirmed(yes), api_key)
    if url:
        click.echo(f"{release.manifest.version} answers on {url}.")


@app.command()
@click.argument("environment", type=ENVIRONMENT)
@click.option("--yes", is_flag=True, help="Do not ask.")
def destroy(environment: "Environment", yes: bool) -> None:
    """Remove ENVIRONMENT, with all that `deploy` made for it."""
    from .deployment import platform

    if _confirmed(yes)(f"Remove {NAME} from {environment}."):
        click.echo(platform.destroy(environment))


def _confirmed(yes: bool) -> "Callable[[str], bool]":
    """Return what shows a plan and asks whether to go on."""

    def ask(plan: str) -> bool:
        click.echo(plan)
        return yes or click.confirm("Go on?")

    return ask


@app.command()
@click.option("--base", envvar="BASE", help="The commit to compare with.")
def report(base: str | None) -> None:
    """Write build/report.md and .html: the gate's verdict, what has changed, and the plots."""
    from .ci.report import write_report

    click.echo(write_report(base or None))


@app.command()
def doctor() -> None:
    """Say which variables and secrets the CI has, and which are missing. Exit status 1 if any is."""
    from .ci.doctor import examine
    from .reports import print_settings

    findings = examine()
    print_settings(findings)
    if any(finding.wrong for finding in findings):
        sys.exit(1)


@app.command()
{% if cookiecutter.monitoring == "cloudwatch" %}
@click.option("--serve", is_flag=True, help="Go on looking until a signal ends it.")
{% else %}
@click.option("--serve", is_flag=True, help="Go on looking, and serve /metrics for Prometheus.")
{% endif %}
def monitor(serve: bool) -> None:
    """Look at the newest windows of the prediction log, and decide whether to train again.

    RETRAIN says where that is done: here, ci or nowhere.{{ " What was seen goes to MONITOR_LOG_GROUP." if cookiecutter.monitoring == "cloudwatch" }}
    """
    from .monitoring.monitor import Monitor
{% if cookiecutter.monitoring == "cloudwatch" %}
    from .monitoring.publishing import Publisher
{% endif %}
    from .monitoring.retraining import act
    from .monitoring.server import MonitorServer
    from .monitoring.settings import read_monitor_settings
    from .params import read_params
    from .reports import console, print_look
    from .serving import logs
    from .serving.settings import read_settings

    settings = read_monitor_settings()
    watching = Monitor(read_settings(), read_params().monitoring)
    if serve:
        logs.configure()
        MonitorServer(watching, settings).run()
        return
    with console.status("Looking at the prediction log…"):
        look = watching.look()
    print_look(look)
{% if cookiecutter.monitoring == "cloudwatch" %}
    try:
        outcome = act(settings.retrain)
    finally:  # a training that could not be started is still wanted, which an alarm is to tell
        Publisher(settings).publish(look)
{% else %}
    outcome = act(settings.retrain)
{% endif %}
    if outcome:
        console.print(f"Retraining: {outcome}.", highlight=False, markup=False)


@app.command()
def loop() -> None:
    """Show the whole life of a model on stored rows, in build/loop: minutes for months.

    A model is trained and served, the rows change, the monitor sees it and trains another one, the
    gate lets it pass, the service takes it over, and a rollback brings the old one back.
    """
    from .loop.story import tell_story
    from .params import read_params

    click.echo(f"The page is {tell_story(read_params())}.")


@app.command()
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--url", help="Where the service is; by default on this machine.")
@click.option("--api-key", envvar="API_KEY", help="The service's key, where it has any.")
def predict(file: Path | None, url: str | None, api_key: str | None) -> None:
    """Ask the running service for predictions of the rows in FILE, or of the example."""
    from .client import ask, local_url, read_instances
    from .reports import print_answer

    instances = read_instances(file)
    answer, model = ask(url or local_url(), instances, api_key)
    print_answer(instances, answer, model)


def _stage(doing: str, run: "Callable[[Params], str]") -> None:
    from .params import read_params
    from .reports import console

    with console.status(f"{doing}…"):
        outcome = run(read_params())
    console.print(f"{doing}: {outcome}", highlight=False, markup=False)
