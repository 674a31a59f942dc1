"""Sees to it that whatever costs money says whose it is."""

from collections.abc import Mapping

from dstack.plugins import ApplyPolicy, FleetSpec, GatewaySpec, RunSpec, VolumeSpec

from ..effective import effective
from ..settings import Settings

AnySpec = RunSpec | FleetSpec | VolumeSpec | GatewaySpec


class RequiredTags(ApplyPolicy):
    """Adds a missing tag that has a default, and rejects where it has none. An empty tag is missing.

    Tags of the configuration replace those of the profile, all at once. So what the profile has is
    copied along when a tag is added.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def on_run_apply(self, user: str, project: str, spec: RunSpec) -> RunSpec:
        # `dstack offer` sends a task of the image `scratch` to see the prices. It can't be told from
        # a run in any other way, and nobody can run that image: there is nothing in it.
        if spec.configuration.type == "task" and spec.configuration.image == "scratch":
            return spec
        self._complete(user, project, spec, effective(spec, "tags"))
        return spec

    def on_fleet_apply(self, user: str, project: str, spec: FleetSpec) -> FleetSpec:
        # The machines of an SSH fleet are in no cloud's bill, and dstack refuses tags for them.
        if spec.configuration.ssh_config is None:
            self._complete(user, project, spec, effective(spec, "tags"))
        return spec

    def on_volume_apply(self, user: str, project: str, spec: VolumeSpec) -> VolumeSpec:
        self._complete(user, project, spec, spec.configuration.tags)
        return spec

    def on_gateway_apply(self, user: str, project: str, spec: GatewaySpec) -> GatewaySpec:
        self._complete(user, project, spec, spec.configuration.tags)
        return spec

    def _complete(
        self, user: str, project: str, spec: AnySpec, tags: Mapping[str, str] | None
    ) -> None:
        present = tags or {}
        required = self._settings.limits(user, project).required_tags
        missing = {name: value for name, value in required.items() if not present.get(name)}
        added = {name: value for name, value in missing.items() if value is not None}
        if len(added) < len(missing):
            names = ", ".join(f"`{name}`" for name in missing if name not in added)
            raise ValueError(f"Required tags are missing: set {names} under `tags`")
        if added:
            spec.configuration.tags = {**present, **added}
