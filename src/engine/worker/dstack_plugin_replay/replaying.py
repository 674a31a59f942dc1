"""One replay: the plan with dstack's own function, the apply policy by policy, and what the two say about the policies."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Literal, NamedTuple

from . import comparing, outcome, rejections, server_way, unseen, writes
from .chain import Chain, is_builtin
from .dstack_api import Dstack
from .exchanges import Recorder
from .frames import Author
from .loop import Loop
from .outcome import Judged
from .protocol import Context, Exchange, Fact, JsonObject, Kind, Step
from .server_way import Accepted, Phase, Raised
from .walk import Start, Walk

# Where the plan took longer, in seconds, no policy is called again to find out more.
_PATIENCE = 1.0


class Replayed(NamedTuple):
    judged: Judged
    steps: list[Step]
    facts: list[Fact]
    reached: list[int]
    # Of the plan.
    seconds: float
    error: BaseException | None
    exchanges: list[Exchange]


class Surroundings(NamedTuple):
    """What all replays of a child share."""

    dstack: Dstack
    author: Author
    chain: Chain
    loop: Loop
    # Holds while policies run.
    limits: AbstractContextManager[Any]
    # In a run with a plugin service.
    recorder: Recorder | None


class Replay:
    """A spec in a context, to be sent through the policies as often as it takes: each time it is a fresh one."""

    def __init__(self, around: Surroundings, kind: Kind, data: JsonObject, who: Context, ready: list[Start]) -> None:
        """`ready`: what was parsed of `data` before, for the plan and for the walk; what is used is taken out of the list."""
        self._around = around
        self._kind: Kind = kind
        self._data = data
        self._who = who
        self._ready = ready

    def run(self, planned: Callable[[float], bool]) -> Replayed:
        """`planned` is called after the plan, with its seconds: what is written from then on is apart. It may forbid more."""
        started = time.perf_counter()
        plan, exchanges = self._plan()
        seconds = time.perf_counter() - started
        judged = self._judge(plan)
        error = plan.error if isinstance(plan, Raised) else None
        if not planned(seconds):
            return Replayed(judged, [], [], [], seconds, error, exchanges)
        self._listen("apply")
        walk, applied, before = self._apply()
        exchanges += self._heard(applied)
        places = self._around.chain.places(walk.policies)
        written = self._written(walk)
        facts = self._facts(walk, applied, before, written, judged, error)
        if seconds < _PATIENCE:
            facts += self._compare(walk, written, judged, self._judge(applied), places)
        return Replayed(
            judged,
            [{"policy": place, "dump": left.dump} for left in walk.left if (place := places[left.at]) is not None],
            [_placed(fact, places) for fact in facts],
            [place for at in walk.reached if (place := places[at]) is not None],
            seconds,
            error,
            exchanges,
        )

    def plan_alone(self) -> Replayed:
        """Where nothing is ever applied, as for `dstack offer`."""
        started = time.perf_counter()
        plan, exchanges = self._plan()
        seconds = time.perf_counter() - started
        return Replayed(self._judge(plan), [], [], [], seconds, plan.error if isinstance(plan, Raised) else None, exchanges)

    def _plan(self) -> tuple[Phase, list[Exchange]]:
        self._listen("plan")
        plan = self._as_dstack()
        return plan, self._heard(plan)

    def _listen(self, name: Literal["plan", "apply"]) -> None:
        if self._around.recorder is not None:
            self._around.recorder.begin(name)

    def _heard(self, phase: Phase) -> list[Exchange]:
        """What a phase that was just gone through said to the plugin service."""
        found = [] if self._around.recorder is None else self._around.recorder.end()
        if found and isinstance(phase, Raised) and phase.stage == "policies":
            found[-1]["refused"] = outcome.refusals_of_answer(self._around.dstack, phase.error)
        return found

    def _as_dstack(self) -> Phase:
        """A phase through dstack's own function."""
        dstack, who = self._around.dstack, self._who

        def policies(spec: Any) -> Any:
            return self._around.loop.run(dstack.apply_policies(user=who["user"], project=who["project"], spec=spec))

        with self._around.limits:
            return server_way.phase(dstack, self._kind, self._fresh().spec, policies)

    def _walk(self, walk: Walk, start: Start | None = None) -> Phase:
        """A phase policy by policy."""
        who = self._who

        def policies(spec: Any) -> Any:
            return self._around.loop.run(walk.through(who["user"], who["project"], spec))

        with self._around.limits:
            return server_way.phase(self._around.dstack, self._kind, (start or self._fresh()).spec, policies)

    def _fresh(self) -> Start:
        return self._ready.pop(0) if self._ready else Start(self._around.dstack.parse(self._kind, self._data))

    def _apply(self) -> tuple[Walk, Phase, dict[str, Any]]:
        """With what the spec carried beside its dump at the start."""
        dstack, kind = self._around.dstack, self._kind
        start = self._fresh()
        if start.unseen is not None:
            walk = Walk(dstack, kind, before=start.dump)
            return walk, self._walk(walk, start), start.unseen
        before: dict[str, Any] = {}
        walk = Walk(dstack, kind, on_start=lambda spec: before.update(unseen.of(dstack, spec)))
        return walk, self._walk(walk, start), before

    def _walked(self, swap: tuple[int, int] | None = None) -> Judged:
        return self._judge(self._walk(Walk(self._around.dstack, self._kind, swap)))

    def _judge(self, phase: Phase) -> Judged:
        return outcome.judge(self._around.dstack, self._around.author, phase)

    def _facts(
        self,
        walk: Walk,
        applied: Phase,
        before: dict[str, Any],
        written: list[writes.Write],
        judged: Judged,
        error: BaseException | None,
    ) -> list[Fact]:
        """What single policies did. They are named by their place in the walk."""
        dstack = self._around.dstack
        facts: list[Fact] = [
            {"code": "returns-nothing", "policy": at, "file": None, "line": None, "path": None, "text": returned}
            for at, returned in walk.wrong
        ]
        if judged.outcome == "rejected" and judged.raised is not None and error is not None:
            rejection = rejections.judge(dstack, self._around.author, judged.raised, outcome.position(dstack, error))
            facts += [] if rejection is None else [rejection]
        if isinstance(applied, Accepted):
            facts += writes.unvalidated(dstack, self._kind, applied, walk.left, written)
            facts += writes.lost_profile_fields(dstack, applied, written)
            facts += writes.lost_unseen(dstack, self._kind, before, applied, self._look)
        return facts

    def _compare(
        self, walk: Walk, written: list[writes.Write], judged: Judged, applied: Judged, places: list[int | None]
    ) -> list[Fact]:
        """What the order of calls and of policies does to the result."""
        if comparing.same(judged, applied):
            if len(walk.left) < 2:
                return []
            # dstack calls its builtin last, in whatever order it finds the others.
            movable = [not is_builtin(self._around.dstack, policy) for policy in walk.policies]
            plugins = [
                self._around.chain.plugin(place) if place is not None and may_move else None
                for place, may_move in zip(places, movable, strict=True)
            ]
            pairs = comparing.pairs(written, plugins)
            return comparing.orders(applied, pairs, self._walked)
        if not server_way.has_apply(self._kind):
            return []
        code = comparing.blame(
            judged,
            lambda: self._judge(self._as_dstack()),
            self._walked,
        )
        return [comparing.disagreement(code, judged, applied, walk.reached, written)]

    def _written(self, walk: Walk) -> list[writes.Write]:
        return [] if walk.before is None else writes.of(walk.before, walk.left)

    def _look(self, on_spec: Callable[[int | None, Any], None]) -> None:
        walk = Walk(self._around.dstack, self._kind, on_start=lambda spec: on_spec(None, spec), on_left=on_spec)
        self._walk(walk)


def _placed(fact: Fact, places: list[int | None]) -> Fact:
    """A fact that names policies by their place in the walk, with their places in the chain."""
    placed: Fact = {**fact}
    placed["policy"] = None if fact["policy"] is None else places[fact["policy"]]
    other = fact.get("other")
    if other is not None:
        placed["other"] = places[other]
    return placed
