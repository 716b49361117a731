"""The systemd unit that runs the container on an instance, read from the file that is put there."""

import shlex
from dataclasses import dataclass

from .conftest import ROOT

TEMPLATES = ROOT / "infra" / "service" / "templates"
PATH = TEMPLATES / "container.service"
PREPARE = TEMPLATES / "prepare.sh"
IMAGE = "${IMAGE}"

GIVEN = "--network=host"

# What only an instance has: its own files and log, an image that is pulled, and a name that is
# used once. Without --rm the tests see how a container ended.
OF_INSTANCES = ("--rm", "--name=", "--pull=", "--env-file=", "--log-driver=", "--log-opt=")


@dataclass(frozen=True)
class Unit:
    """What the unit runs.

    Attributes:
        options: those of `docker run`, all of them.
        command: what the image is called with.
        grace: seconds between SIGTERM and SIGKILL.
    """

    options: tuple[str, ...]
    command: tuple[str, ...]
    grace: int

    def elsewhere(self) -> tuple[str, ...]:
        """Return the options that hold on every machine, but for those that the tests give, too."""
        kept = (each for each in self.options if not each.startswith(OF_INSTANCES))
        return tuple(each for each in kept if each != GIVEN)


def read() -> Unit:
    lines = PATH.read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
    settings = dict(line.split("=", 1) for line in lines if line and line[0] not in "#[")
    docker, run, *arguments = shlex.split(settings["ExecStart"])
    assert (docker, run) == ("/usr/bin/docker", "run")
    image = arguments.index(IMAGE)
    stop = shlex.split(settings["ExecStop"])
    (grace,) = (each.removeprefix("--time=") for each in stop if each.startswith("--time="))
    return Unit(tuple(arguments[:image]), tuple(arguments[image + 1 :]), int(grace))
