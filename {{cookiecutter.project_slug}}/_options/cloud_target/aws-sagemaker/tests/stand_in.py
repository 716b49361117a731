"""What takes Terraform's place in tests, and that of what moto's SageMaker does not have.

moto makes, describes and deletes models, configurations and endpoints. It has no UpdateEndpoint, no
fleets that traffic shifts between, and no alarms that end a shift.
"""

import json
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from {{ cookiecutter.package_name }} import NAME

from .account import NUMBER, client


@dataclass
class Terraform:
    """Makes what `infra/service` makes of the same variables, as far as moto has it.

    Attributes:
        keeps: whether SageMaker keeps a release, or goes back to the one before by itself, which
            Terraform takes for a success.
        ringing: the alarms that ring: SageMaker ends any change that one of them is heeded in.
    """

    keeps: bool = True
    ringing: set[str] = field(default_factory=set)
    planned: dict[str, Any] = field(default_factory=dict)
    found: dict[str, Any] = field(default_factory=dict)
    name: str = ""

    def __call__(self, name: str, key: str, backend: dict[str, str]) -> "Terraform":
        self.name = f"{NAME}-{key}"
        assert backend["key"] == f"{key}.tfstate"
        return self

    def plan(self, **variables: Any) -> str:
        self.planned = json.loads(json.dumps(variables))  # what is not JSON, Terraform cannot read
        return f"Plan for {self.name}"

    def apply(self) -> None:
        release, before = self.planned.get("release"), self.planned.get("before", [])
        new = [{**release, "id": release["image"][-8:]}] if release else []
        kept = [*new, *(known for known in before if known["id"] not in [n["id"] for n in new])][:2]
        back = self.planned.get("roll_back", False)
        serving = (before if back else kept)[:1]
        for known in kept:
            self._configure(known)
        if not serving:
            self._delete()
        elif not before or (self._is_quiet() and (self.keeps or back)):
            self._serve(f"{self.name}-{serving[0]['id']}")
        self.found = {
            "alarms": self._alarms(),
            "configuration": f"{self.name}-{serving[0]['id']}" if serving else None,
            "releases": serving + [r for r in kept if r not in serving and not (back and r in new)],
        }

    def outputs(self) -> dict[str, Any]:
        return self.found

    def destroy(self) -> None:
        self._delete()
        self.found = {}

    def _alarms(self) -> list[str]:
        return [f"{self.name}-errors", f"{self.name}-latency"]

    def _is_quiet(self) -> bool:
        return not self.ringing & set(self._alarms()) - set(self.planned["ringing"])

    def _configure(self, release: dict[str, str]) -> None:
        name = f"{self.name}-{release['id']}"
        container = {"Image": release["image"], "ModelDataUrl": release["model_data"]}
        variant = {"VariantName": "all", "ModelName": name, "InitialInstanceCount": 1}
        variant |= {"InstanceType": "ml.t2.medium"}
        known = client("sagemaker").list_endpoint_configs()["EndpointConfigs"]
        if name not in [configuration["EndpointConfigName"] for configuration in known]:
            role = f"arn:aws:iam::{NUMBER}:role/{self.name}"
            client("sagemaker").create_model(
                ModelName=name, ExecutionRoleArn=role, PrimaryContainer=container
            )
            client("sagemaker").create_endpoint_config(
                EndpointConfigName=name, ProductionVariants=[variant]
            )

    def _serve(self, configuration: str) -> None:
        self._delete()
        client("sagemaker").create_endpoint(
            EndpointName=self.name, EndpointConfigName=configuration
        )

    def _delete(self) -> None:
        if serves(self.name):
            client("sagemaker").delete_endpoint(EndpointName=self.name)


def serves(name: str) -> str | None:
    """Return the configuration that an endpoint has."""
    try:
        found = client("sagemaker").describe_endpoint(EndpointName=name)
    except ClientError:
        return None
    return str(found["EndpointConfigName"])
