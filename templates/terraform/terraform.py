"""The Terraform configurations below `infra/`: what they would change, do, and say."""

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from .release import DeploymentError, NotBegunError

INFRASTRUCTURE = Path("infra")
TERRAFORM = os.environ.get("TERRAFORM", "terraform")
# What it says where it does not even begin: someone else changes the state, or has since the plan.
LOCKED = "Error acquiring the state lock"
LATE = (LOCKED, "Saved plan is stale")


@dataclass(frozen=True)
class Stack:
    """A configuration, and one state of it.

    Attributes:
        name: its folder below `infra/`.
        key: which state it is; a file `<key>.tfvars` in the folder has its variables.
        backend: where the state is kept.
    """

    name: Literal["foundation", "service"]
    key: Literal["foundation", "staging", "production"]
    backend: Mapping[str, str]

    def plan(self, **variables: Any) -> str:
        """Return what would change, as Terraform shows it.

        Args:
            variables: those that are not in `<key>.tfvars`; any value that JSON has.

        Raises DeploymentError with Terraform's own words if it fails.
        """
        self._init()
        self._run("plan", "-input=false", f"-out={self._saved}", *self._variables(variables))
        return self._run("show", self._saved)

    def apply(self) -> None:
        """Do what `plan` has shown, and nothing else.

        Raises NotBegunError if another deployment is at it, or was faster.
        """
        try:
            self._run("apply", "-input=false", self._saved, shown=True)
        except DeploymentError as error:
            if any(words in str(error) for words in LATE):
                raise NotBegunError(str(error)) from error
            raise

    def outputs(self) -> dict[str, Any]:
        """Return the values that the configuration gives; none if it was never applied."""
        self._init()
        found: dict[str, Any] = json.loads(self._run("output", "-json"))
        return {name: output["value"] for name, output in found.items()}

    def destroy(self, **variables: Any) -> None:
        """Remove everything that the configuration has made."""
        self._init()
        flags = ("-input=false", "-auto-approve")
        self._run("destroy", *flags, *self._variables(variables), shown=True)

    @property
    def _folder(self) -> Path:
        return INFRASTRUCTURE / self.name

    @property
    def _kept(self) -> str:
        """What Terraform keeps in the folder, for each of its states apart: two may be at work."""
        return ".terraform" if self.key == self.name else f".terraform/{self.key}"

    @property
    def _saved(self) -> str:
        return f"{self._kept}/tfplan"

    def _init(self) -> None:
        backend = [f"-backend-config={name}={value}" for name, value in self.backend.items()]
        self._run("init", "-input=false", "-reconfigure", *backend)

    def _variables(self, variables: dict[str, Any]) -> list[str]:
        # A file takes any value as it is, and shows none to those who list the processes.
        file = f"{self._kept}/variables.tfvars.json"
        (self._folder / file).write_text(json.dumps(variables), encoding="utf-8")
        return [f"-var-file={self.key}.tfvars", f"-var-file={file}"]

    def _run(self, command: str, *arguments: str, shown: bool = False) -> str:
        """Run a command; return what it prints, or show it, for what takes its time."""
        try:
            process = subprocess.Popen(
                [TERRAFORM, f"-chdir={self._folder}", command, "-no-color", *arguments],
                env=os.environ | {"TF_IN_AUTOMATION": "1", "TF_DATA_DIR": self._kept},
                stdout=None if shown else subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        except FileNotFoundError as error:
            raise DeploymentError(
                "Deploying needs Terraform: https://developer.hashicorp.com/terraform/install"
            ) from error
        with process:
            try:
                output, errors = process.communicate()
            except KeyboardInterrupt:
                # Terraform was told, too. It ends what it has begun, and lets go of the state.
                process.communicate()
                raise
        if process.returncode:
            if LOCKED in errors:
                errors += (
                    "\nIf nobody is at it, because that deployment was killed: "
                    f"TF_DATA_DIR={self._kept} terraform -chdir={self._folder} force-unlock <ID>"
                )
            raise DeploymentError(f"terraform {command} failed:\n{errors.strip()}")
        return output or ""
