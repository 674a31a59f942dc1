"""The server's own validation and defaults, which come after the policies: `--server-checks`.

They live in modules that need `dstack[server]` and seconds to import, and are imported where they are asked for. Of the database
they need one thing, the user who submits: a plain stand-in, which has the public key that every user of a server has.
"""

from types import SimpleNamespace
from typing import Any

from . import ssh_key
from .dstack_api import Dstack, ServerFunctions
from .protocol import Fact, JsonObject, Kind, LoadProblem


class ServerChecks:
    """dstack's validation for each kind. Raises `ImportError` where the server isn't installed."""

    def __init__(self, dstack: Dstack) -> None:
        self._functions: ServerFunctions = dstack.server_functions()
        # Of `UserModel` the functions read this alone.
        self._user = SimpleNamespace(ssh_public_key=ssh_key.public_key(), name="user", username="user")

    def apply(self, kind: Kind, spec: Any) -> None:
        """Validates and sets defaults, in place. Raises dstack's `ServerClientError`, or what the server would stumble over."""
        if kind == "run":
            self._functions.run(self._user, spec)
        elif kind == "fleet":
            self._functions.fleet(spec)
        elif kind == "volume":
            self._functions.volume(spec.configuration)
        else:
            self._functions.gateway(spec.configuration)

    def refuses_update(self, current: Any, new: Any) -> str | None:
        """Why a running service can't be updated in place, in dstack's words."""
        return self._functions.refuses_update(current, new)


def missing(error: BaseException, plugins: list[str]) -> LoadProblem:
    words = f"{type(error).__name__}: {error}"
    return {
        "plugin": ", ".join(plugins),
        "code": "no-server",
        "text": f"The server's own checks can't be imported in this engine: {words}. They need `dstack[server]`.",
        "traceback": None,
        "file": None,
        "line": None,
    }


def with_new_commands(data: JsonObject) -> JsonObject | None:
    """The spec of a service after its author changed what it runs; None where there is nothing to change."""
    configuration: dict[str, Any] = {**data["configuration"]}
    if configuration.get("type") != "service":
        return None
    if configuration.get("commands"):
        configuration["commands"] = [*configuration["commands"], ":"]
    elif configuration.get("groups"):
        first, *others = configuration["groups"]
        configuration["groups"] = [{**first, "commands": [*(first.get("commands") or []), ":"]}, *others]
    else:
        configuration["commands"] = [":"]
    return {**data, "configuration": configuration}


def blocked_update(words: str) -> Fact:
    return {"code": "blocks-update", "policy": None, "file": None, "line": None, "path": None, "text": words}
