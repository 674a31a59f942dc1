"""When the schemas of dstack's models are built: a replay needs a quarter of them, and the rest takes a sixth of the import."""

from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, get_args

# As true as `True`, and told from one that a model has of its own.
_LATER = object()


@contextmanager
def built_when_used() -> Generator[None, None, None]:
    """Models that are defined meanwhile get their validators and serializers when they are first used (pydantic's `defer_build`),
    and say nothing of it afterwards. Without effect for pydantic 1.
    """
    from pydantic import BaseModel

    base: Any = BaseModel
    if not hasattr(base, "model_config"):
        yield
        return
    for model in with_those_below(base):
        model.model_config.setdefault("defer_build", _LATER)
    try:
        yield
    finally:
        # Models that a plugin makes of these are built at once.
        for model in with_those_below(base):
            if model.model_config.get("defer_build") is _LATER:
                del model.model_config["defer_build"]


def build(roots: Iterable[type]) -> None:
    """Builds the schemas of these models and of all that they are made of, what is within first, as their import does."""
    for model in parts(roots):
        # What can't be built yet wouldn't have been built by itself either.
        model.model_rebuild(raise_errors=False)


def build_left() -> None:
    """Builds what was left for later, so that using it alters nothing any more."""
    from pydantic import BaseModel

    base: Any = BaseModel
    for model in with_those_below(base):
        # The base has nothing to build, and pydantic 1 leaves nothing.
        if model is not base and not getattr(model, "__pydantic_complete__", True):
            model.model_rebuild(raise_errors=False)


def parts(roots: Iterable[Any]) -> Iterator[Any]:
    """The models in the fields of these ones, and in the fields of those; each once, what is within first. None of pydantic 1."""
    seen: set[Any] = set()

    def visit(annotation: Any) -> Iterator[Any]:
        # `Annotated` has the attributes of what it annotates, but is no type.
        fields: dict[str, Any] | None = getattr(annotation, "model_fields", None) if isinstance(annotation, type) else None
        if fields is None:
            for argument in get_args(annotation):
                yield from visit(argument)
        elif annotation not in seen:
            seen.add(annotation)
            for field in fields.values():
                yield from visit(field.annotation)
            yield annotation

    for root in roots:
        yield from visit(root)


def with_those_below(model: Any) -> Iterator[Any]:
    """A model and all that are derived from it, at any depth."""
    yield model
    for each in model.__subclasses__():
        yield from with_those_below(each)
