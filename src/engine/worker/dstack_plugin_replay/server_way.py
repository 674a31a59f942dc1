"""The server's way of a spec, the one thing about dstack that this project knows by itself: its HTTP layer needs a database.

    runs      `dstack._internal.server.services.runs.get_plan`: copy, policies, copy again
    fleets    `dstack._internal.server.services.fleets.get_plan`: the same
    volumes   `dstack._internal.server.services.volumes.create_volume`: the API takes the configuration alone, and the policies
              get a spec made of it; only `.configuration` of their result is used, as it is
    gateways  `dstack._internal.server.services.gateways.get_plan`: the policies get the submitted spec itself, and their result
              is used as it is; before the route `gateways/get_plan` came, as for volumes

To copy is to dump and to parse again. `apply_plan` of runs, fleets and gateways does the same as `get_plan` once more, and begins
with what the client sends again: the spec as it was before the plan. (That holds for gateways too: the CLI sends its own spec,
and not the one in the plan, which the policies may have changed.)
"""

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

from .dstack_api import Dstack, ServerChecks
from .protocol import JsonObject, Kind


class Accepted(NamedTuple):
    after: JsonObject
    # What the policies returned, and what the server goes on with.
    result: Any
    effective: Any


class Raised(NamedTuple):
    """Something raised: a policy, the second parse, or the making of the answer."""

    stage: Literal["policies", "parse", "checks", "answer"]
    error: BaseException
    # What the policies had returned, from the second stage on.
    result: Any


Phase = Accepted | Raised

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
    if dstack.server_checks is not None:
        dstack.server_checks.apply(kind, spec)
    return dstack.dump(spec)


def phase(dstack: Dstack, kind: Kind, spec: Any, policies: Callable[[Any], Any]) -> Phase:
    """Plan or apply with the policies. `spec` is nobody else's, so it already is the copy that the server makes of it."""
    result: Any = None
    # BaseException, here and below: `sys.exit` in a policy is an answer about the policy, not the end of the worker.
    try:
        result = policies(spec)
    except BaseException as error:
        return Raised("policies", error, None)
    effective = result
    if _COPIES[kind]:
        try:
            effective = dstack.copy(kind, result)
        except BaseException as error:
            return Raised("parse", error, result)
    try:
        if not _COPIES[kind]:
            # What isn't parsed again is taken apart.
            _ = effective.configuration
        if dstack.server_checks is not None:
            return _checked(dstack, dstack.server_checks, kind, result, effective)
        return Accepted(dstack.dump(effective), result, effective)
    except BaseException as error:
        return Raised("answer", error, result)


def has_apply(kind: Kind) -> bool:
    """Whether a plan is made first, and applied then. A volume is created at once."""
    return kind != "volume"


def parses_again(kind: Kind) -> bool:
    """Whether the server parses what the policies made."""
    return _COPIES[kind]


def _checked(dstack: Dstack, checks: ServerChecks, kind: Kind, result: Any, effective: Any) -> Phase:
    """With the server's defaults in the dump; what the policies' values became is told from the spec without them."""
    checked = dstack.copy(kind, result) if _COPIES[kind] else effective
    try:
        checks.apply(kind, checked)
    except BaseException as error:
        return Raised("checks", error, result)
    return Accepted(dstack.dump(checked), result, effective)
