"""Whether somebody meant a rejection: dstack takes every ValueError for a policy's word to its user."""

import sys
from typing import Any

from .dstack_api import Dstack
from .frames import Author, headline, type_of
from .protocol import Fact


def judge(dstack: Dstack, author: Author, raised: BaseException, policy: int | None) -> Fact | None:
    """`raised` is what the policy raised; dstack's own errors are no ValueErrors, and always meant."""
    if not isinstance(raised, ValueError) or isinstance(raised, (dstack.client_error, dstack.forbidden_error)):
        return None
    cls = type_of(raised)
    place, raises = author.place_of_last(raised)
    if cls is not ValueError:
        accident, foreign = _somebody_elses(author, cls), False
    elif place is not None:
        accident, foreign = not raises, False
    else:
        # Such as the ValueError for a field that a model doesn't have.
        accident = _module_of_last(raised).partition(".")[0] in ("pydantic", "pydantic_core")
        foreign = not accident
    if not accident and not foreign:
        return None
    at = author.deepest(raised)
    return {
        "code": "accidental-rejection" if accident else "foreign-rejection",
        "policy": policy,
        "file": None if at is None else at.file,
        "line": None if at is None else at.line,
        "path": None,
        "text": headline(raised),
    }


def _somebody_elses(author: Author, cls: type[Any]) -> bool:
    """Whether a class below ValueError is the standard library's or pydantic's, or a library's that is based on one of those."""
    file = getattr(sys.modules.get(cls.__module__), "__file__", None)
    if file is not None and author.file(file) is not None:
        return False
    for each in cls.__mro__:
        if each is ValueError:
            return False
        top = each.__module__.partition(".")[0]
        if top in ("pydantic", "pydantic_core") or top in sys.stdlib_module_names:
            return True
    return False


def _module_of_last(raised: BaseException) -> str:
    traceback = raised.__traceback__
    name = ""
    while traceback is not None:
        name = str(traceback.tb_frame.f_globals.get("__name__", ""))
        traceback = traceback.tb_next
    return name
