"""A YAML file as dstack reads it (PyYAML's `safe_load`), with errors that say where, and never what stands there."""

import re
from typing import Any, NamedTuple

from .dstack_api import Dstack

Loc = tuple[str | int, ...]


class BadYaml(Exception):
    """`args` are the code, the sentence and the line."""

    def __init__(self, code: str, text: str, line: int | None) -> None:
        super().__init__(code, text, line)
        self.code = code
        self.text = text
        self.line = line


def decode(content: bytes) -> str:
    """The text as Python's text mode gives it to dstack: UTF-8, with line ends made one."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise BadYaml("not-utf-8", "The file isn't UTF-8.", line) from None
    return text.replace("\r\n", "\n").replace("\r", "\n")


# Lines that libyaml can't take for anything else than PyYAML's own scanner does: comments, and keys and items with values in one
# line, in printable ASCII. That rules out tabs, anchors, tags, blocks of text, values of several lines, escapes, and documents.
_PLAIN = r"[A-Za-z0-9_./](?:[A-Za-z0-9_./+=@$^~()-]|:(?=[A-Za-z0-9_./]))*"
_WORD = r"[A-Za-z0-9_./][A-Za-z0-9_./+=@-]*"
_QUOTED = r"\"[A-Za-z0-9 _./:+=@,-]*\"|'[A-Za-z0-9 _./:+=@,-]*'"
_VALUE = rf"(?:{_PLAIN}(?: +{_PLAIN})*|{_QUOTED}|\[(?:{_WORD}|{_QUOTED})(?:, (?:{_WORD}|{_QUOTED}))*\])"
_KEY = r"[A-Za-z_][A-Za-z0-9_-]*:"
_SIMPLE = re.compile(rf"(?: *(?:- {_KEY} {_VALUE}|{_KEY}(?: {_VALUE})?|- {_VALUE}|# [ -~]*)?(?:\n|\Z))+")


def is_simple(text: str) -> bool:
    """Whether libyaml and PyYAML's own scanner can't disagree about it."""
    return _SIMPLE.fullmatch(text) is not None


def load(dstack: Dstack, text: str) -> Any:
    """What `yaml.safe_load`, dstack's own loader, makes of it.

    libyaml's is eight times as fast, but differs in what it takes, so it gets the simplest of files alone. Where it refuses one,
    the other says why.
    """
    yaml = dstack.yaml
    try:
        if dstack.fast_yaml_loader is not None and is_simple(text):
            try:
                return yaml.load(text, Loader=dstack.fast_yaml_loader)
            except Exception:
                pass
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise _explain(yaml, error, text) from None
    except RecursionError:
        raise BadYaml("invalid-yaml", "The YAML is nested too deeply for dstack to read.", None) from None
    except Exception as error:
        # Values that look like a date and are none, and the like.
        text = f"The YAML holds a value that can't be read: {error}."
        raise BadYaml("invalid-yaml", text, None) from None


def _explain(yaml: Any, error: Any, text: str) -> BadYaml:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    line: int | None = None if mark is None else int(mark.line) + 1
    if isinstance(error, yaml.composer.ComposerError) and error.context == "expected a single document in the stream":
        return BadYaml("several-documents", "The file holds several YAML documents; dstack takes one.", line)
    if isinstance(error, yaml.reader.ReaderError):
        position: Any = error.position
        line = text.count("\n", 0, position) + 1
        return BadYaml("invalid-yaml", "The YAML doesn't parse: a character that YAML doesn't allow.", line)
    # Not `str(error)`: it quotes the lines around, which may hold secrets.
    said = ", ".join(part for part in (getattr(error, "context", None), getattr(error, "problem", None)) if part)
    return BadYaml("invalid-yaml", f"The YAML doesn't parse: {said or type(error).__name__}.", line)


class Located(NamedTuple):
    path: str
    line: int | None


def locate(root: Any, loc: Loc) -> Located:
    """Follows pydantic's `loc` into a composed document, as deep as it goes: the readable path, and the line (None: no document).

    Parts of a `loc` that name no key, such as the tag of a union, are left out, except at the end: a key that is missing.
    """
    path = ""
    node = root
    line: int | None = None if root is None else root.start_mark.line + 1
    for number, part in enumerate(loc):
        found = _child(node, part)
        if found is not None:
            mark, node = found
            line = mark.line + 1
        elif number != len(loc) - 1 or not isinstance(part, str) or not part.isidentifier() or number == 0:
            continue
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else part
    return Located(path, line)


def _child(node: Any, part: str | int) -> tuple[Any, Any] | None:
    """Where an item of a composed mapping or list starts, and the item."""
    kind: str | None = getattr(node, "id", None)
    if kind == "mapping":
        for key, value in node.value:
            if getattr(key, "value", None) == str(part):
                return key.start_mark, value
    elif kind == "sequence" and isinstance(part, int) and part < len(node.value):
        return node.value[part].start_mark, node.value[part]
    return None


def compose(dstack: Dstack, text: str) -> Any:
    """The document with its lines, or None."""
    yaml: Any = dstack.yaml
    try:
        return yaml.compose(text, Loader=yaml.SafeLoader)
    except Exception:
        return None
