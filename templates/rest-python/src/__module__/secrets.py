"""The secrets of a spec, so that what is logged about it can be cleared of them."""

from collections.abc import Iterator
from typing import Any, cast

HOLDERS = frozenset({"env", "registry_auth", "ssh_key", "ssh_key_pub"})
"""The fields whose values nobody else may see, at whatever depth they stand."""

SHORTEST = 4
"""A shorter value says nothing, and hiding it would hide half of every line."""


class Secrets:
    """Knows every value that stands below one of the fields in `HOLDERS`."""

    def __init__(self, sent: Any) -> None:
        found = {form for value in _values(sent, False) for form in _forms(value)}
        # The longest first: one may be part of another.
        self._values = sorted((one for one in found if len(one) >= SHORTEST), key=len, reverse=True)

    def hide(self, text: str) -> str:
        """The text with `***` for each secret."""
        for value in self._values:
            text = text.replace(value, "***")
        return text


def _values(data: Any, secret: bool) -> Iterator[str]:
    if isinstance(data, dict):
        for key, value in cast("dict[str, Any]", data).items():
            yield from _values(value, secret or key in HOLDERS)
    elif isinstance(data, list):
        for item in cast("list[Any]", data):
            yield from _values(item, secret)
    elif secret and data is not None and not isinstance(data, bool):
        yield str(data)


def _forms(value: str) -> Iterator[str]:
    """A value as it may be quoted: whole, escaped, line by line, and what follows `NAME=`."""
    for form in (value, value.partition("=")[2]):
        yield form
        yield repr(form)[1:-1]
        yield from (line.strip() for line in form.splitlines())
