"""Whether what comes of a sample depends on which samples were replayed before it."""

import json
from typing import Any, NamedTuple

from .differences import differences
from .protocol import Fact


class Result(NamedTuple):
    outcome: str
    message: str | None
    after: Any


class Order:
    """Remembers what came of the samples the other way round."""

    def __init__(self) -> None:
        self._results: dict[tuple[int, int], Result] = {}

    def remember(self, sample: int, context: int, answer: bytes) -> None:
        self._results[sample, context] = _result(json.loads(answer))

    def fact(self, sample: int, context: int, answer: bytes) -> Fact | None:
        """What the answer that comes now has to say of the one that is remembered."""
        other = self._results.get((sample, context))
        if other is None:
            return None
        whole: Any = json.loads(answer)
        now = _result(whole)
        # A policy that never gives the same result twice is told from one that remembers.
        if any(fact["code"] == "plan-apply-differ" for fact in whole["facts"]):
            return None
        pointer = None
        if now[:2] == other[:2]:
            differing = list(differences(now.after, other.after))
            if not differing:
                return None
            pointer = differing[0]
        text = other.outcome if other.message is None else f"{other.outcome}: {other.message}"
        return {"code": "order-dependent", "policy": None, "file": None, "line": None, "path": pointer, "text": text}


def _result(answer: Any) -> Result:
    return Result(answer["outcome"], answer["message"], answer["after"])
