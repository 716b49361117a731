"""Renders the default project into build/demo, trains and serves its model, asks for a prediction."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cookiecutter.main import cookiecutter
from rich.console import Console

ROOT = Path(__file__).parent.parent
BUILD = ROOT / "build"
DEMO = BUILD / "demo"
PORT = 8080
PATIENCE = 60  # seconds until the service has to be ready

# What a run of the pipeline leaves in the project's git status.
MADE_BY_THE_PIPELINE = {"dvc.lock", "reports/", "uv.lock"}

console = Console(highlight=False)


def render() -> None:
    """Put the default project into build/demo; an environment that is there already is kept."""
    BUILD.mkdir(exist_ok=True)
    if DEMO.exists() and edited(DEMO):
        kept = next(p for n in range(1, 1000) if not (p := BUILD / f"demo-{n}").exists())
        DEMO.rename(kept)
        console.print(f"You have worked in build/demo; it is now {kept.relative_to(ROOT)}.")
    fresh = BUILD / "fresh"
    shutil.rmtree(fresh, ignore_errors=True)
    rendered = Path(cookiecutter(str(ROOT), no_input=True, output_dir=str(fresh)))
    environment = DEMO / ".venv"
    if environment.exists():
        environment.rename(rendered / ".venv")
    shutil.rmtree(DEMO, ignore_errors=True)
    rendered.rename(DEMO)
    fresh.rmdir()


def edited(project: Path) -> bool:
    """Whether somebody has changed or committed something since the project was rendered."""
    if not (project / ".git").exists():
        return any(path.name != ".venv" for path in project.iterdir())
    git = ["git", "-C", str(project)]
    commits = subprocess.run([*git, "rev-list", "--count", "HEAD"], capture_output=True, text=True)
    status = subprocess.run([*git, "status", "--porcelain"], capture_output=True, text=True)
    changed = {line[3:] for line in status.stdout.splitlines()}
    return commits.stdout.strip() != "1" or not changed <= MADE_BY_THE_PIPELINE


def make(target: str, **settings: str) -> None:
    """Run a target of the project's Makefile; a failure ends the demo."""
    if subprocess.run(
        ["make", "--no-print-directory", target], cwd=DEMO, env=environment(settings)
    ).returncode:
        console.print(f"\n[red]`make {target}` failed[/]; the project is in build/demo.")
        sys.exit(1)


@contextmanager
def server(port: int) -> Iterator[None]:
    """Run the service until the end of the block."""
    process = subprocess.Popen(
        ["make", "--no-print-directory", "serve"],
        cwd=DEMO,
        env=environment({"PORT": str(port)}),
        start_new_session=True,  # so that make and all that it starts get the signal
    )
    try:
        wait_until_ready(port, process)
        yield
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=30)


def wait_until_ready(port: int, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready"):
                return
        except OSError:
            time.sleep(0.1)
    console.print("[red]The service did not become ready[/]; the project is in build/demo.")
    sys.exit(1)


def free_port() -> int:
    """Return the usual port, or any other one if it is taken."""
    for port in (PORT, 0):
        with socket.socket() as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listener.bind(("127.0.0.1", port))
            except OSError:
                continue
            found: int = listener.getsockname()[1]
            return found
    raise OSError("no free port")


def environment(settings: dict[str, str]) -> dict[str, str]:
    """Return the environment for the project: its own, not that of the template."""
    inherited = {k: v for k, v in os.environ.items() if k not in ("VIRTUAL_ENV", "MAKEFLAGS")}
    tools = str(ROOT / ".tools" / "bin")
    return inherited | {"PATH": f"{inherited['PATH']}{os.pathsep}{tools}"} | settings


def main() -> None:
    start = time.monotonic()
    console.rule("1/5  Render the default project")
    render()
    console.rule("2/5  make setup")
    make("setup")
    console.rule("3/5  make train")
    make("train")
    port = free_port()
    console.rule(f"4/5  make serve, on port {port}")
    with server(port):
        console.rule("5/5  make predict")
        make("predict", PORT=str(port))
    console.print(
        f"\n[green]Done[/] in {time.monotonic() - start:.0f} s. The project is in build/demo: "
        "cd build/demo && make serve"
    )


if __name__ == "__main__":
    main()
