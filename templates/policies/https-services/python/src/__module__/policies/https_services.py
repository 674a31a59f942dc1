"""Turns HTTPS on for services that switch it off."""

from dstack.plugins import ApplyPolicy, RunSpec


class HttpsServices(ApplyPolicy):
    """Only an explicit `https: false` is changed.

    Nothing set means true, and `auto` follows the gateway, which may have its certificate elsewhere.
    """

    def on_run_apply(self, user: str, project: str, spec: RunSpec) -> RunSpec:
        if spec.configuration.type == "service" and spec.configuration.https is False:
            spec.configuration.https = True
        return spec
