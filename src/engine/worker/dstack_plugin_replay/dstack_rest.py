"""dstack's builtin `rest_plugin`, which passes specs on to a plugin service: an HTTP server.

Importing it takes a while, so that the supervisor does it once, where a run enables it.
"""

# pyright: reportMissingTypeStubs=false

from typing import Any

# Its name among the plugins of `server/config.yml`. It is a builtin: no package has an entry point for it.
NAME = "rest_plugin"


class RestPlugin:
    """The plugin, and the client that it sends its requests with."""

    def __init__(self) -> None:
        import requests
        from dstack.plugins.builtin import rest_plugin

        self.module: Any = rest_plugin
        self.policy_class: type[Any] = rest_plugin.CustomApplyPolicy
        self.uri_variable: str = rest_plugin.PLUGIN_SERVICE_URI_ENV_VAR_NAME
        self.requests: Any = requests


def import_rest_plugin() -> RestPlugin | None:
    """None where it can't be imported: what dstack says about that is said when it loads its plugins."""
    try:
        return RestPlugin()
    except Exception:
        return None
