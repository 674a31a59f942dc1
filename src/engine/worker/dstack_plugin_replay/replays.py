"""One request: its replays in one child, and where one of them ends or alters that, the others in the next."""

import json
import os
from collections.abc import Callable
from typing import Any, Protocol

from . import batch, endings, loading, offer, server_checks, stacks
from .batch import Channels, Part
from .child import BUG, End, Limits
from .dstack_api import Dstack
from .exchanges import unfinished
from .frames import Author
from .order import Order
from .protocol import Exchange, Fact, LoadProblem, PolicyPlace, ReplayRequest, encode
from .server_checks import ServerChecks
from .service import size_of


class Forker(Protocol):
    """What the supervisor does for a request."""

    def say(self, line: bytes) -> None: ...

    def fork(
        self,
        work: Callable[[Channels], None],
        on_line: Callable[[bytes, list[str], list[str]], None],
        limits: Limits,
    ) -> End: ...


class Replays:
    """One request: its open replays, and what has been answered."""

    def __init__(self, forker: Forker, dstack: Dstack, request: ReplayRequest) -> None:
        self._forker = forker
        self._dstack = dstack
        self._request = request
        self._id = request["id"]
        # None: the samples aren't replayed the other way round.
        self._order: Order | None = None
        # While they are, nothing is said.
        self._backwards = False
        # Why there is no built-in sample.
        self._no_offer: str | None = None
        self._begin(self._requested())
        timeout = request["timeout"]
        # To load a plugin takes the import of all that it uses, often without bytecode: more than a phase of a replay.
        self._limits = Limits(timeout, timeout * 3, timeout)

    def _requested(self) -> Part:
        return {number: list(range(len(sample["contexts"]))) for number, sample in enumerate(self._request["samples"])}

    def _begin(self, part: Part) -> None:
        # Every replay that has no answer yet, in the order in which they are tried.
        self._open = part
        # Whether a child asks for the chain of policies before it replays.
        self._asks = True
        self._told: set[tuple[int, int]] = set()
        self._loaded = False
        self._failed: list[str] | None = None
        # Replays that the child at hand has answered.
        self._answered = 0
        self._load_logs: list[str] = []
        # What the replay at hand sent to the plugin service last, and the bytes in that one's log before.
        self._sent: Exchange | None = None
        self._logged = self._log_size()

    def run(self) -> None:
        checks = self._request.get("checks")
        self._dstack.server_checks = None
        if checks is None:
            self._replay_all()
        elif self._prepare(checks["server"]):
            requested = self._requested()
            if checks["order"] and sum(map(len, requested.values())) > 1:
                self._order, self._backwards = Order(), True
                self._begin({number: requested[number][::-1] for number in reversed(requested)})
                self._replay_all()
                self._backwards = False
            if checks["offer"] and self._build_offer():
                requested[offer.SAMPLE] = [0]
            self._begin(requested)
            self._replay_all()
        self._forker.say(encode({"type": "done", "id": self._id}))

    def _prepare(self, server: bool) -> bool:
        """Imports what the server's checks need: here, so that no child has to do it again."""
        if server:
            try:
                self._dstack.server_checks = ServerChecks(self._dstack)
            except Exception as error:
                problem = server_checks.missing(error, self._request["plugins"])
                self._say(encode({"type": "not-loaded", "id": self._id, "problems": [problem], "logs": []}))
                return False
        return True

    def _build_offer(self) -> bool:
        if not self._request["samples"] or not self._request["samples"][0]["contexts"]:
            return False
        path = self._request.get("offerCache")
        found = offer.kept(path)
        if found is None:
            found = self._offer_of_a_child()
            offer.keep(path, found)
        self._no_offer = found.missing
        if found.spec is not None:
            self._request["offer"] = found.spec
        return found.spec is not None

    def _offer_of_a_child(self) -> offer.Offer:
        built: list[offer.Offer] = []

        def work(channels: Channels) -> None:
            batch.build_offer(self._dstack, channels)

        def on_line(line: bytes, printed: list[str], logs: list[str]) -> None:
            built.append(offer.Offer(**json.loads(line[2:])))

        # The import of dstack's command line isn't the plugin's, and its time is no matter of the plugin's limits.
        end = self._forker.fork(work, on_line, Limits(60, 60, 60))
        return built[0] if built else offer.Offer(None, f"the spec of `dstack offer` can't be built: {end.text}")

    def _say(self, line: bytes) -> None:
        if not self._backwards:
            self._forker.say(line)

    def _replay_all(self) -> None:
        # Without samples the plugins are loaded all the same: whether they can be is an answer.
        while self._open or not self._loaded:
            end = self._fork({number: list(contexts) for number, contexts in self._open.items()})
            if end.at[0] in ("start", "read"):
                if os.waitstatus_to_exitcode(end.status) == BUG:
                    raise RuntimeError("\n".join(end.logs))
                if end.at[0] == "read":
                    # No plugin was loaded yet, so the others can go on together.
                    self._unreadable(end.at[1], end)
                    continue
            if end.at[0] == "chain" and end.how != "finished":
                # Then each replay ends that way, and it is theirs to say so.
                self._asks = False
            elif self._failed is not None or (end.at[0] != "replay" and end.how != "finished"):
                if not self._loaded:
                    if self._backwards:
                        # It is said once, by those that go forwards.
                        return None
                    return self._explain(self._failed or [], self._load_logs or end.printed + end.logs)
                # They loaded before: what they do when they are loaded isn't the same each time.
                self._failed = None
                number = next(iter(self._open))
                self._guilty(number, self._open[number][0], end)
            elif end.how != "finished":
                self._after_death(end)
            # Where it finished and left some, a replay had altered its process: the others go on in a fresh one.
        return None

    def _after_death(self, end: End) -> None:
        """Tells the innocent from the guilty: whoever was first in its process is guilty, and any other gets one of its own."""
        _, number, context = end.at
        if self._answered > 0:
            end = self._fork({number: [context]})
            self._failed = None
        if context in self._open.get(number, []):
            self._guilty(number, context, end)

    def _fork(self, part: Part) -> End:
        def work(channels: Channels) -> None:
            batch.run(self._dstack, self._request, part, self._asks, channels)

        self._answered = 0
        return self._forker.fork(work, self._on_line, self._limits)

    def _on_line(self, line: bytes, printed: list[str], logs: list[str]) -> None:
        tag = line[:1]
        if tag == b"d":
            _, sample, context, answer = line.split(b" ", 3)
            self._answered += 1
            self._sent, self._logged = None, self._log_size()
            self._close(int(sample), int(context))
            # Spliced, not parsed: an answer may be large.
            self._answer(
                int(sample), int(context), answer[:-1] + b',"printed":' + encode(printed) + b',"logs":' + encode(logs) + b"}"
            )
        elif tag == b"h":
            self._sent = json.loads(line[2:])
        elif tag == b"s":
            _, sample, answer = line.split(b" ", 2)
            self._tell((int(sample), -1), answer)
        elif tag == b"i":
            _, sample, context, answer = line.split(b" ", 3)
            self._tell((int(sample), int(context)), answer)
            self._close(int(sample), int(context))
        elif tag == b"o" or tag == b"p":
            self._load_logs = printed + logs
            if tag == b"p":
                self._failed = json.loads(line[2:])
            elif not self._loaded:
                self._loaded = True
                head = encode({"type": "loaded", "id": self._id, "logs": self._load_logs, "noOffer": self._no_offer})
                self._say(head[:-1] + b"," + line[3:])

    def _tell(self, about: tuple[int, int], answer: bytes) -> None:
        """Passes a sample's answer on, once: every child that reads the sample gives it again."""
        if about not in self._told:
            self._told.add(about)
            self._say(answer)

    def _answer(self, sample: int, context: int, answer: bytes) -> None:
        if self._order is not None:
            if self._backwards:
                self._order.remember(sample, context, answer)
                return
            fact = self._order.fact(sample, context, answer)
            if fact is not None:
                whole = json.loads(answer)
                answer = encode({**whole, "facts": [*whole["facts"], fact]})
        self._say(answer)

    def _log_size(self) -> int | None:
        service = self._request.get("service")
        return None if service is None else size_of(service["log"])

    def _close(self, sample: int, context: int) -> None:
        contexts = self._open.get(sample, [])
        if context == -1:
            contexts.clear()
        elif context in contexts:
            contexts.remove(context)
        if not contexts:
            self._open.pop(sample, None)

    def _unreadable(self, number: int, end: End) -> None:
        what = "it takes too long" if end.how == "timed-out" else end.text
        answer: dict[str, Any] = {
            "type": "invalid-sample",
            "id": self._id,
            "sample": number,
            "context": None,
            "code": "unreadable-sample",
            "text": f"dstack can't read this file: {what}.",
            "line": None,
            "secrets": [],
        }
        self._say(encode(answer))
        self._close(number, -1)

    def _guilty(self, number: int, context: int, end: End) -> None:
        """A replay that ended its child by itself."""
        outcome = "crashed"
        facts: list[Fact] = []
        policy: PolicyPlace | None = None
        if end.at[0] != "replay":
            message = f"the plugins don't load every time: {end.text}"
        elif end.how == "timed-out":
            outcome = "timed-out"
            seconds = self._limits.replay
            message = f"no answer after {seconds:g} s, this tool's own limit; the server would let the user wait"
            policy = stacks.place(Author(self._request["root"]), end.stacks)
        else:
            facts = endings.of_death(end.text, end.peak, os.WIFSIGNALED(end.status))
            message = f"the server would end, or not go on: {end.text}"
            if facts[0]["code"] == "out-of-memory":
                message = endings.with_limit(message)
        answer: dict[str, Any] = {
            "type": "replay",
            "id": self._id,
            "sample": number,
            "context": context,
            "outcome": outcome,
            "message": message,
            "before": None,
            "after": None,
            "policy": policy,
            "steps": [],
            "facts": facts,
            "reached": [],
            "traceback": None,
            "printed": end.printed,
            "logs": end.logs,
            "milliseconds": self._limits.replay * 1000 if outcome == "timed-out" else 0,
        }
        if self._request.get("service") is not None:
            answer["exchanges"] = (
                [] if self._sent is None or outcome != "timed-out" else [unfinished(self._sent, self._limits.replay)]
            )
            logged = self._logged, self._log_size()
            if None not in logged:
                answer["serviceLog"] = logged
        self._sent, self._logged = None, self._log_size()
        self._close(number, context)
        self._answer(number, context, encode(answer))

    def _explain(self, said: list[str], logs: list[str]) -> None:
        """The plugins don't load: which of them, and why."""
        problems = [found for found in map(self._probe, self._request["plugins"]) if found is not None]
        if not problems:
            problems = [loading.together(self._request["plugins"], said)]
        self._say(encode({"type": "not-loaded", "id": self._id, "problems": problems, "logs": logs}))

    def _probe(self, plugin: str) -> LoadProblem | None:
        found = self._errand(plugin, examine=False)
        if found is not None and found["code"] == "plugin-import-failed":
            # dstack's warning hides the reason: import it once more, where nothing of the first import is left.
            return self._errand(plugin, examine=True) or found
        return found

    def _errand(self, plugin: str, examine: bool) -> LoadProblem | None:
        answers: list[LoadProblem | None] = []

        def work(channels: Channels) -> None:
            batch.probe(self._dstack, self._request, plugin, examine, channels)

        def on_line(line: bytes, printed: list[str], logs: list[str]) -> None:
            answers.append(json.loads(line[2:]))

        end = self._forker.fork(work, on_line, self._limits)
        if answers:
            return answers[0]
        return loading.hung(plugin, self._limits.load) if end.how == "timed-out" else loading.died(plugin, end.text)
