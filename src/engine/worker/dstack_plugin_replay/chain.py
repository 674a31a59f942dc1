"""The chain of policies: which there are, whose hooks they override, and which of the plugins each is from."""

from typing import Any, NamedTuple

from .dstack_api import Dstack
from .dstack_rest import NAME
from .frames import Author, class_name, type_of
from .protocol import ChainPolicy, Kind, Line, PolicyPlace


class Link(NamedTuple):
    """A policy as it was when the chain was asked for."""

    cls: type[Any]
    # The number of its plugin among the loaded ones.
    plugin: int
    described: ChainPolicy


class Chain:
    """What `get_apply_policies` gave once, after the plugins were loaded. The server asks for it anew on every apply."""

    def __init__(self, links: list[Link]) -> None:
        self._links = links
        self._classes = [link.cls for link in links]

    @property
    def described(self) -> list[ChainPolicy]:
        return [link.described for link in self._links]

    def places(self, policies: list[Any]) -> list[int | None]:
        """For each of the policies that the server would call now, which of the chain it is; None: it wasn't there."""
        classes = [type_of(policy) for policy in policies]
        if classes == self._classes:
            return list(range(len(classes)))
        free = dict(enumerate(self._classes))
        found: list[int | None] = []
        for cls in classes:
            place = next((at for at, each in free.items() if each is cls), None)
            if place is not None:
                del free[place]
            found.append(place)
        return found

    def plugin(self, place: int) -> int:
        return self._links[place].plugin


def ask(dstack: Dstack, author: Author) -> Chain:
    """Asks the loaded plugins for their policies, as an apply does; an empty chain where that raises."""
    try:
        by_plugin = dstack.policies_by_plugin()
    except BaseException:
        return Chain([])
    return Chain(
        [
            Link(type_of(policy), plugin, describe(dstack, author, policy))
            for plugin, policies in enumerate(by_plugin)
            for policy in policies
        ]
    )


def describe(dstack: Dstack, author: Author, policy: Any) -> ChainPolicy:
    """A policy with the hooks that it, or a base class that isn't dstack's ApplyPolicy, overrides."""
    hooks: dict[str, Line] = {}
    for name in vars(dstack.policy_class):
        if name.startswith("on_"):
            hook = overridden(dstack, policy, name)
            if hook is not None:
                hooks[name] = _line(author, hook)
    place = place_of(dstack, author, policy)
    return {**place, "hooks": hooks}


def overridden(dstack: Dstack, policy: Any, name: str) -> Any:
    """What stands in the place of dstack's own hook of that name; None where nothing does."""
    own = getattr(policy, "__dict__", {}).get(name)
    if own is not None:
        return own
    for cls in type_of(policy).__mro__:
        if cls is dstack.policy_class:
            return None
        if name in vars(cls):
            return vars(cls)[name]
    return None


def reaches(dstack: Dstack, policy: Any, kind: Kind) -> bool:
    """Whether code of the policy's own runs for a spec of this kind."""
    return any(overridden(dstack, policy, name) is not None for name in ("on_apply", f"on_{kind}_apply"))


def is_builtin(dstack: Dstack, policy: Any) -> bool:
    """Whether this is the policy of dstack's own `rest_plugin`."""
    return dstack.rest is not None and type_of(policy) is dstack.rest.policy_class


def place_of(dstack: Dstack, author: Author, policy: Any) -> PolicyPlace:
    """A policy with the place of the first hook that its class, or the nearest base class with one, defines."""
    if is_builtin(dstack, policy):
        # Nobody who writes a service has ever seen its class.
        return {"name": NAME, "file": None, "line": None}
    name = class_name(type_of(policy))
    for cls in type_of(policy).__mro__:
        for attribute, value in vars(cls).items():
            if attribute.startswith("on_"):
                line = _line(author, value)
                if line["file"] is not None:
                    return {"name": name, **line}
    return {"name": name, "file": None, "line": None}


def _line(author: Author, hook: Any) -> Line:
    # Below decorators that say what they wrap, static methods and partials.
    for _ in range(10):
        inner = getattr(hook, "__wrapped__", None) or getattr(hook, "__func__", None) or getattr(hook, "func", None)
        if inner is None:
            break
        hook = inner
    code: Any = getattr(hook, "__code__", None)
    if code is None:
        return {"file": None, "line": None}
    file = author.file(code.co_filename)
    return {"file": file, "line": None if file is None else code.co_firstlineno}
