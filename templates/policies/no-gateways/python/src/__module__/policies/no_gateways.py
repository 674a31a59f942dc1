"""Keeps gateways, which put services on the internet, in the hands of those who run the platform."""

from dstack.plugins import ApplyPolicy, GatewaySpec

from ..settings import Settings


class NoGateways(ApplyPolicy):
    """Rejects gateways of everyone but the users in the settings. Services may use what is there."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def on_gateway_apply(self, user: str, project: str, spec: GatewaySpec) -> GatewaySpec:
        allowed = self._settings.limits(user, project).gateway_users
        if user not in allowed:
            raise ValueError(
                f"User {user} may not create or change gateways"
                + (f": ask {' or '.join(allowed)}" if allowed else "")
            )
        return spec
