"""What the server would do about what a phase came to."""

import asyncio
from typing import Any, NamedTuple

from . import walk
from .chain import is_builtin, place_of
from .dstack_api import Dstack
from .frames import Author, headline, words
from .loop import NeverAnswers
from .protocol import JsonObject, Outcome, PolicyPlace
from .samples import words as refusal
from .server_way import Accepted, Phase, Raised

_ERROR_500 = "the server would answer with an internal error (HTTP 500)"


class Judged(NamedTuple):
    outcome: Outcome
    message: str | None = None
    after: JsonObject | None = None
    policy: PolicyPlace | None = None
    traceback: str | None = None
    # What was raised, where that is an answer: what a policy raised, not what dstack made of it.
    raised: BaseException | None = None


def judge(dstack: Dstack, author: Author, phase: Phase) -> Judged:
    if isinstance(phase, Accepted):
        return Judged("accepted", after=phase.after)
    error = phase.error
    if phase.stage != "policies":
        return _after_policies(dstack, author, phase)
    if isinstance(error, (dstack.client_error, dstack.forbidden_error)):
        return _rejected(dstack, author, error)
    if isinstance(error, NeverAnswers):
        policy = None if error.args[0] is None else place_of(dstack, author, error.args[0])
        name = "a policy" if policy is None else policy["name"]
        text = f"the server would never answer: {name} raised StopIteration, which can't get through an event loop"
        return Judged("timed-out", text, policy=policy, raised=error)
    nothing = _got_nothing(dstack, author, error, error, _ERROR_500)
    if nothing is not None:
        return nothing
    consequence = _ERROR_500
    if isinstance(error, SystemExit):
        consequence = "the server would answer with an internal error (HTTP 500) and end"
    elif isinstance(error, KeyboardInterrupt):
        consequence = "the server would end, as on Ctrl+C"
    elif isinstance(error, asyncio.CancelledError):
        consequence = "the server would drop the request"
    return Judged(
        "crashed",
        f"{consequence}: {headline(error)}",
        policy=_policy(dstack, author, error),
        traceback=author.traceback(error),
        raised=error,
    )


def _policy(dstack: Dstack, author: Author, error: BaseException, raised: BaseException | None = None) -> PolicyPlace | None:
    """The policy that was called when `error` arose, with the author's line that `raised` comes from, else with its hook."""
    running = _locals(dstack, error).get("policy")
    if running is None:
        return None
    place = place_of(dstack, author, running)
    line = author.deepest(raised or error)
    return place if line is None else {"name": place["name"], "file": line.file, "line": line.line}


def position(dstack: Dstack, error: BaseException) -> int | None:
    """The place of the policy that was called when an exception came out of a phase, among those that were asked for."""
    found = _locals(dstack, error)
    policies: list[Any] = found.get("policies", [])
    return next((at for at, policy in enumerate(policies) if policy is found.get("policy")), None)


def refusals_of_answer(dstack: Dstack, error: BaseException) -> list[str] | None:
    """Why `rest_plugin` found that the service's answer is invalid: pydantic's words, which it keeps to itself."""
    cause = error.__context__
    refusals = None if cause is None else dstack.refusals(cause)
    if refusals is None or not is_builtin(dstack, _locals(dstack, error).get("policy")):
        return None
    return list(dict.fromkeys(refusal(loc, message) for loc, message in refusals))


def _locals(dstack: Dstack, error: BaseException) -> dict[str, Any]:
    """What dstack's function, or our walk in its place, had at hand when an exception came out of it."""
    found: dict[str, Any] = {}
    traceback = error.__traceback__
    while traceback is not None:
        frame = traceback.tb_frame
        if frame.f_globals.get("__name__") in (dstack.plugins_module.__name__, walk.__name__) and "policies" in frame.f_locals:
            found = dict(frame.f_locals)
        traceback = traceback.tb_next
    return found


def _rejected(dstack: Dstack, author: Author, error: Any) -> Judged:
    # dstack turns a policy's ValueError into an error of its own, in the `except` block: what the policy raised is its context.
    raised: BaseException = error
    if isinstance(error.__context__, ValueError) and not _from_policy(dstack, error):
        raised = error.__context__
    nothing = _got_nothing(dstack, author, error, raised, "the user of the server would read")
    if nothing is not None:
        return nothing
    if isinstance(error, dstack.client_error):
        message = words(error.msg) or None
    else:
        # The server's own words where the exception has none (`forbidden_error_handler`).
        message = words(error.args[0]) if error.args else "Access denied"
    # A plain ValueError is a policy's word to the user. A subclass is more often an accident, and its author needs the frames.
    accident = isinstance(raised, ValueError) and type(raised) is not ValueError
    return Judged(
        "rejected",
        message,
        policy=_policy(dstack, author, error, raised),
        traceback=author.traceback(raised) if accident or not message else None,
        raised=raised,
    )


def _from_policy(dstack: Dstack, error: BaseException) -> bool:
    """Whether an exception arose below the function that calls the policies, and not in it."""
    traceback = error.__traceback__
    while traceback is not None and traceback.tb_next is not None:
        traceback = traceback.tb_next
    return traceback is None or traceback.tb_frame.f_globals.get("__name__") not in (
        dstack.plugins_module.__name__,
        walk.__name__,
    )


def _got_nothing(dstack: Dstack, author: Author, error: BaseException, raised: BaseException, consequence: str) -> Judged | None:
    """Whether a policy raised over something that is no spec, because the one before it returned that."""
    chain = _locals(dstack, error)
    if not chain or isinstance(chain.get("spec"), dstack.all_specs):
        return None
    policies: list[Any] = chain["policies"]
    position = next((at for at, policy in enumerate(policies) if policy is chain.get("policy")), 0)
    if position == 0:
        return None
    policy = place_of(dstack, author, policies[position - 1])
    said = f"returned {walk.what(chain.get('spec'))} instead of the spec"
    return Judged("crashed", f"{policy['name']} {said}; {consequence}: {headline(raised)}", policy=policy)


def _after_policies(dstack: Dstack, author: Author, phase: Raised) -> Judged:
    error = phase.error
    if not isinstance(phase.result, dstack.all_specs):
        policy = _last_policy(dstack, author)
        name = "the last policy" if policy is None else policy["name"]
        text = f"{name} returned {walk.what(phase.result)} instead of the spec; {_ERROR_500}: {headline(error)}"
        return Judged("crashed", text, policy=policy)
    if phase.stage == "checks" and isinstance(error, (dstack.client_error, dstack.forbidden_error)):
        said: Any = error
        return Judged("invalid", words(getattr(said, "msg", said)))
    refusals = dstack.refusals(error)
    if refusals is not None:
        lines = list(dict.fromkeys(refusal(loc, message) for loc, message in refusals))
        return Judged("invalid", "\n".join(lines))
    return Judged("crashed", f"{_ERROR_500} over the spec that the policies made: {headline(error)}")


def _last_policy(dstack: Dstack, author: Author) -> PolicyPlace | None:
    try:
        return place_of(dstack, author, dstack.policies()[-1])
    except BaseException:
        return None
