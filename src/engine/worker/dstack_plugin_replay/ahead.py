"""Children that are forked before there is a request for them: each has its samples ready, and waits to load the plugins.

Where somebody watches, most requests differ from the last one in the plugins' code alone, which no child loads before it begins.
"""

import gc
import json
import os
from typing import Any, NamedTuple, cast

from . import batch, descriptors
from .channels import Channels
from .child import Child
from .dstack_api import Dstack
from .errand import Order
from .protocol import ReplayRequest, encode
from .reading import Part
from .reads import Reads
from .schemas import build_left
from .surface import Surface

# What each request has of its own.
_OWN = frozenset(("id", "unchanged", "learns", "offer"))
_END = b"\n"


class _Waiting(NamedTuple):
    child: Child
    part: Part
    # What is written there is what it waits for.
    begin: int


class Ahead:
    """Those that wait for a request like the last one. They have no limits: another child, which had, parsed the same before."""

    def __init__(self, dstack: Dstack, reads: Reads) -> None:
        self._dstack = dstack
        self._reads = reads
        self._likely: ReplayRequest | None = None
        self._parts: list[Part] = []
        self._waiting: list[_Waiting] = []

    @property
    def descriptors(self) -> list[int]:
        """What no other child must have."""
        return [descriptor for each in self._waiting for descriptor in (*each.child.pipes, each.begin)]

    def expect(self, request: ReplayRequest, parts: list[Part]) -> None:
        """What will most likely come next: a request like this one, in such parts."""
        self.drop()
        self._likely, self._parts = request, parts

    def fork(self, private: tuple[int, ...]) -> None:
        """Forks a child for each part of the request that is expected; once."""
        request, parts = self._likely, self._parts
        self._parts = []
        if request is not None and parts:
            # What a child would build of dstack while it reads or loads would look as if the plugins had altered it.
            gc.disable()
            build_left()
            gc.freeze()
            gc.enable()
            for part in parts:
                self._waiting.append(self._forked(request, part, (*private, *self.descriptors)))

    def _forked(self, request: ReplayRequest, part: Part, private: tuple[int, ...]) -> _Waiting:
        told, begin = os.pipe()

        def work(channels: Channels) -> None:
            files = [request["samples"][number]["file"] for number in part if number >= 0]
            self._reads.get_ready(self._dstack, files)
            surface = Surface()
            # What is there now is never garbage.
            gc.freeze()
            received = _receive(told)
            os.close(told)
            if received is not None:
                rest, asks = received
                order = Order(cast(ReplayRequest, {**rest, "samples": request["samples"]}), part, asks)
                batch.run(self._dstack, order, self._reads, channels, surface)

        child = Child(work, (*private, begin))
        os.close(told)
        return _Waiting(child, part, begin)

    def begin(self, request: ReplayRequest) -> None:
        """Before a request: those that wait for another one are of no use."""
        likely = self._likely
        if likely is None or not request.get("unchanged", False) or _lasting(request) != _lasting(likely):
            self.drop()

    def claim(self, order: Order) -> Child | None:
        """Has the child that waits for this begin; None: there is no such child."""
        for each in self._waiting:
            # In the same order as well.
            if list(each.part.items()) == list(order.part.items()):
                self._waiting.remove(each)
                line = encode([{key: value for key, value in order.request.items() if key != "samples"}, order.asks]) + _END
                try:
                    descriptors.write(each.begin, line)
                except OSError:
                    # It is gone.
                    each.child.drop()
                    return None
                finally:
                    os.close(each.begin)
                return each.child
        return None

    def drop(self) -> None:
        """Ends all that wait; nothing is expected any more."""
        for each in self._waiting:
            os.close(each.begin)
            each.child.drop()
        self._waiting.clear()
        self._likely, self._parts = None, []


def _lasting(request: ReplayRequest) -> dict[str, Any]:
    return {key: value for key, value in request.items() if key not in _OWN}


def _receive(descriptor: int) -> tuple[dict[str, Any], bool] | None:
    """The request but for its samples, and whether to ask for the chain; None: there is nothing to do any more."""
    data = b""
    while not data.endswith(_END):
        more = descriptors.read(descriptor)
        if not more:
            return None
        data += more
    request, asks = json.loads(data)
    return request, asks
