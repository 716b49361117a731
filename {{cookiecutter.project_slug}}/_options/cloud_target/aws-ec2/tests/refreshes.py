"""Instance refreshes, which moto has not, for an account in moto's server.

Four calls are answered here, the way botocore's Stubber does it: what is asked and what is answered
is checked against AWS's own description of the call. All other calls reach moto, but it takes all
instances for launched from the first version, so what it says of them is put right.
"""

from dataclasses import dataclass, field
from functools import cache
from typing import Any

from botocore.exceptions import ClientError
from botocore.validate import validate_parameters

from . import account

CALLS = (
    "StartInstanceRefresh",
    "DescribeInstanceRefreshes",
    "RollbackInstanceRefresh",
    "CancelInstanceRefresh",
)
ACTIVE = ("Pending", "InProgress", "Baking", "RollbackInProgress", "Cancelling")


@cache
def client(service: str) -> Any:
    """Return a client, once: it takes long to read the description of some services."""
    return account.client(service)


@dataclass
class Time:
    """Passes only while someone sleeps, and the refresh goes on meanwhile."""

    refreshes: "Refreshes"
    now: float = 0

    def monotonic(self) -> float:
        return self.now

    def time(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.refreshes.go_on(self.now)


@dataclass
class Refreshes:
    """The refreshes of one group with two instances.

    Attributes:
        versions: what each instance was launched from.
        asked: the names of the calls that changed something.
        failing: why the group rolls the next refresh back by itself, if it does.
        stalled: whether no instance gets ready any more.
        reached: the largest share of instances that the last refresh has replaced, in percent.
    """

    group: str
    versions: list[str] = field(default_factory=lambda: ["1", "1"])
    all: list[dict[str, Any]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    failing: str = ""
    stalled: bool = False
    reached: int = 0
    until: float = 0
    source: dict[str, str] = field(default_factory=dict)

    def attach(self, autoscaling: Any) -> Any:
        """Have a client's calls answered here that moto knows nothing of."""
        events = autoscaling.meta.events
        for call in CALLS:
            events.register(f"provide-client-params.auto-scaling.{call}", self._checked)
            events.register(f"before-call.auto-scaling.{call}", self._answered)
        events.register("after-call.auto-scaling.DescribeAutoScalingGroups", self._put_right)
        return autoscaling

    def _checked(self, params: Any, model: Any, **_: Any) -> None:
        validate_parameters(params, model.input_shape)
        self._params = params

    def _answered(self, model: Any, **_: Any) -> Any:
        answer = getattr(self, f"_{model.name}")(self._params)
        validate_parameters(answer, model.output_shape)
        return _Answer(), answer

    def _put_right(self, parsed: Any, **_: Any) -> None:
        for group in parsed["AutoScalingGroups"]:
            for instance, version in zip(group["Instances"], self.versions, strict=True):
                instance["LaunchTemplate"]["Version"] = version

    def _StartInstanceRefresh(self, params: Any) -> Any:  # noqa: N802 (the name of the call)
        if self.now and self.now["Status"] in ACTIVE:
            raise _error("InstanceRefreshInProgress")
        self.asked.append("start")
        self.source, self.reached, self.until = self._template(), 0, 0
        identity = {"InstanceRefreshId": f"refresh-{len(self.all)}"}
        self.all.insert(0, {"Status": "Pending", **identity, **params})
        return identity

    def _DescribeInstanceRefreshes(self, params: Any) -> Any:  # noqa: N802
        wanted = params.get("InstanceRefreshIds")
        return {
            "InstanceRefreshes": [
                {key: value for key, value in each.items() if key != "Strategy"}
                for each in self.all
                if wanted is None or each["InstanceRefreshId"] in wanted
            ]
        }

    def _RollbackInstanceRefresh(self, params: Any) -> Any:  # noqa: N802
        self.asked.append("roll back")
        if self.now is None or self.now["Status"] not in ("Pending", "InProgress", "Baking"):
            raise _error("ActiveInstanceRefreshNotFound")
        self.now["Status"] = "RollbackInProgress"
        return {"InstanceRefreshId": self.now["InstanceRefreshId"]}

    def _CancelInstanceRefresh(self, params: Any) -> Any:  # noqa: N802
        raise AssertionError("there is a way back")

    @property
    def now(self) -> dict[str, Any] | None:
        return self.all[0] if self.all else None

    def go_on(self, moment: float) -> None:
        """Do what a group does in ten seconds."""
        refresh = self.now
        if refresh is None or refresh["Status"] not in ACTIVE or moment < self.until:
            return
        wanted = refresh["DesiredConfiguration"]["LaunchTemplate"]
        preferences = refresh["Preferences"]
        match refresh["Status"]:
            case "Pending":
                refresh |= {"Status": "InProgress", "PercentageComplete": 0}
            case "RollbackInProgress":
                self.versions = [self.source["Version"]] * 2
                refresh["Status"] = "RollbackSuccessful"
            case "InProgress" if not self.stalled:
                self._replace_one(refresh, wanted["Version"])
                hold = preferences.get("CheckpointDelay", 0) if self.reached == 50 else 0
                if self.reached == 100:
                    refresh["Status"] = "Baking"
                    hold = preferences.get("BakeTime", 0)
                self.until = moment + hold
            case "Baking":
                client("autoscaling").update_auto_scaling_group(
                    AutoScalingGroupName=self.group, LaunchTemplate=wanted
                )
                refresh["Status"] = "Successful"

    def _replace_one(self, refresh: dict[str, Any], version: str) -> None:
        if self.failing:
            refresh |= {"Status": "RollbackInProgress", "StatusReason": self.failing}
            return
        old = [index for index, each in enumerate(self.versions) if each != version]
        if old:
            self.versions[old[0]] = version
        self.reached = 50 if len(old) > 1 else 100
        refresh["PercentageComplete"] = self.reached

    def _template(self) -> dict[str, str]:
        (group,) = client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]
        found: dict[str, str] = group["LaunchTemplate"]
        return found


class _Answer:
    status_code = 200


def _error(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": code}}, "a call")
