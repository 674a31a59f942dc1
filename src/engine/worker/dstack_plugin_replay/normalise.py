"""Dumps of other dstack versions, parsed and dumped by this one, so that specs of several versions can be compared."""

from typing import Any, TypedDict

from .dstack_api import Dstack
from .protocol import JsonObject, Kind


class NormaliseRequest(TypedDict):
    id: int
    kind: Kind
    dumps: list[JsonObject | None]


def normalise(dstack: Dstack, request: NormaliseRequest) -> JsonObject:
    """For each dump its form here, or why this version refuses it. No plugin has a part in it."""
    dumps: list[Any] = []
    refusals: list[str | None] = []
    for dump in request["dumps"]:
        try:
            dumps.append(None if dump is None else dstack.dump(dstack.parse(request["kind"], dump)))
            refusals.append(None)
        except Exception as error:
            dumps.append(None)
            refusals.append(_why(dstack, error))
    return {"type": "normalised", "id": request["id"], "dumps": dumps, "refusals": refusals}


def _why(dstack: Dstack, error: Exception) -> str:
    """Where it refuses, and in which words. These may hold a secret of the sample, which the parent masks."""
    refusals = dstack.refusals(error)
    if not refusals:
        return type(error).__name__
    loc, message = refusals[0]
    path = ".".join(str(part) for part in loc)
    return f"{path}: {message}" if path else message
