"""What became of what the policies wrote: lost, or right only because the server parsed it again."""

from collections.abc import Callable
from typing import Any, NamedTuple

from . import server_way, unseen
from .differences import differences, holds, overlap, same
from .dstack_api import Dstack
from .plain import is_mapping
from .protocol import Fact, JsonObject, Kind
from .server_way import Accepted
from .walk import Left

# At most so many of one code in one replay: who assigns a whole mapping may have written hundreds of values.
_LIMIT = 8


class Write(NamedTuple):
    """A policy, by its place in the walk, and a pointer that it left another value at."""

    at: int
    pointer: str


def of(before: JsonObject, left: list[Left]) -> list[Write]:
    """Every write that the dumps show, in the order of the policies."""
    found: list[Write] = []
    for step in left:
        found += [Write(step.at, pointer) for pointer in differences(before, step.dump)]
        before = step.dump
    return found


def unvalidated(dstack: Dstack, kind: Kind, accepted: Accepted, left: list[Left], written: list[Write]) -> list[Fact]:
    """Values that the second parse made right; where there is none, values that one would have made right."""
    if not left:
        return []
    raw = left[-1].dump
    parsed = accepted.after
    if not server_way.parses_again(kind):
        try:
            parsed = dstack.dump(dstack.copy(kind, accepted.result))
        except Exception as error:
            return _refused(dstack, error, raw, written)
    found: list[Fact] = []
    for pointer, (wrote, became) in differences(raw, parsed).items():
        writer = _last(written, pointer)
        if writer is not None:
            found.append({**_fact("unvalidated-value", writer.at, pointer), "wrote": wrote, "holds": became})
    return found[:_LIMIT]


def _refused(dstack: Dstack, error: Exception, raw: JsonObject, written: list[Write]) -> list[Fact]:
    found: list[Fact] = []
    for loc, message in dstack.refusals(error) or []:
        # The tags of unions that pydantic puts between the keys aren't in the dump.
        for length in range(len(loc), 0, -1):
            pointer = "".join(f"/{token}" for token in loc[:length])
            writer = _last(written, pointer)
            if writer is not None:
                fact = _fact("unvalidated-value", writer.at, writer.pointer, message)
                found.append({**fact, "wrote": holds(raw, writer.pointer)})
                break
    return found[:_LIMIT]


def lost_profile_fields(dstack: Dstack, accepted: Accepted, written: list[Write]) -> list[Fact]:
    """Fields of the profile that a policy wrote while the configuration's field of that name wins."""
    profile = accepted.after.get("profile")
    merged = getattr(accepted.effective, "merged_profile", None)
    keys = {write.pointer.split("/")[2] for write in written if write.pointer.startswith("/profile/")}
    if not keys or merged is None or profile is None:
        return []
    effective = dstack.dump(merged)
    found: list[Fact] = []
    for key in sorted(keys):
        wrote, held = profile.get(key), effective.get(key)
        writer = _last(written, f"/profile/{key}")
        if key in effective and writer is not None and not same(wrote, held):
            found.append({**_fact("lost-write", writer.at, f"/profile/{key}"), "wrote": wrote, "holds": held})
    return found[:_LIMIT]


def lost_unseen(
    dstack: Dstack,
    kind: Kind,
    before: dict[str, Any],
    accepted: Accepted,
    look: Callable[[Callable[[int | None, Any], None]], object],
) -> list[Fact]:
    """Values beside the dump (`merged_profile`, stray attributes) that the effective spec doesn't hold.

    `look` walks the chain once more and shows the spec at the start and after each policy.
    """
    result = unseen.of(dstack, accepted.result)
    if result == before:
        return []
    effective = result
    if accepted.effective is accepted.result:
        # What isn't parsed again is stored by its dump.
        try:
            effective = unseen.of(dstack, dstack.copy(kind, accepted.result))
        except Exception:
            effective = {}
    else:
        effective = unseen.of(dstack, accepted.effective)
    if result == effective:
        return []
    last: dict[str, tuple[int, Any]] = {}
    seen: dict[str, Any] = {}

    def on_spec(at: int | None, spec: Any) -> None:
        nonlocal seen
        now = unseen.of(dstack, spec)
        if at is not None:
            for key in {**seen, **now}:
                was, value = seen.get(key), now.get(key)
                if is_mapping(was):
                    for below, (_, wrote) in differences(was, value).items():
                        last[key + below] = (at, wrote)
                elif not same(was, value):
                    last[key] = (at, value)
        seen = now

    look(on_spec)
    found: list[Fact] = []
    for pointer, (at, wrote) in last.items():
        held = _unseen_at(effective, pointer)
        if not same(wrote, held):
            found.append({**_fact("lost-write", at, pointer), "wrote": wrote, "holds": held})
    return found[:_LIMIT]


def _unseen_at(values: dict[str, Any], pointer: str) -> Any:
    for key, value in values.items():
        if overlap(key, pointer) and len(key) <= len(pointer):
            return holds(value, pointer[len(key) :])
    return None


def _last(written: list[Write], pointer: str) -> Write | None:
    return next((write for write in reversed(written) if overlap(write.pointer, pointer)), None)


def _fact(code: str, at: int, pointer: str, text: str | None = None) -> Fact:
    return {"code": code, "policy": at, "file": None, "line": None, "path": pointer, "text": text}
