"""Commands that bring a model to where it serves, and those of the CI."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .. import NAME

if TYPE_CHECKING:
    from ..deployment.release import Environment

ENVIRONMENT = click.Choice(["staging", "production"])

commands = click.Group(help="Delivery")


{% if cookiecutter.cloud_target not in ("local", "kubernetes") %}
@commands.command()
@click.option("--yes", is_flag=True, help="Do not ask; the plan is shown all the same.")
def foundation(yes: bool) -> None:
    """Make what all environments stand on, and let DVC keep its data there."""
    from ..deployment.foundation import lay

    url = lay(_confirmed(yes))
    if url:
        click.echo(f"DVC keeps its data at {url} now. Commit .dvc/config.")


{% endif %}
@commands.command()
@click.argument("folder", type=click.Path(path_type=Path))
def publish(folder: Path) -> None:
    """Publish the champion's image, and note in FOLDER by which digest it is found."""
    from ..deployment.images import publish

    click.echo(publish(folder))


@commands.command()
@click.argument("environment", type=ENVIRONMENT)
@click.option("--yes", is_flag=True, help="Do not ask; the plan is shown all the same.")
@click.option("--image", envvar="IMAGE", help="What `publish` has published; else what is built.")
@click.option("--api-key", envvar="API_KEY", help="A key of the service, where it has any.")
def deploy(environment: "Environment", yes: bool, image: str | None, api_key: str | None) -> None:
    """Deploy the champion's image to ENVIRONMENT, and go back if it does not answer rightly."""
    from ..deployment.deploy import deploy
    from ..deployment.release import prepare

    release = prepare(environment, image or None)
    url = deploy(release, _confirmed(yes), api_key)
    if url:
        click.echo(f"{release.manifest.version} answers on {url}.")


@commands.command()
@click.argument("environment", type=ENVIRONMENT)
@click.option("--yes", is_flag=True, help="Do not ask.")
def destroy(environment: "Environment", yes: bool) -> None:
    """Remove ENVIRONMENT, with all that `deploy` made for it."""
    from ..deployment import platform

    if _confirmed(yes)(f"Remove {NAME} from {environment}."):
        click.echo(platform.destroy(environment))


def _confirmed(yes: bool) -> Callable[[str], bool]:
    """Return what shows a plan and asks whether to go on."""

    def ask(plan: str) -> bool:
        click.echo(plan)
        return yes or click.confirm("Go on?")

    return ask


@commands.command()
@click.option("--base", envvar="BASE", help="The commit to compare with.")
def report(base: str | None) -> None:
    """Write build/report.md and .html: the gate's verdict, what has changed, and the plots."""
    from ..ci.report import write_report

    click.echo(write_report(base or None))


@commands.command()
def doctor() -> None:
    """Say which variables and secrets the CI has, and which are missing. Exit status 1 if any is."""
    from ..ci.doctor import examine
    from ..reports import print_settings

    findings = examine()
    print_settings(findings)
    if any(finding.wrong for finding in findings):
        sys.exit(1)
