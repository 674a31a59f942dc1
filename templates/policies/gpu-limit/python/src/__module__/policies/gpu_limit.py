"""Limits the GPUs of one run or one fleet, over all its nodes or replicas."""

from typing import Any

from dstack.plugins import ApplyPolicy, FleetSpec, RunSpec

from ..groups import replica_groups
from ..settings import Settings


class GpuLimit(ApplyPolicy):
    """Rejects what asks for more GPUs than allowed, and narrows a range that may end above the limit.

    A run that names no number of GPUs has such a range: it could get any machine. What the least
    numbers leave of the limit is shared equally among all nodes or replicas that have a range.

    A fleet is made once and on purpose, so nothing is narrowed: its nodes and its GPUs have to end
    somewhere. The machines of an SSH fleet exist already, and are left alone.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def on_run_apply(self, user: str, project: str, spec: RunSpec) -> RunSpec:
        limit = self._settings.limits(user, project).max_gpus
        parts = [(instances, _gpu_count(part)) for instances, part in _parts(spec.configuration)]
        least = sum(instances * (count.min or 0) for instances, count in parts)
        if least > limit:
            raise ValueError(
                f"This run asks for {least} GPUs over all its nodes or replicas, and {limit} are"
                " allowed: lower `gpu`, `nodes` or `replicas`"
            )
        ranges = [(instances, count) for instances, count in parts if count.min != count.max]
        share = (limit - least) // max(sum(instances for instances, _ in ranges), 1)
        for _, count in ranges:
            most = (count.min or 0) + share
            if count.max is None or count.max > most:
                count.max = most
        return spec

    def on_fleet_apply(self, user: str, project: str, spec: FleetSpec) -> FleetSpec:
        configuration = spec.configuration
        if configuration.ssh_config is not None or configuration.nodes is None:
            return spec
        limit = self._settings.limits(user, project).max_gpus
        gpu = configuration.resources and configuration.resources.gpu
        nodes, gpus = configuration.nodes.max, gpu and gpu.count.max
        if gpus != 0 and (nodes is None or gpus is None or nodes * gpus > limit):
            raise ValueError(
                f"A fleet may have at most {limit} GPUs, its nodes times the GPUs of each: set `nodes`"
                " and `gpu` to numbers or ranges that end within it, or `gpu: 0` for none"
            )
        return spec


def _parts(configuration: Any) -> list[tuple[int, Any]]:
    """How many instances a run has at most, and the resources of each, group by group."""
    if configuration.type == "service":
        groups = replica_groups(configuration)
        if groups:
            return [(_most_replicas(group), group.resources) for group in groups]
        return [(_most_replicas(configuration), configuration.resources)]
    if configuration.type == "task":
        # The node groups; older dstack has none.
        groups = getattr(configuration, "groups", None)
        if groups:
            return [(group.nodes, group.resources) for group in groups]
        return [(configuration.nodes or 1, configuration.resources)]
    return [(1, configuration.resources)]


def _most_replicas(part: Any) -> int:
    # Replica groups said `count` before they said `replicas`.
    replicas = getattr(part, "replicas", None) or getattr(part, "count", None)
    return 1 if replicas is None else replicas.max


def _gpu_count(resources: Any) -> Any:
    if resources.gpu is None:
        # Means any number, as dstack's default does, and only an older client sends it.
        resources.gpu = type(resources)().gpu
    return resources.gpu.count
