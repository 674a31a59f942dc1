"""Caps the price of an instance."""

from dstack.plugins import ApplyPolicy, FleetSpec, RunSpec

from ..effective import effective
from ..settings import Settings


class MaxPrice(ApplyPolicy):
    """Lowers `max_price` to the limit, and writes the limit where there is none, which means unlimited.

    It is dollars an hour for each instance: more nodes or replicas cost more in sum. The limit is
    written to the configuration, which wins over the profile.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def on_run_apply(self, user: str, project: str, spec: RunSpec) -> RunSpec:
        self._cap(user, project, spec)
        return spec

    def on_fleet_apply(self, user: str, project: str, spec: FleetSpec) -> FleetSpec:
        # The machines of an SSH fleet have no price, and dstack refuses one for them.
        if spec.configuration.ssh_config is None:
            self._cap(user, project, spec)
        return spec

    def _cap(self, user: str, project: str, spec: RunSpec | FleetSpec) -> None:
        limit = self._settings.limits(user, project).max_price
        price: float | None = effective(spec, "max_price")
        if price is None or price > limit:
            spec.configuration.max_price = limit
