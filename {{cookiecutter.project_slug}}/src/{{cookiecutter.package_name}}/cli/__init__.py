"""The command line: the stages of the pipeline, the gate, the service and a client for it.

Imports stand inside the commands, so that each loads only what it needs: the environment of the
service has nothing for the others.
"""

from typing import Any

import click

from .. import DESCRIPTION, NAME
from ..errors import ProjectError
from . import delivery, operation, pipeline, registry


class Commands(click.CommandCollection):
    """Says what went wrong in our own words, without a traceback, and exits with status 1."""

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except ProjectError as error:
            message = str(error)
        except ModuleNotFoundError as error:
            project = __name__.partition(".")[0]
            if error.name is None or error.name.startswith(f"{project}."):
                raise
            message = (
                f"{error.name} is not installed: this environment can only serve. "
                "`make setup` installs the rest."
            )
        click.secho(message, fg="red", err=True)
        context.exit(1)

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands in the order in which a model comes upon them."""
        for source in self.sources:
            with formatter.section(source.help or ""):
                formatter.write_dl(
                    [(name, one.get_short_help_str(100)) for name, one in source.commands.items()]
                )


app = Commands(
    name=NAME,
    help=DESCRIPTION,
    sources=[pipeline.commands, registry.commands, delivery.commands, operation.commands],
)
