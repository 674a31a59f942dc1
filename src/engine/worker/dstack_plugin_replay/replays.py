"""One request: its replays in shares, some of them side by side, and its answers."""

import json
import os
from collections.abc import Iterable
from typing import Protocol

from . import batch, offer, server_checks
from .channels import Channels
from .dstack_api import Dstack
from .errand import End, Errand, Limits
from .order import Order
from .outside import Learned
from .protocol import LoadProblem, ReplayRequest, encode
from .reading import Part
from .reads import Reads
from .server_checks import ServerChecks
from .share import Share, Task

# Below this many replays, a second child costs more than it saves.
_WORTH_TWO = 64
_WORTH_FOUR = 400
# Every child holds all samples that it has read.
_MOST = 500


class Forker(Protocol):
    """What the supervisor does for a request."""

    def say(self, line: bytes) -> None: ...

    def fork(self, errand: Errand) -> End: ...

    def run(self, tasks: Iterable[Task], lanes: int, busy: bool) -> None: ...

    def is_ready(self) -> bool: ...

    def learn(self, learned: Learned, soon: bool) -> None: ...

    def expect(self, request: ReplayRequest, parts: list[Part]) -> None: ...


class Replays:
    """One request, from its preparation to its end."""

    def __init__(self, forker: Forker, dstack: Dstack, request: ReplayRequest, lanes: int, reads: Reads) -> None:
        self._forker = forker
        self._dstack = dstack
        self._request = request
        self._id = request["id"]
        # As many children at a time as the machine can run beside those of other workers.
        self._lanes = max(1, lanes // request.get("workers", 1))
        self._reads = reads
        # None: the samples aren't replayed the other way round.
        self._order: Order | None = None
        # While they are, nothing is said.
        self._backwards = False
        self._goes_on = False
        # Why there is no built-in sample.
        self._no_offer: str | None = None
        self.loaded = False
        self.over = False
        # What was replayed last, of the parts that begin at once.
        self._parts: list[Part] = []
        # By stage, of all children together.
        self._spent: dict[str, float] = {}

    def run(self) -> None:
        checks = self._request.get("checks")
        self._dstack.server_checks = None
        self._reads.begin(self._request)
        requested = {number: list(range(len(sample["contexts"]))) for number, sample in enumerate(self._request["samples"])}
        if checks is None:
            self._replay(self._shares(requested))
        elif self._prepare(checks["server"]):
            order = checks["order"] and sum(map(len, requested.values())) > 1
            if order:
                self._order, self._backwards = Order(), True
                self._replay([{number: requested[number][::-1] for number in reversed(requested)}])
                self._backwards, self.loaded, self.over = False, False, False
            if checks["offer"] and self._build_offer():
                requested[offer.SAMPLE] = [0]
            # What comes of samples one after the other shows only in one process.
            self._replay([requested] if order else self._shares(requested))
        self._forker.say(encode({"type": "done", "id": self._id, "spent": self._spent}))
        # A service has its own processes, and is slower than all that could be done before.
        if self._request.get("again", False) and self._request.get("service") is None:
            self._forker.expect(self._request, self._parts)

    def _replay(self, parts: list[Part]) -> None:
        again = self._request.get("again", False)
        self._request["learns"] = again or not self._forker.is_ready()
        # Whether more children will come.
        self._goes_on = again or len(parts) > self._lanes
        self._parts = [{number: list(contexts) for number, contexts in part.items()} for part in parts[: self._lanes]]
        shares = [Share(self, self._dstack, self._request, part, self._reads) for part in parts]
        self._forker.run((share.replay() for share in shares), self._lanes, busy=len(parts) > 1)

    def _shares(self, requested: Part) -> list[Part]:
        """Parts of about the same size, each for a child of its own: as many on every machine, so that results are the same."""
        replays = sum(map(len, requested.values()))
        service = self._request.get("service")
        if replays < _WORTH_TWO or not (service is None or service["concurrent"]):
            return [requested]
        if service is not None:
            # Of what it logs from here on, nobody can tell which replay it belongs to.
            service["log"] = None
        count = 2 if replays < _WORTH_FOUR else 4 * -(-replays // (4 * _MOST))
        parts: list[Part] = [{}]
        done = 0
        for number, contexts in requested.items():
            if parts[-1] and done >= replays * len(parts) / count:
                parts.append({})
            parts[-1][number] = contexts
            done += len(contexts)
        return parts

    def _prepare(self, server: bool) -> bool:
        """Imports what the server's checks need: here, so that no child has to do it again."""
        if server:
            try:
                self._dstack.server_checks = ServerChecks(self._dstack)
            except Exception as error:
                self.refuse([server_checks.missing(error, self._request["plugins"])], [])
                return False
        return True

    def _build_offer(self) -> bool:
        if not self._request["samples"] or not self._request["samples"][0]["contexts"]:
            return False
        path = self._request.get("offerCache")
        found = offer.kept(path)
        if found is None:
            found = offer_of_a_child(self._forker, self._dstack)
            offer.keep(path, found)
        self._no_offer = found.missing
        if found.spec is not None:
            self._request["offer"] = found.spec
        return found.spec is not None

    # What shares tell

    def say(self, line: bytes) -> None:
        if not self._backwards and not self.over:
            self._forker.say(line)

    def spend(self, seconds: dict[str, float]) -> None:
        self._spent = {stage: round(self._spent.get(stage, 0.0) + more, 6) for stage, more in seconds.items()}

    def learn(self, learned: Learned) -> None:
        # Those that are forked from now on needn't say it again.
        self._request["learns"] = False
        self._forker.learn(learned, self._goes_on)

    def keep(self, sample: int, read: bytes) -> None:
        self._reads.keep(sample, read)

    def load(self, plugins_and_policies: bytes, logs: list[str]) -> None:
        """The first child that has loaded the plugins says for all what these are."""
        if not self.loaded:
            self.loaded = True
            head = encode({"id": self._id, "type": "loaded", "logs": logs, "noOffer": self._no_offer})
            self.say(head[:-1] + b"," + plugins_and_policies[1:])

    def refuse(self, problems: list[LoadProblem], logs: list[str]) -> None:
        """The plugins don't load. Backwards it isn't said: it is once more, by those that go forwards."""
        self.say(encode({"type": "not-loaded", "id": self._id, "problems": problems, "logs": logs}))
        self.over = True

    def answer(self, sample: int, context: int, answer: bytes) -> None:
        if self._order is not None:
            if self._backwards:
                self._order.remember(sample, context, answer)
                return
            fact = self._order.fact(sample, context, answer)
            if fact is not None:
                whole = json.loads(answer)
                answer = encode({**whole, "facts": [*whole["facts"], fact]})
        self.say(answer)


def offer_of_a_child(forker: Forker, dstack: Dstack) -> offer.Offer:
    """The dummy task of `dstack offer`, built in a process of its own."""
    built: list[offer.Offer] = []

    def work(channels: Channels) -> None:
        batch.build_offer(dstack, channels)

    def on_line(line: bytes, printed: list[str], logs: list[str]) -> None:
        built.append(offer.Offer(**json.loads(line[2:])))

    # The import of dstack's command line isn't the plugin's, and its time is no matter of the plugin's limits.
    end = forker.fork(Errand(work, on_line, Limits(60, 60, 60)))
    return built[0] if built else offer.Offer(None, f"the spec of `dstack offer` can't be built: {end.text}")


def lanes() -> int:
    """How many children may run at a time: as the machine has processors for this process, up to four."""
    affinity = getattr(os, "sched_getaffinity", None)
    return min(4, len(affinity(0)) if affinity is not None else os.cpu_count() or 1)
