"""The server's way of a spec, the one thing about dstack that this project knows by itself: its HTTP layer needs a database.

    runs      `dstack._internal.server.services.runs.get_plan`: copy, policies, copy again
    fleets    `dstack._internal.server.services.fleets.get_plan`: the same
    volumes   `dstack._internal.server.services.volumes.create_volume`: the API takes the configuration alone, and the policies
              get a spec made of it; only `.configuration` of their result is used, as it is
    gateways  `dstack._internal.server.services.gateways.get_plan`: the policies get the submitted spec itself, and their result
              is used as it is; before the route `gateways/get_plan` came, as for volumes

To copy is to dump and to parse again. Here is the phase that makes the plan. `apply_plan` begins with the same submitted spec.
"""

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

from .dstack_api import Dstack
from .protocol import JsonObject, Kind


class Accepted(NamedTuple):
    after: JsonObject


class Raised(NamedTuple):
    """Something raised: a policy, the second parse, or the making of the answer."""

    stage: Literal["policies", "parse", "answer"]
    error: BaseException
    # What the policies had returned, from the second stage on.
    result: Any


Walk = Accepted | Raised

# Whether the policies get a copy, and whether their result is parsed again.
_COPIES: dict[Kind, bool] = {"run": True, "fleet": True, "volume": False, "gateway": False}


def submitted(dstack: Dstack, kind: Kind, spec: Any) -> JsonObject:
    """What arrives at the server of a spec that the CLI sends, as the JSON that every phase starts from."""
    data = dstack.dump(spec)
    if kind == "volume" or (kind == "gateway" and dstack.drops_gateway_path()):
        data = {"configuration": data["configuration"]}
    return data


def without_policies(dstack: Dstack, kind: Kind, data: JsonObject) -> JsonObject:
    """The dump that the server's way gives where no plugin is enabled."""
    spec = dstack.parse(kind, data)
    if _COPIES[kind]:
        spec = dstack.copy(kind, spec)
    return dstack.dump(spec)


def plan(dstack: Dstack, kind: Kind, data: JsonObject, policies: Callable[[Any], Any]) -> Walk:
    """One phase with the policies, from a spec that nobody has seen before."""
    # A spec parsed from JSON is nobody else's, so it already is the copy that the server makes of what was submitted.
    spec = dstack.parse(kind, data)
    result: Any = None
    # BaseException, here and below: `sys.exit` in a policy is an answer about the policy, not the end of the worker.
    try:
        result = policies(spec)
    except BaseException as error:
        return Raised("policies", error, None)
    if _COPIES[kind]:
        try:
            result = dstack.copy(kind, result)
        except BaseException as error:
            return Raised("parse", error, result)
    try:
        if not _COPIES[kind]:
            # What isn't parsed again is taken apart.
            _ = result.configuration
        return Accepted(dstack.dump(result))
    except BaseException as error:
        return Raised("answer", error, result)
