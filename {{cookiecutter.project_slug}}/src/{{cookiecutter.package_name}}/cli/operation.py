"""Commands for the service, who asks it and who watches it."""

from pathlib import Path

import click

commands = click.Group(help="Operation")


@commands.command()
def serve() -> None:
    """Serve the champion over HTTP. `.env.example` lists the settings."""
    from ..serving.server import serve

    serve()


@commands.command()
{% if cookiecutter.monitoring == "cloudwatch" %}
@click.option("--serve", is_flag=True, help="Go on looking until a signal ends it.")
{% else %}
@click.option("--serve", is_flag=True, help="Go on looking, and serve /metrics for Prometheus.")
{% endif %}
def monitor(serve: bool) -> None:
    """Look at the newest windows of the prediction log, and decide whether to train again.

    RETRAIN says where that is done: here, ci or nowhere.{{ " What was seen goes to MONITOR_LOG_GROUP." if cookiecutter.monitoring == "cloudwatch" }}
    """
    from .. import paths
    from ..monitoring.monitor import Monitor
{% if cookiecutter.monitoring == "cloudwatch" %}
    from ..monitoring.publishing import Publisher
{% endif %}
    from ..monitoring.retraining import act
    from ..monitoring.server import MonitorServer
    from ..monitoring.settings import read_monitor_settings
    from ..params import read_params
    from ..reports import console, print_look
    from ..serving import logs
    from ..serving.settings import read_settings

    settings = read_monitor_settings()
    folder = paths.MONITOR_TABLES if serve else None
    watching = Monitor(read_settings(), read_params().monitoring, folder)
    if serve:
        logs.configure()
        MonitorServer(watching, settings).run()
        return
    with console.status("Looking at the prediction log…"):
        look = watching.look()
    print_look(look)
{% if cookiecutter.monitoring == "cloudwatch" %}
    try:
        outcome = act(settings.retrain, look.watched.manifest.version)
    finally:  # a training that could not be started is still wanted, which an alarm is to tell
        Publisher(settings).publish(look)
{% else %}
    outcome = act(settings.retrain, look.watched.manifest.version)
{% endif %}
    if outcome:
        console.print(f"Retraining: {outcome}.", highlight=False, markup=False)


@commands.command()
def loop() -> None:
    """Show the whole life of a model on stored rows, in build/loop: minutes for months.

    A model is trained and served, the rows change, the monitor sees it and trains another one, the
    gate lets it pass, the service takes it over, and a rollback brings the old one back.
    """
    from ..loop.story import tell_story
    from ..params import read_params

    click.echo(f"The page is {tell_story(read_params())}.")


@commands.command()
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--url", help="Where the service is; by default on this machine.")
@click.option("--api-key", envvar="API_KEY", help="The service's key, where it has any.")
def predict(file: Path | None, url: str | None, api_key: str | None) -> None:
    """Ask the running service for predictions of the rows in FILE, or of the example."""
    from ..client import ask, local_url, read_instances
    from ..reports import print_answer

    instances = read_instances(file)
    answer, model = ask(url or local_url(), instances, api_key)
    print_answer(instances, answer, model)
