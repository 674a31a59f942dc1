"""Rejects privileged containers: whoever gets one owns the machine that it runs on."""

from typing import Any

from dstack.plugins import ApplyPolicy, RunSpec

from ..groups import replica_groups


class NoPrivileged(ApplyPolicy):
    """Looks at `privileged` and at `docker`, which needs a privileged container as well.

    Both may be set for the whole run, and for each replica group of a service.
    """

    def on_run_apply(self, user: str, project: str, spec: RunSpec) -> RunSpec:
        parts: dict[str, Any] = {"the configuration": spec.configuration}
        for group in replica_groups(spec.configuration):
            parts[f"replica group {group.name}"] = group
        for place, part in parts.items():
            for field in ("privileged", "docker"):
                if getattr(part, field, None):
                    raise ValueError(
                        f"Privileged containers aren't allowed: remove `{field}: true` from {place}"
                    )
        return spec
