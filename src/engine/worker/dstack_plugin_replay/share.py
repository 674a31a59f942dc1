"""A share of a request: its replays in one child, and where one of them ends or alters that, the others in the next."""

import json
import os
from collections.abc import Generator
from typing import Any, Protocol

from . import batch, endings, loading, stacks
from .channels import Channels
from .dstack_api import Dstack
from .errand import BUG, End, Errand, Limits, Order
from .exchanges import unfinished
from .frames import Author
from .outside import Learned
from .protocol import Exchange, Fact, LoadProblem, PolicyPlace, ReplayRequest, encode
from .reading import Part
from .reads import Reads
from .service import size_of

# Errands one after the other, each of which is told how the one before ended.
Task = Generator[Errand, End, None]


class Listener(Protocol):
    """What all shares of a request have in common."""

    # Whether the plugins were loaded in any child.
    loaded: bool
    # Whether it was said that they don't load, so that there is nothing more to do.
    over: bool

    def say(self, line: bytes) -> None: ...

    def spend(self, seconds: dict[str, float]) -> None: ...

    def learn(self, learned: Learned) -> None: ...

    def keep(self, sample: int, read: bytes) -> None: ...

    def load(self, plugins_and_policies: bytes, logs: list[str]) -> None: ...

    def refuse(self, problems: list[LoadProblem], logs: list[str]) -> None: ...

    def answer(self, sample: int, context: int, answer: bytes) -> None: ...


class Share:
    """Open replays, and what has been answered of them."""

    def __init__(self, listener: Listener, dstack: Dstack, request: ReplayRequest, part: Part, reads: Reads) -> None:
        self._listener = listener
        self._dstack = dstack
        self._request = request
        self._reads = reads
        self._id = request["id"]
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
        # What the replay at hand sent to the plugin service last, as it was told, and the bytes in that one's log before.
        self._sent: bytes | None = None
        self._logged = self._log_size()
        timeout = request["timeout"]
        # To load a plugin takes the import of all that it uses, often without bytecode: more than a phase of a replay.
        self._limits = Limits(timeout, timeout * 3, timeout)

    def replay(self) -> Task:
        """Until all of it is answered, or the plugins turn out not to load."""
        # Without samples the plugins are loaded all the same: whether they can be is an answer.
        while (self._open or not self._loaded) and not self._listener.over:
            end = yield self._errand({number: list(contexts) for number, contexts in self._open.items()})
            self._listener.spend(end.spent)
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
                if not self._listener.loaded:
                    if not self._listener.over:
                        yield from self._explain(self._failed or [], self._load_logs or end.printed + end.logs)
                    return
                # They loaded before: what they do when they are loaded isn't the same each time.
                self._failed = None
                self._loaded = True
                if self._open:
                    number = next(iter(self._open))
                    self._guilty(number, self._open[number][0], end)
            elif end.how != "finished":
                yield from self._after_death(end)
            # Where it finished and left some, a replay had altered its process: the others go on in a fresh one.

    def _after_death(self, end: End) -> Task:
        """Tells the innocent from the guilty: whoever was first in its process is guilty, and any other gets one of its own."""
        _, number, context = end.at
        if self._answered > 0:
            end = yield self._errand({number: [context]})
            self._failed = None
        if context in self._open.get(number, []):
            self._guilty(number, context, end)

    def _errand(self, part: Part) -> Errand:
        order = Order(self._request, part, self._asks)

        def work(channels: Channels) -> None:
            batch.run(self._dstack, order, self._reads, channels, None)

        self._answered = 0
        return Errand(work, self._on_line, self._limits, order)

    def _on_line(self, line: bytes, printed: list[str], logs: list[str]) -> None:
        tag = line[:1]
        if tag == b"d":
            _, sample, context, answer = line.split(b" ", 3)
            self._answered += 1
            self._sent, self._logged = None, self._log_size()
            self._close(int(sample), int(context))
            # Spliced, not parsed: an answer may be large.
            self._listener.answer(
                int(sample), int(context), answer[:-1] + b',"printed":' + encode(printed) + b',"logs":' + encode(logs) + b"}"
            )
        elif tag == b"h":
            # Parsed only where it never comes to an end.
            self._sent = line[2:]
        elif tag == b"s":
            _, sample, answer = line.split(b" ", 2)
            self._tell((int(sample), -1), answer)
        elif tag == b"k":
            _, sample, read = line.split(b" ", 2)
            self._listener.keep(int(sample), read)
        elif tag == b"i":
            _, sample, context, answer = line.split(b" ", 3)
            self._tell((int(sample), int(context)), answer)
            self._close(int(sample), int(context))
        elif tag == b"m":
            self._listener.learn(json.loads(line[2:]))
        elif tag == b"o" or tag == b"p":
            self._load_logs = printed + logs
            if tag == b"p":
                self._failed = json.loads(line[2:])
            elif not self._loaded:
                self._loaded = True
                self._listener.load(line[2:], self._load_logs)

    def _tell(self, about: tuple[int, int], answer: bytes) -> None:
        """Passes a sample's answer on, once: every child that reads the sample gives it again."""
        if about not in self._told:
            self._told.add(about)
            self._listener.say(answer)

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
        self._listener.say(encode(answer))
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
            sent: Exchange | None = None if self._sent is None else json.loads(self._sent)
            answer["exchanges"] = [] if sent is None or outcome != "timed-out" else [unfinished(sent, self._limits.replay)]
            logged = self._logged, self._log_size()
            if None not in logged:
                answer["serviceLog"] = logged
        self._sent, self._logged = None, self._log_size()
        self._close(number, context)
        self._listener.answer(number, context, encode(answer))

    def _explain(self, said: list[str], logs: list[str]) -> Task:
        """The plugins don't load: which of them, and why."""
        problems: list[LoadProblem] = []
        for plugin in self._request["plugins"]:
            yield from self._probe(plugin, problems)
        self._listener.refuse(problems or [loading.together(self._request["plugins"], said)], logs)

    def _probe(self, plugin: str, problems: list[LoadProblem]) -> Task:
        found = yield from self._examined(plugin, examine=False)
        if found is not None and found["code"] == "plugin-import-failed":
            # dstack's warning hides the reason: import it once more, where nothing of the first import is left.
            found = (yield from self._examined(plugin, examine=True)) or found
        if found is not None:
            problems.append(found)

    def _examined(self, plugin: str, examine: bool) -> Generator[Errand, End, LoadProblem | None]:
        answers: list[LoadProblem | None] = []

        def work(channels: Channels) -> None:
            batch.probe(self._dstack, self._request, plugin, examine, channels)

        def on_line(line: bytes, printed: list[str], logs: list[str]) -> None:
            answers.append(json.loads(line[2:]))

        end = yield Errand(work, on_line, self._limits)
        if answers:
            return answers[0]
        return loading.hung(plugin, self._limits.load) if end.how == "timed-out" else loading.died(plugin, end.text)
