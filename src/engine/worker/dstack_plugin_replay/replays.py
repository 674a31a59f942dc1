"""One request: every replay in one child, and where that fails, the rest in a child each."""

import json
import os
from collections.abc import Callable
from typing import Any, Protocol

from . import batch, loading
from .batch import Channels, Part
from .child import BUG, End, Limits
from .dstack_api import Dstack
from .protocol import LoadProblem, ReplayRequest, encode


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
        # Every replay that has no answer yet, in the order of the request.
        self._open: Part = {number: list(range(len(sample["contexts"]))) for number, sample in enumerate(request["samples"])}
        self._told: set[tuple[int, int]] = set()
        self._loaded = False
        self._failed: list[str] | None = None
        self._load_logs: list[str] = []
        timeout = request["timeout"]
        # To load a plugin takes the import of all that it uses, often without bytecode: more than a phase of a replay.
        self._limits = Limits(timeout, timeout * 3, timeout)

    def run(self) -> None:
        self._in_one_child()
        self._forker.say(encode({"type": "done", "id": self._id}))

    def _in_one_child(self) -> None:
        while True:
            part = {number: list(contexts) for number, contexts in self._open.items()}
            end = self._fork(part)
            if self._failed is not None:
                return self._explain(self._failed, self._load_logs)
            if end.how == "finished":
                return None
            if end.at[0] in ("start", "read") and os.waitstatus_to_exitcode(end.status) == BUG:
                raise RuntimeError("\n".join(end.logs))
            if end.at[0] == "read":
                # No plugin was loaded yet, so the others can go on together.
                self._unreadable(end.at[1], end)
            elif end.at[0] == "replay":
                return self._one_by_one(end, _size(part) == 1)
            else:
                return self._explain([], end.printed + end.logs)

    def _one_by_one(self, first: End, alone: bool) -> None:
        """After a child ended over a replay: the open ones in a child each, to tell the innocent from the guilty."""
        for number, contexts in list(self._open.items()):
            for context in list(contexts):
                # Where it was alone already, a second time would tell nothing new.
                end = first if alone else self._fork({number: [context]})
                self._failed = None
                if context in self._open.get(number, []):
                    self._guilty(number, context, end)

    def _fork(self, part: Part) -> End:
        def work(channels: Channels) -> None:
            batch.run(self._dstack, self._request, part, channels)

        return self._forker.fork(work, self._on_line, self._limits)

    def _on_line(self, line: bytes, printed: list[str], logs: list[str]) -> None:
        tag = line[:1]
        if tag == b"d":
            _, sample, context, answer = line.split(b" ", 3)
            self._close(int(sample), int(context))
            # Spliced, not parsed: an answer may be large.
            self._forker.say(answer[:-1] + b',"printed":' + encode(printed) + b',"logs":' + encode(logs) + b"}")
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
                head = encode({"type": "loaded", "id": self._id, "logs": self._load_logs})
                self._forker.say(head[:-1] + b',"plugins":' + line[2:] + b"}")

    def _tell(self, about: tuple[int, int], answer: bytes) -> None:
        """Passes a sample's answer on, once: every child that reads the sample gives it again."""
        if about not in self._told:
            self._told.add(about)
            self._forker.say(answer)

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
        self._forker.say(encode(answer))
        self._close(number, -1)

    def _guilty(self, number: int, context: int, end: End) -> None:
        """A replay that ended its child by itself."""
        outcome = "crashed"
        if end.at[0] != "replay":
            message = f"the plugins don't load every time: {end.text}"
        elif end.how == "timed-out":
            outcome = "timed-out"
            seconds = self._limits.replay
            message = f"no answer after {seconds:g} s, this tool's own limit; the server would let the user wait"
        else:
            message = f"the server would end, or not go on: {end.text}"
        answer: dict[str, Any] = {
            "type": "replay",
            "id": self._id,
            "sample": number,
            "context": context,
            "outcome": outcome,
            "message": message,
            "before": None,
            "after": None,
            "policy": None,
            "facts": [],
            "traceback": None,
            "printed": end.printed,
            "logs": end.logs,
            "milliseconds": self._limits.replay * 1000 if outcome == "timed-out" else 0,
        }
        self._close(number, context)
        self._forker.say(encode(answer))

    def _explain(self, said: list[str], logs: list[str]) -> None:
        """The plugins don't load: which of them, and why."""
        problems = [found for found in map(self._probe, self._request["plugins"]) if found is not None]
        if not problems:
            problems = [loading.together(self._request["plugins"], said)]
        self._forker.say(encode({"type": "not-loaded", "id": self._id, "problems": problems, "logs": logs}))

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


def _size(part: Part) -> int:
    return sum(len(contexts) for contexts in part.values())
