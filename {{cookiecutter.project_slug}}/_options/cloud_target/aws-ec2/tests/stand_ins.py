"""What takes the place of Terraform and of the balancer, beside moto's account.

moto keeps groups, launch templates, targets and secrets, but starts no instance, and no balancer.
"""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any

import numpy as np

from {{ cookiecutter.package_name }} import NAME
from {{ cookiecutter.package_name }}.bundle import Manifest
from {{ cookiecutter.package_name }}.prediction import answers

from .account import REGION
from .refreshes import Refreshes, client

GROUP = f"{NAME}-staging"
LOGS = f"/{NAME}/staging"
ALARMS = [f"{GROUP}-errors", f"{GROUP}-latency"]


@dataclass
class Terraform:
    """Makes with the API what `infra/service` makes, as far as a deployment has to do with it.

    Attributes:
        models: that of each version of the launch template.
    """

    url: str = ""
    laid: dict[str, Any] = field(default_factory=lambda: {"data_bucket": "data"})
    planned: dict[str, str] = field(default_factory=dict)
    applied: dict[str, str] = field(default_factory=dict)
    made: dict[str, Any] = field(default_factory=dict)
    models: dict[str, str] = field(default_factory=dict)
    failure: Exception | None = None
    removed: bool = False

    def stack(self, name: str, key: str, backend: Mapping[str, str]) -> "Stack":
        return Stack(self, name)


@dataclass
class Stack:
    terraform: Terraform
    name: str

    def plan(self, **variables: str) -> str:
        self.terraform.planned = variables
        return "Plan: 1 to add\n"

    def apply(self) -> None:
        terraform = self.terraform
        if terraform.failure:
            raise terraform.failure
        if terraform.planned == terraform.applied:
            return
        ec2, machine = client("ec2"), {"InstanceType": "t3.small", "ImageId": "ami-12345678"}
        if terraform.made:
            answer = ec2.create_launch_template_version(
                LaunchTemplateName=GROUP, LaunchTemplateData=machine
            )
            version = str(answer["LaunchTemplateVersion"]["VersionNumber"])
            terraform.made["launch_template"] |= {"Version": version}
        else:
            answer = ec2.create_launch_template(
                LaunchTemplateName=GROUP, LaunchTemplateData=machine
            )
            version, template = "1", answer["LaunchTemplate"]["LaunchTemplateId"]
            terraform.made = self._create({"LaunchTemplateId": template, "Version": version})
        terraform.models[version] = terraform.planned["model_version"]
        terraform.applied = terraform.planned

    def _create(self, template: dict[str, str]) -> dict[str, Any]:
        ec2 = client("ec2")
        network = ec2.create_vpc(CidrBlock="10.0.0.0/24")["Vpc"]["VpcId"]
        subnet = ec2.create_subnet(
            VpcId=network, CidrBlock="10.0.0.0/26", AvailabilityZone=f"{REGION}a"
        )["Subnet"]["SubnetId"]
        (target_group,) = client("elbv2").create_target_group(
            Name="service", Protocol="HTTP", Port=8080, VpcId=network
        )["TargetGroups"]
        client("autoscaling").create_auto_scaling_group(
            AutoScalingGroupName=GROUP,
            LaunchTemplate=template,
            MinSize=2,
            MaxSize=4,
            VPCZoneIdentifier=subnet,
            TargetGroupARNs=[target_group["TargetGroupArn"]],
        )
        for name in ALARMS:
            client("cloudwatch").put_metric_alarm(
                AlarmName=name,
                Namespace="AWS/ApplicationELB",
                MetricName="RequestCount",
                Statistic="Sum",
                Period=60,
                EvaluationPeriods=1,
                Threshold=1,
                ComparisonOperator="GreaterThanThreshold",
            )
        client("logs").create_log_group(logGroupName=LOGS)
        return {
            "group": GROUP,
            "target_group": target_group["TargetGroupArn"],
            "launch_template": template,
            "secret": client("secretsmanager").create_secret(Name=f"{GROUP}-api-keys")["ARN"],
        }

    def outputs(self) -> dict[str, Any]:
        if self.name == "foundation":
            return self.terraform.laid
        if not self.terraform.made:
            return {}
        rollout = {
            "AutoRollback": True,
            "SkipMatching": True,
            "MinHealthyPercentage": 100,
            "MaxHealthyPercentage": 150,
            "BakeTime": 180,
            "CheckpointPercentages": [50, 100],
            "CheckpointDelay": 240,
            "AlarmSpecification": {"Alarms": ALARMS},
        }
        return {
            **json.loads(json.dumps(self.terraform.made)),
            "url": self.terraform.url,
            "rollout": rollout,
            "log_group": LOGS,
            "prediction_log": "s3://data/prediction-log/staging",
        }

    def destroy(self, **variables: str) -> None:
        self.terraform.planned = variables
        self.terraform.removed = True


@dataclass
class Balancer:
    """The address of the service. Instances take turns, each with the model of its version.

    Attributes:
        broken: the models that cannot answer.
        tried: the versions that ran, each time that a prediction was asked for.
    """

    terraform: Terraform
    refreshes: Refreshes
    broken: set[str] = field(default_factory=set)
    tried: list[tuple[str, ...]] = field(default_factory=list)
    turns: Iterator[int] = field(default_factory=count)

    def model(self) -> str:
        versions = self.refreshes.versions
        self.tried.append(tuple(versions))
        return self.terraform.models[versions[next(self.turns) % 2]]


@contextmanager
def balancing(manifest: Manifest, terraform: Terraform, refreshes: Refreshes) -> Iterator[Balancer]:
    """Answer for the group's instances until the end of the block."""
    balancer = Balancer(terraform, refreshes)
    (prediction,) = answers(np.array([manifest.example.raw_prediction]), manifest.thresholds)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.answer(200, {"status": "ok"})

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            secret = client("secretsmanager").get_secret_value(SecretId=f"{GROUP}-api-keys")
            if self.headers["X-API-Key"] != secret["SecretString"].split(",")[-1]:
                self.answer(401, {"detail": "The header X-API-Key is missing or wrong."})
                return
            model = balancer.model()
            if model in balancer.broken:
                self.answer(500, {"detail": "broken"})
                return
            self.answer(200, {"predictions": [prediction], "model": {"version": model}})

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
        terraform.url = f"http://127.0.0.1:{server.server_port}"
        yield balancer
        server.shutdown()
