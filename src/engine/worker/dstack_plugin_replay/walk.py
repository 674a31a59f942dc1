"""The policies one after the other, as dstack's own `apply_plugin_policies` calls them, with a look at the spec after each."""

from collections.abc import Callable
from typing import Any, NamedTuple

from .chain import reaches
from .differences import identical
from .dstack_api import Dstack
from .protocol import JsonObject, Kind


class Start(NamedTuple):
    """A spec that a phase begins with, and where they are known its dump and what it carries beside that (`unseen.of`)."""

    spec: Any
    dump: JsonObject | None = None
    unseen: dict[str, Any] | None = None


class Left(NamedTuple):
    """What a policy left behind that changed the dump."""

    at: int
    dump: JsonObject


class Wrong(NamedTuple):
    """What a policy returned instead of a spec: `None`, or `a dict`."""

    at: int
    what: str


class Walk:
    """One walk. Policies are named by their place among those that it asked for."""

    def __init__(
        self,
        dstack: Dstack,
        kind: Kind,
        swap: tuple[int, int] | None = None,
        on_start: Callable[[Any], None] | None = None,
        on_left: Callable[[int, Any], None] | None = None,
        before: JsonObject | None = None,
    ) -> None:
        """`swap`: two policies that change places. The others see the spec at the start, and after each policy with own code.

        `before`: the dump at the start, where it is known.
        """
        self._dstack = dstack
        self._kind: Kind = kind
        self._swap = swap
        self._on_start = on_start
        self._on_left = on_left
        # The dump at the start.
        self.before = before
        self.policies: list[Any] = []
        # Those whose own code was called.
        self.reached: list[int] = []
        self.left: list[Left] = []
        self.wrong: list[Wrong] = []

    async def through(self, user: str, project: str, spec: Any) -> Any:
        """Raises as dstack does."""
        # The names of these two are what is looked for in the frames of what is raised.
        policies = self._dstack.policies()
        if self._swap is not None:
            one, other = self._swap
            policies[one], policies[other] = policies[other], policies[one]
        self.policies = policies
        last = self.before = self._dump(spec) if self.before is None else self.before
        if self._on_start is not None:
            self._on_start(spec)
        for at, policy in enumerate(policies):
            own = reaches(self._dstack, policy, self._kind)
            if own:
                self.reached.append(at)
            was_spec = self._is_spec(spec)
            try:
                spec = await self._dstack.run_async(policy.on_apply, user=user, project=project, spec=spec)
            except ValueError as error:
                raise self._dstack.client_error(error.args[0] if error.args else None) from error
            if not self._is_spec(spec):
                if was_spec:
                    self.wrong.append(Wrong(at, what(spec)))
            elif own:
                dump = self._dump(spec)
                if dump is not None and not identical(last, dump):
                    self.left.append(Left(at, dump))
                last = dump
                if self._on_left is not None:
                    self._on_left(at, spec)
        return spec

    def _is_spec(self, value: Any) -> bool:
        return isinstance(value, self._dstack.spec_classes[self._kind])

    def _dump(self, spec: Any) -> JsonObject | None:
        # A policy may have written what can't be dumped.
        try:
            return self._dstack.dump(spec)
        except Exception:
            return None


def what(value: object) -> str:
    return "None" if value is None else f"a {type(value).__name__}"
