"""The words between the worker and its parent: JSON Lines. The parent's side is `src/engine/protocol.ts`."""

import json
from collections.abc import Callable
from typing import Any, Literal, TypedDict

from .plain import is_list, is_mapping

JsonObject = dict[str, Any]

Kind = Literal["run", "fleet", "volume", "gateway"]


class Context(TypedDict):
    user: str
    project: str
    profile: str | None


class SampleRequest(TypedDict):
    file: str
    configurationPath: str
    contexts: list[Context]


class Checks(TypedDict):
    server: bool
    order: bool
    offer: bool


class Service(TypedDict):
    """Where `rest_plugin` finds its plugin service."""

    url: str
    # Whether several children may ask it at once.
    concurrent: bool
    # Absolute: the file that the service's output goes to; None where somebody else started it.
    log: str | None


class _ReplayOptions(TypedDict, total=False):
    checks: Checks
    service: Service | None
    # Absolute, or None: the dummy task isn't kept.
    offerCache: str | None
    # Whether more requests for these plugins will follow, as when files are watched.
    again: bool
    # How many workers replay at the same time.
    workers: int
    # Whether nothing but the plugins' own code was changed since the last request.
    unchanged: bool
    # Not sent: the dummy task, once it is there.
    offer: JsonObject
    # Not sent: whether children say what the plugins import from outside their own sources.
    learns: bool


class ReplayRequest(_ReplayOptions):
    do: Literal["replay"]
    id: int
    plugins: list[str]
    root: str
    samples: list[SampleRequest]
    env: dict[str, str]
    timeout: float


class LoadProblem(TypedDict):
    plugin: str
    code: str
    text: str
    traceback: str | None
    file: str | None
    line: int | None


class InvalidSample(TypedDict):
    type: Literal["invalid-sample"]
    id: int
    sample: int
    # None: no context of the sample can be replayed.
    context: int | None
    code: str
    text: str
    line: int | None
    secrets: list[str]


class ValidSample(TypedDict):
    type: Literal["sample"]
    id: int
    sample: int
    kind: Kind
    configurationType: str
    secrets: list[str]


class PolicyPlace(TypedDict):
    name: str
    file: str | None
    line: int | None


class Line(TypedDict):
    file: str | None
    line: int | None


class ChainPolicy(PolicyPlace):
    """A policy of the chain, and by method where each hook that it overrides begins."""

    hooks: dict[str, Line]


class Step(TypedDict):
    """What a policy made of the spec, by its place in the chain."""

    policy: int
    dump: JsonObject


class _FactDetails(TypedDict, total=False):
    other: int | None
    wrote: Any
    holds: Any


class Fact(_FactDetails):
    """Something that the worker saw and that Node turns into a finding."""

    code: str
    policy: int | None
    file: str | None
    line: int | None
    path: str | None
    text: str | None


Phase = Literal["plan", "apply"]


class ExchangeError(TypedDict):
    kind: Literal["connection", "timeout", "other"]
    text: str


class Redirect(TypedDict):
    status: int
    location: str | None


class Exchange(TypedDict):
    """A request of `rest_plugin` to the plugin service, and what came back, as it was on the wire."""

    phase: Phase
    url: str
    request: str
    # Of the last answer, after redirects.
    status: int | None
    headers: list[tuple[str, str]]
    # None where none came, or not to its end.
    body: str | None
    error: ExchangeError | None
    redirects: list[Redirect]
    # Of the last request.
    method: str
    milliseconds: float
    # dstack's reasons to refuse the answer, as `path: words`.
    refused: list[str] | None


Outcome = Literal["accepted", "rejected", "crashed", "invalid", "timed-out"]


class _OfService(TypedDict, total=False):
    exchanges: list[Exchange]
    # Bytes of the service's log when the replay began and when it ended.
    serviceLog: tuple[int, int]


class Replay(_OfService):
    """A replay's answer, without `printed` and `logs`: the supervisor adds them."""

    type: Literal["replay"]
    id: int
    sample: int
    context: int
    outcome: Outcome
    message: str | None
    before: JsonObject | None
    after: JsonObject | None
    policy: PolicyPlace | None
    # The walk of the apply phase, policy by policy.
    steps: list[Step]
    facts: list[Fact]
    # The places of the policies whose own code was called.
    reached: list[int]
    traceback: str | None
    milliseconds: float


SampleAnswer = InvalidSample | ValidSample


# Made before any plugin can replace `json.dumps`.
_json = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode


def encode(answer: Any, quickly: Callable[[Any], bytes] | None = None) -> bytes:
    """One line of strict JSON, without the line end. `quickly` does it for what holds no lone surrogate, NaN or infinity."""
    if quickly is not None:
        try:
            line = quickly(answer)
            if b"NaN" not in line and b"Infinity" not in line:
                return line
        except Exception:
            # In ASCII, surrogates get through.
            pass
    try:
        return _json(answer).encode()
    except ValueError:
        return _json(_without_nan(answer)).encode()


def _without_nan(value: Any) -> Any:
    """NaN and infinities, for which JSON has no words, become the strings that Python prints for them."""
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return repr(value)
    if is_mapping(value):
        return {key: _without_nan(item) for key, item in value.items()}
    if is_list(value):
        return [_without_nan(item) for item in value]
    return value
