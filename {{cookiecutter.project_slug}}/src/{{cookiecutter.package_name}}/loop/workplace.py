"""A copy of the project for the story, with a registry, a log and ledgers of its own."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from .. import paths
from ..errors import ProjectError
from ..monitoring.settings import MonitorSettings
from ..serving.settings import Settings

FOLDER = Path("build/loop")
COPIED = ("data", "dvc.yaml", "monitoring", "params.yaml", "src")
LEFT_OUT = ("raw.parquet", "split", "prediction-log", "__pycache__")  # what was made of the data
ENDING = 60  # seconds that a server may take to end


class LoopError(ProjectError):
    """The story cannot go on."""


class Alerts(Protocol):
    def firing(self) -> set[str]:
        """Return the names of the alerts that fire."""
        ...


@dataclass(frozen=True)
class Workplace:
    """A folder, and the servers that run in it, by their names."""

    folder: Path
    servers: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def run(self, *command: str) -> None:
        """Run a Python module with arguments to its end. Raises LoopError with what it said."""
        result = subprocess.run(
            (sys.executable, "-m", *command),
            cwd=self.folder,
            env=self._environment({}),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        if result.returncode:
            raise LoopError(f"{' '.join(command)} failed:\n{result.stdout}")

    @contextmanager
    def running(self, name: str, *command: str, **settings: str) -> Iterator[None]:
        """Run a server to the end of the block; what it says is in `logs/<name>.log`."""
        log = self._log(name)
        log.parent.mkdir(exist_ok=True)
        with log.open("wb") as output:
            process = self.servers[name] = subprocess.Popen(
                command,
                cwd=self.folder,
                env=self._environment(settings),
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        try:
            yield
        finally:
            del self.servers[name]
            process.terminate()
            try:
                process.wait(ENDING)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def check_servers(self) -> None:
        """Raise LoopError if one of them has ended by itself."""
        for name, process in self.servers.items():
            if process.poll() is not None:
                raise LoopError(f"{name} has ended by itself: see {self._log(name)}.")

    def _log(self, name: str) -> Path:
        return self.folder / "logs" / f"{name}.log"

    def _environment(self, settings: dict[str, str]) -> dict[str, str]:
        """Return the variables of a process there: none of those that point at your own servers."""
        own = {name.upper() for name in (*Settings.model_fields, *MonitorSettings.model_fields)}
        kept = {
            name: value
            for name, value in os.environ.items()
            if name not in own and not name.startswith("MLFLOW_")
        }
        programs = f"{Path(sys.executable).parent}{os.pathsep}{kept.get('PATH', '')}"
        return kept | {"PATH": programs} | settings


def prepare() -> Workplace:
    """Make the copy; one of an earlier story is removed."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    for name in COPIED:
        source = Path(name)
        if source.is_dir():
            shutil.copytree(source, FOLDER / name, ignore=shutil.ignore_patterns(*LEFT_OUT))
        elif source.exists():
            shutil.copy(source, FOLDER)
    workplace = Workplace(FOLDER.resolve())
    workplace.run("dvc", "init", "--quiet", "--no-scm")
    return workplace


def keep_champion(workplace: Workplace, name: str) -> Path:
    """Copy the champion, which another one may replace, and return where to."""
    return shutil.copytree(workplace.folder / paths.CHAMPION, workplace.folder / "models" / name)
