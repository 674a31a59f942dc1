"""The groups of a run, under every name that dstack has given them."""

from typing import Any, cast


def replica_groups(configuration: Any) -> list[Any]:
    """The replica groups of a service; empty for a service without groups.

    dstack keeps them as `groups`. Before 0.21.3 they were a list under `replicas`, and a policy that
    knows one name alone accepts in silence what stands under the other one.
    """
    groups: list[Any] = list(getattr(configuration, "groups", None) or [])
    replicas = getattr(configuration, "replicas", None)
    if isinstance(replicas, list):
        groups += cast("list[Any]", replicas)
    return groups
