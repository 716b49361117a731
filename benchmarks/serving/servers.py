"""What is measured: how each server is installed, started, asked and understood."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Row = dict[str, Any]
PEERS = Path(__file__).parent / "peers"
SKLEARN = ["joblib", "scikit-learn>=1.7,<2", "numpy"]
PACKAGES = {"ray-serve": "ray"}  # where the framework's name is another one
UVICORN = "uvicorn {app} --host 127.0.0.1 --port {port} --no-access-log --log-level warning"


@dataclass(frozen=True)
class Server:
    """One server.

    Attributes:
        command: how it is started, in its environment; `{port}` is replaced.
        body: from a row to what is sent.
        read: from the JSON of an answer to the probability.
        setting: what a reader has to know of its configuration.
        package: the distribution whose version is told.
        constant: whether it answers the same to everybody.
        batching: whether it collects requests.
        ours: whether it is a project of this template.
    """

    name: str
    command: str
    folder: Path
    environment: Path
    path: str
    body: Callable[[Row], Any]
    read: Callable[[Any], float]
    setting: str
    package: str
    variables: dict[str, str] = field(default_factory=dict)
    constant: bool = False
    batching: bool = False
    ours: bool = False

    @property
    def site_packages(self) -> Path:
        (found,) = self.environment.glob("lib/python3*/site-packages")
        return found


def ours(framework: str, model_format: str, project: Path) -> Server:
    """This project's service, with everything switched on."""
    return Server(
        name=f"{framework}, {model_format}",
        command="python -m flight_delay serve",
        folder=project,
        environment=project / ".venv",
        path="/predict",
        body=lambda row: {"instances": [row["instance"]]},
        read=lambda answer: float(answer["predictions"][0]["probability"]),
        setting="one worker; validation, metrics and prediction log on",
        package=PACKAGES.get(framework, framework),
        variables={"PORT": "{port}"},
        batching=True,
        ours=True,
    )


def peers(build: Path) -> list[Server]:
    """The bare endpoint first, then what people would pick."""
    model = {"MODEL": str(build / "model" / "model.joblib")}

    def peer(
        name: str, command: str, requirements: list[str], setting: str, **other: Any
    ) -> Server:
        defaults: dict[str, Any] = {
            "path": "/predict",
            "body": lambda row: {"features": row["vector"]},
            "read": lambda answer: float(answer["probability"]),
            "variables": model,
        }
        environment = environment_of(build, name, requirements)
        return Server(name, command, PEERS, environment, setting=setting, **(defaults | other))

    bento = {
        "body": lambda row: {"rows": [row["vector"]]},
        "read": lambda answer: float(answer[0]),
        "variables": model | {"BENTOML_DO_NOT_TRACK": "1"},
    }
    bento_command = "bentoml serve bento_quickstart:Quickstart --host 127.0.0.1 --port {port}"
    uvicorn = ["uvicorn", "uvloop", "httptools"]
    return [
        peer(
            "bare Starlette",
            UVICORN.format(app="bare:app", port="{port}"),
            ["starlette", "orjson", *uvicorn],
            "uvicorn, one worker, uvloop and httptools; parses the body, answers a constant",
            package="starlette",
            body=lambda row: {"instances": [row["instance"]]},
            constant=True,
        ),
        peer(
            "FastAPI tutorial",
            UVICORN.format(app="tutorial:app", port="{port}"),
            ["fastapi", *uvicorn, *SKLEARN],
            "uvicorn, one worker; sklearn estimator for each request, in the thread pool",
            package="fastapi",
        ),
        peer(
            "MLflow",
            f"mlflow models serve -m {build / 'model' / 'mlflow'} --env-manager local "
            "--host 127.0.0.1 --port {port} --workers 1",
            ["mlflow>=3.10,<4", "uvloop", "httptools", *SKLEARN],
            "mlflow models serve, one worker, pyfunc of the estimator, no access log",
            package="mlflow",
            path="/invocations",
            body=lambda row: {"inputs": [row["vector"]]},
            read=lambda answer: float(answer["predictions"][0][1]),
            variables={"MLFLOW_DISABLE_TELEMETRY": "true", "UVICORN_ACCESS_LOG": "false"},
        ),
        peer(
            "BentoML",
            bento_command,
            ["bentoml>=1.4,<2", *SKLEARN],
            "quick start, one worker, no metrics, no access log",
            package="bentoml",
            **bento,
        ),
        peer(
            "BentoML, batching",
            bento_command,
            ["bentoml>=1.4,<2", *SKLEARN],
            "quick start with batchable=True, up to 64 rows; otherwise the same",
            package="bentoml",
            batching=True,
            **bento | {"path": "/predict_batched"},
        ),
        peer(
            "LitServe, batching",
            "python litserve_batching.py",
            ["litserve", *SKLEARN],
            "one worker, batches of up to 64 rows, waits up to 5 ms, no access log",
            package="litserve",
            batching=True,
            variables=model | {"PORT": "{port}"},
        ),
        peer(
            "Ray Serve",
            "python ray_quickstart.py",
            ["ray[serve]>=2.50,<3", *SKLEARN],
            "quick start, one replica, no access log",
            package="ray",
            variables=model
            | {
                "PORT": "{port}",
                "RAY_ENABLE_UV_RUN_RUNTIME_ENV": "0",  # the environment is there already
                "RAY_USAGE_STATS_ENABLED": "0",
            },
        ),
    ]


def environment_of(build: Path, name: str, requirements: list[str]) -> Path:
    """Return an environment with a server's requirements, made on first use."""
    folder = build / "environments" / name.split(",")[0].replace(" ", "-").lower()
    if not (folder / "done").exists():
        subprocess.run(["uv", "venv", "--quiet", "--python", sys.executable, folder], check=True)
        subprocess.run(
            ["uv", "pip", "install", "--quiet", "--compile-bytecode", *requirements],
            env=os.environ | {"VIRTUAL_ENV": str(folder)},
            check=True,
        )
        (folder / "done").touch()
    return folder
