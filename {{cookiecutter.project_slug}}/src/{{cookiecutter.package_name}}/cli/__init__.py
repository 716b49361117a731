"""The command line: the stages of the pipeline, the gate, the service and a client for it.

Imports stand inside the commands, so that each loads only what it needs: the environment of the
service has nothing for the others.
"""

import errno
from typing import Any

import click

from .. import DESCRIPTION, NAME
from ..errors import ProjectError
from . import delivery, operation, pipeline, registry

UNWRITABLE = {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC}


class Commands(click.CommandCollection):
    """Says what went wrong in our own words, without a traceback, and exits with status 1."""

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except ProjectError as error:
            message = str(error)
        except OSError as error:
            if error.errno == errno.ENOENT and _is_made_by_the_pipeline(str(error)):
                message = f"{error}. `make train` makes it; `uv run dvc pull` gets what is stored."
            elif error.errno in UNWRITABLE:
                message = f"{error}. Nothing can be written there."
            else:
                raise
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


def _is_made_by_the_pipeline(text: str) -> bool:
    return any(f"'{folder}/" in text for folder in ("data", "models", "reports"))


app = Commands(
    name=NAME,
    help=DESCRIPTION,
    sources=[pipeline.commands, registry.commands, delivery.commands, operation.commands],
)
