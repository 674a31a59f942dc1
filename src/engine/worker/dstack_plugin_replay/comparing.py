"""Results held against each other: the plan against the apply, and a chain against the same in another order."""

import json
from collections.abc import Callable
from typing import Any

from . import differences
from .frames import class_name, type_of
from .outcome import Judged
from .protocol import Fact
from .writes import Write

# How often to look again which it is, where the two phases differ: policies that aren't pure, or a walk that isn't dstack's.
_LOOKS = 4
# How many pairs of policies are swapped in one replay.
_SWAPS = 3
_SHOWN = 200
# Below these keys are secrets: their values are in no text.
_SECRET = frozenset(("env", "registry_auth", "ssh_key"))


def same(one: Judged, other: Judged) -> bool:
    """What a rejection or a crash says may differ: nothing is applied after it."""
    if one.outcome != other.outcome or _class(one) != _class(other):
        return False
    return differences.identical(one.after, other.after) or differences.same(one.after, other.after)


def _class(judged: Judged) -> str | None:
    # By name: a policy may define the class anew in every call.
    return None if judged.raised is None else class_name(type_of(judged.raised))


def blame(plan: Judged, as_dstack: Callable[[], Judged], walked: Callable[[], Judged]) -> str:
    """Why the apply differs from the plan: the policies, unless dstack's function and the walk each stick to their answer."""
    for _ in range(_LOOKS):
        # Twice each time, so that policies that take turns are caught.
        if not same(plan, as_dstack()) or not same(plan, as_dstack()) or same(plan, walked()):
            return "plan-apply-differ"
    return "walk-differs"


def disagreement(code: str, plan: Judged, apply: Judged, reached: list[int], written: list[Write]) -> Fact:
    # Where one policy alone has code for this kind of spec, it is the one.
    alone = reached[0] if len(reached) == 1 else None
    if plan.after is None or apply.after is None:
        return _fact(code, alone, None, f"{_said(plan)} in the plan, {_said(apply)} when it is applied")
    found = differences.differences(plan.after, apply.after)
    if not found:
        # Named items stand under their names, in whatever order.
        return _fact(code, alone, None, "a list has another order when it is applied than in the plan")
    pointer, (planned, held) = next(iter(found.items()))
    writer = next((write for write in reversed(written) if differences.overlap(write.pointer, pointer)), None)
    text = f"{pointer} is {_shown(pointer, planned)} in the plan and {_shown(pointer, held)} when it is applied"
    if len(found) > 1:
        text += f", and {len(found) - 1} more"
    fact = _fact(code, alone if writer is None else writer.at, pointer, text)
    return {**fact, "wrote": planned, "holds": held}


def pairs(written: list[Write], plugins: list[int | None]) -> dict[tuple[int, int], str]:
    """Pairs of policies of two plugins that write one pointer, with that pointer; `plugins` has each policy's."""
    found: dict[tuple[int, int], str] = {}
    by_pointer: dict[str, list[int]] = {}
    for write in written:
        earlier = by_pointer.setdefault(write.pointer, [])
        for at in earlier:
            one, other = plugins[at], plugins[write.at]
            if one is not None and other is not None and one != other:
                found.setdefault((at, write.at), write.pointer)
        earlier.append(write.at)
    return found


def orders(applied: Judged, candidates: dict[tuple[int, int], str], swapped: Callable[[tuple[int, int]], Judged]) -> list[Fact]:
    """The pairs whose order decides the result."""
    found: list[Fact] = []
    for pair, pointer in list(candidates.items())[:_SWAPS]:
        other = swapped(pair)
        if same(applied, other):
            continue
        fact = _fact("chain-order", pair[0], pointer, f"{_said(other)} in the other order")
        fact["other"] = pair[1]
        if applied.after is not None and other.after is not None:
            wrote, holds = differences.holds(applied.after, pointer), differences.holds(other.after, pointer)
            text = f"{pointer} is {_shown(pointer, wrote)} in this order and {_shown(pointer, holds)} in the other"
            fact["wrote"], fact["holds"], fact["text"] = wrote, holds, text
        found.append(fact)
    return found


def _said(judged: Judged) -> str:
    return judged.outcome if not judged.message else f"{judged.outcome} ({judged.message[:_SHOWN]})"


def _shown(pointer: str, value: Any) -> str:
    if value is None:
        return "nothing"
    if _SECRET.intersection(pointer.split("/")):
        return "another value"
    text = json.dumps(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _fact(code: str, at: int | None, path: str | None, text: str) -> Fact:
    return {"code": code, "policy": at, "file": None, "line": None, "path": path, "text": text}
