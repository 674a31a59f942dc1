"""Whether a run that was started with one spec could be updated in place to another: dstack's own answer."""

from typing import TypedDict

from .dstack_api import Dstack
from .protocol import JsonObject


class Update(TypedDict):
    """Two effective specs of one run, as dumps."""

    running: JsonObject
    new: JsonObject


class UpdatesRequest(TypedDict):
    id: int
    updates: list[Update]


def judge(dstack: Dstack, request: UpdatesRequest) -> JsonObject:
    """For each update why dstack refuses it, or None. Needs `dstack[server]`; no plugin has a part in it."""
    functions = dstack.server_functions()
    refusals: list[str | None] = []
    for update in request["updates"]:
        running, new = dstack.parse("run", update["running"]), dstack.parse("run", update["new"])
        refusals.append(functions.refuses_update(running, new))
    return {"type": "updates", "id": request["id"], "refusals": refusals}
