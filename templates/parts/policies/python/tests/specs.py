"""Specs as the server hands them to policies, parsed by dstack itself."""

from typing import Any

from dstack.plugins import FleetSpec, GatewaySpec, RunSpec, VolumeSpec

TASK: dict[str, Any] = {"type": "task", "commands": ["true"]}
SERVICE: dict[str, Any] = {"type": "service", "commands": ["true"], "port": 8000}
DEV_ENVIRONMENT: dict[str, Any] = {"type": "dev-environment", "ide": "vscode"}


def run(configuration: dict[str, Any], profile: dict[str, Any] | None = None) -> RunSpec:
    """A run; without a profile it is None, as the API allows."""
    return RunSpec.model_validate({"configuration": configuration, "profile": profile})


def offer() -> RunSpec:
    """The dummy task that `dstack offer` sends through the policies."""
    resources = {"cpu": "1..", "memory": "0..", "gpu": "0..", "disk": None}
    dummy = {"type": "task", "image": "scratch", "commands": [":"], "user": "root"}
    return run(dummy | {"resources": resources}, {"name": "default"})


def fleet(configuration: dict[str, Any], profile: dict[str, Any] | None = None) -> FleetSpec:
    """A fleet; unlike a run it always has a profile."""
    return FleetSpec.model_validate(
        {"configuration": {"type": "fleet"} | configuration, "profile": profile or {}}
    )


def volume(configuration: dict[str, Any]) -> VolumeSpec:
    place = {"type": "volume", "backend": "aws", "region": "eu-central-1", "size": "100GB"}
    return VolumeSpec.model_validate({"configuration": place | configuration})


def gateway(configuration: dict[str, Any]) -> GatewaySpec:
    place = {"type": "gateway", "backend": "aws", "region": "eu-central-1"}
    return GatewaySpec.model_validate({"configuration": place | configuration})
