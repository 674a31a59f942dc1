"""What the server would do about what a phase came to."""

import asyncio
from typing import Any, NamedTuple

from .dstack_api import Dstack
from .frames import Author, class_name, headline, type_of, words
from .protocol import JsonObject, Outcome, PolicyPlace
from .samples import words as refusal
from .server_way import Accepted, Raised, Walk

_ERROR_500 = "the server would answer with an internal error (HTTP 500)"


class Judged(NamedTuple):
    outcome: Outcome
    message: str | None = None
    after: JsonObject | None = None
    policy: PolicyPlace | None = None
    traceback: str | None = None


class NeverAnswers(BaseException):
    """The event loop was left with an exception that no future can carry, so the server would wait for ever."""


def judge(dstack: Dstack, author: Author, walk: Walk) -> Judged:
    if isinstance(walk, Accepted):
        return Judged("accepted", after=walk.after)
    error = walk.error
    if walk.stage != "policies":
        return _after_policies(dstack, author, walk)
    if isinstance(error, (dstack.client_error, dstack.forbidden_error)):
        return _rejected(dstack, author, error)
    if isinstance(error, NeverAnswers):
        policy = error.args[0]
        name = "a policy" if policy is None else class_name(type_of(policy))
        text = f"the server would never answer: {name} raised StopIteration, which can't get through an event loop"
        return Judged("timed-out", text, policy=None if policy is None else _hook(author, policy, name))
    nothing = _got_nothing(dstack, author, error, _ERROR_500)
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
    )


def _policy(dstack: Dstack, author: Author, error: BaseException) -> PolicyPlace | None:
    return author.policy(error, dstack.policy_class)


def _rejected(dstack: Dstack, author: Author, error: Any) -> Judged:
    # dstack turns a policy's ValueError into an error of its own, in the `except` block: what the policy raised is its context.
    raised: BaseException = error
    if isinstance(error.__context__, ValueError) and _policy(dstack, author, error) is None:
        raised = error.__context__
    nothing = _got_nothing(dstack, author, raised, "the user of the server would read")
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
        policy=_policy(dstack, author, raised),
        traceback=author.traceback(raised) if accident or not message else None,
    )


def _got_nothing(dstack: Dstack, author: Author, raised: BaseException, consequence: str) -> Judged | None:
    """Whether a policy raised over something that is no spec, because the one before it returned that."""
    traceback = raised.__traceback__
    chain: dict[str, Any] = {}
    while traceback is not None:
        frame = traceback.tb_frame
        if frame.f_globals.get("__name__") == dstack.plugins_module.__name__ and "policies" in frame.f_locals:
            chain = dict(frame.f_locals)
        traceback = traceback.tb_next
    if not chain or isinstance(chain.get("spec"), dstack.all_specs):
        return None
    policies: list[Any] = chain["policies"]
    position = next((at for at, policy in enumerate(policies) if policy is chain.get("policy")), 0)
    if position == 0:
        return None
    said = f"returned {_what(chain.get('spec'))} instead of the spec"
    policy = policies[position - 1]
    name = class_name(type_of(policy))
    text = f"{name} {said}; {consequence}: {headline(raised)}"
    return Judged("crashed", text, policy=_hook(author, policy, name))


def _after_policies(dstack: Dstack, author: Author, walk: Raised) -> Judged:
    error = walk.error
    if not isinstance(walk.result, dstack.all_specs):
        policy = _last_policy(dstack, author)
        name = "the last policy" if policy is None else policy["name"]
        text = f"{name} returned {_what(walk.result)} instead of the spec; {_ERROR_500}: {headline(error)}"
        return Judged("crashed", text, policy=policy)
    refusals = dstack.refusals(error)
    if refusals is not None:
        lines = list(dict.fromkeys(refusal(loc, message) for loc, message in refusals))
        return Judged("invalid", "\n".join(lines))
    return Judged("crashed", f"{_ERROR_500} over the spec that the policies made: {headline(error)}")


def _what(value: object) -> str:
    return "None" if value is None else f"a {type(value).__name__}"


def _last_policy(dstack: Dstack, author: Author) -> PolicyPlace | None:
    try:
        policy = dstack.policies()[-1]
    except BaseException:
        return None
    return _hook(author, policy, class_name(type_of(policy)))


def _hook(author: Author, policy: Any, name: str) -> PolicyPlace:
    """The policy with the place of the first hook that its class defines itself."""
    for method in vars(type_of(policy)).values():
        code = getattr(method, "__code__", None)
        if code is not None and code.co_name.startswith("on_"):
            return {"name": name, "file": author.file(code.co_filename), "line": code.co_firstlineno}
    return {"name": name, "file": None, "line": None}
