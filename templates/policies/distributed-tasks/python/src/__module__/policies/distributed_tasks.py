"""Rejects tasks of more than one node outside the projects that may have them."""

from typing import Any

from dstack.plugins import ApplyPolicy, RunSpec

from ..settings import Settings


class DistributedTasks(ApplyPolicy):
    """The nodes of a distributed task share a network and reach each other's ports."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def on_run_apply(self, user: str, project: str, spec: RunSpec) -> RunSpec:
        allowed = self._settings.limits(user, project).distributed_task_projects
        nodes = _nodes(spec.configuration)
        if nodes > 1 and project not in allowed:
            raise ValueError(
                f"Distributed tasks aren't allowed in project {project}: use one node instead of {nodes}"
                + (f", or apply in {' or '.join(allowed)}" if allowed else "")
            )
        return spec


def _nodes(configuration: Any) -> int:
    if configuration.type != "task":
        return 1
    groups = getattr(configuration, "groups", None)  # of nodes; older dstack has none
    if groups:
        return sum(group.nodes for group in groups)
    return configuration.nodes or 1
