"""What takes the place of Terraform, of the URLs of Lambda, and of time, beside moto's account.

moto keeps functions, versions, aliases and alarms, but starts no image, has one URL for all aliases,
and raises no alarm by itself.
"""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np

from {{ cookiecutter.package_name }} import NAME
from {{ cookiecutter.package_name }}.bundle import Manifest
from {{ cookiecutter.package_name }}.deployment import aws
from {{ cookiecutter.package_name }}.prediction import answers

from .account import NUMBER

FUNCTION = f"{NAME}-staging"
FOUNDATION = {
    "repository": "repository",
    "data_bucket": "data",
    "service_boundary_arn": f"arn:aws:iam::{NUMBER}:policy/boundary",
}


def alias(name: str = "live") -> tuple[str, dict[str, float]]:
    """Return the version of an alias, and the shares of others."""
    found = aws.client("lambda").get_alias(FunctionName=FUNCTION, Name=name)
    return found["FunctionVersion"], found.get("RoutingConfig", {}).get(
        "AdditionalVersionWeights", {}
    )


@dataclass
class Terraform:
    """Makes with the API what `infra/service` makes, as far as a deployment has to do with it."""

    url: str
    minutes: int = 0
    laid: dict[str, Any] = field(default_factory=lambda: FOUNDATION)
    planned: dict[str, str] = field(default_factory=dict)
    failure: Exception | None = None
    removed: bool = False

    def stack(self, name: str, key: str, backend: Mapping[str, str]) -> "Stack":
        return Stack(self, name, key)


@dataclass
class Stack:
    terraform: Terraform
    name: str
    key: str

    def plan(self, **variables: str) -> str:
        self.terraform.planned = variables
        return "Plan: 1 to add\n"

    def apply(self) -> None:
        if self.terraform.failure:
            raise self.terraform.failure
        api, planned = aws.client("lambda"), self.terraform.planned
        if FUNCTION not in [f["FunctionName"] for f in api.list_functions()["Functions"]]:
            self._create()
        known = api.get_function(FunctionName=FUNCTION)
        api.delete_function_concurrency(FunctionName=FUNCTION)
        model = planned["model_version"]
        if (known["Code"]["ImageUri"], known["Configuration"]["Description"]) == (
            planned["image"],
            model,
        ):
            return
        api.update_function_configuration(FunctionName=FUNCTION, Description=model)
        made = api.update_function_code(
            FunctionName=FUNCTION, ImageUri=planned["image"], Publish=True
        )
        api.update_alias(FunctionName=FUNCTION, Name="candidate", FunctionVersion=made["Version"])

    def _create(self) -> None:
        role = aws.client("iam").create_role(RoleName=FUNCTION, AssumeRolePolicyDocument="{}")
        planned = self.terraform.planned
        made = aws.client("lambda").create_function(
            FunctionName=FUNCTION,
            Description=planned["model_version"],
            Role=role["Role"]["Arn"],
            PackageType="Image",
            Code={"ImageUri": planned["image"]},
            Architectures=[planned["architecture"]],
            Publish=True,
        )
        for name in ("live", "candidate"):
            aws.client("lambda").create_alias(
                FunctionName=FUNCTION, Name=name, FunctionVersion=made["Version"]
            )
        for name in self.alarms:
            aws.client("cloudwatch").put_metric_alarm(
                AlarmName=name,
                Namespace="AWS/Lambda",
                MetricName="Errors",
                Statistic="Sum",
                Period=60,
                EvaluationPeriods=1,
                Threshold=1,
                ComparisonOperator="GreaterThanThreshold",
            )

    @property
    def alarms(self) -> list[str]:
        return [f"{FUNCTION}-release-{about}" for about in ("errors", "duration")]

    def outputs(self) -> dict[str, Any]:
        if self.name == "foundation":
            return self.terraform.laid
        return {
            "function": FUNCTION,
            "version": alias("candidate")[0],
            "live_url": f"{self.terraform.url}/live/",
            "candidate_url": f"{self.terraform.url}/candidate/",
            "canary": {"percent": 10, "minutes": self.terraform.minutes},
            "release_alarms": self.alarms,
            "log_group": f"/aws/lambda/{FUNCTION}",
        }

    def destroy(self, **variables: str) -> None:
        self.terraform.planned = variables
        self.terraform.removed = True


@dataclass
class Urls:
    """The URLs of both aliases. Whoever signs is answered by the version that the alias has.

    Attributes:
        asked: the alias and the version of each request.
        broken: the versions that cannot answer.
    """

    url: str = ""
    asked: list[tuple[str, str]] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)


@contextmanager
def answering(manifest: Manifest) -> Iterator[Urls]:
    """Answer for both aliases until the end of the block."""
    urls = Urls()
    (prediction,) = answers(np.array([manifest.example.raw_prediction]), manifest.thresholds)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            _, name, *_ = self.path.split("/")
            if "/lambda/aws4_request" not in self.headers.get("Authorization", ""):
                self.answer(403, {"Message": "Forbidden"})
                return
            api = aws.client("lambda")
            version, _ = alias(name)
            urls.asked.append((name, version))
            if version in urls.broken:
                self.answer(502, {"message": "Internal Server Error"})
                return
            known = api.get_function_configuration(FunctionName=FUNCTION, Qualifier=version)
            model = {"name": NAME, "version": known["Description"]}
            self.answer(200, {"predictions": [prediction], "model": model})

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.do_GET()

        def answer(self, status: int, content: Any) -> None:
            body = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        urls.url = f"http://127.0.0.1:{server.server_port}"
        yield urls
        server.shutdown()


@dataclass
class Time:
    """Passes only while someone sleeps.

    Attributes:
        during: called with the seconds since the start, each time that someone has slept.
    """

    now: float = 0
    during: Callable[[float], object] = lambda seconds: None

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.during(self.now)
