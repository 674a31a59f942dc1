"""The schemas of what `rest_plugin` sends and takes, from its own models, and the places that it sends them to."""

# pyright: reportMissingTypeStubs=false

import os
import re
from typing import Any, NamedTuple, get_args, get_origin

from .dstack_api import Dstack
from .dstack_rest import RestPlugin
from .plain import is_list, is_mapping
from .protocol import JsonObject, Kind

_REF = "#/components/schemas/"

# The least that dstack takes as a spec of each kind. What is in it comes to nothing: it is asked where it would be sent.
_LEAST: dict[Kind, JsonObject] = {
    "run": {"type": "task", "name": "any", "commands": [":"]},
    "fleet": {"type": "fleet", "name": "any", "nodes": 1},
    "volume": {"type": "volume", "name": "any", "backend": "aws", "region": "any", "size": "1GB"},
    "gateway": {"type": "gateway", "name": "any", "backend": "aws", "region": "any", "domain": "any.example.com"},
}


class Endpoint(NamedTuple):
    kind: Kind
    method: str
    path: str
    # Names of schemas.
    request: str
    response: str


class _Asked(BaseException):
    """Ends a call of the policy where it would send its request."""


def endpoints(dstack: Dstack, rest: RestPlugin) -> list[Endpoint]:
    """Calls each hook of the policy with its HTTP client replaced: run it in a process of its own."""
    service = "http://service"
    os.environ[rest.uri_variable] = service
    sent: list[tuple[str, str]] = []

    def send(this: Any, request: Any, **options: Any) -> Any:
        sent.append((str(request.method), str(request.url)))
        raise _Asked

    rest.requests.sessions.Session.send = send
    policy = rest.policy_class()
    found: list[Endpoint] = []
    for kind, least in _LEAST.items():
        data: JsonObject = {"configuration": dstack.dump(dstack.parse_configuration(least))}
        if kind == "fleet":
            data["profile"] = {"name": "any"}
        spec = dstack.parse(kind, data)
        try:
            policy.on_apply("any", "any", spec)
        except _Asked:
            method, url = sent[-1]
            found.append(Endpoint(kind, method, url.removeprefix(service), *_names(kind)))
    return found


def schemas(dstack: Dstack, rest: RestPlugin) -> JsonObject:
    """JSON Schemas (2020-12) by name."""
    models = {name: getattr(rest.module, name) for kind in _LEAST for name in _names(kind)}
    own = _of_pydantic_1(models) if dstack.pydantic.startswith("1.") else _of_pydantic_2(models)
    return {name: own[name] for name in sorted(own)}


def _names(kind: Kind) -> tuple[str, str]:
    """The names of its models in `rest_plugin`."""
    return f"{kind.title()}SpecRequest", f"{kind.title()}SpecResponse"


def _of_pydantic_2(models: dict[str, Any]) -> JsonObject:
    from pydantic.json_schema import models_json_schema

    # As dstack writes them, in responses too: it reads them as well. What else it reads is wider (`1d` is a duration), but in
    # places narrower (a fleet's `nodes` without `target`), so that a type made of that couldn't hold every request.
    refs, whole = models_json_schema([(model, "serialization") for model in models.values()], ref_template=_REF + "{model}")
    names = {refs[model, "serialization"]["$ref"].removeprefix(_REF): name for name, model in models.items()}
    return _renamed(whole["$defs"], names)


def _of_pydantic_1(models: dict[str, Any]) -> JsonObject:
    # Never installed beside the pydantic that this is checked with.
    import pydantic

    library: Any = pydantic
    from pydantic import schema as module

    generator: Any = module
    made = {name: _specialised(library, name, alias) for name, alias in models.items()}
    flat: Any = generator.get_flat_models_from_models(list(made.values()))
    keys: dict[Any, str] = generator.get_model_name_map(flat)
    definitions: JsonObject = generator.schema(list(made.values()), ref_prefix=_REF)["definitions"]
    for model, key in keys.items():
        if hasattr(model, "__fields__"):
            _complete(model, definitions[key])
    names = {keys[model]: name for name, model in made.items()}
    for model, key in keys.items():
        # Each of dstack's models has two classes, of which the one that refuses unknown fields is named so.
        if model not in made.values():
            names[key] = str(model.__name__).removesuffix("Request").removesuffix("Response")
    return _renamed(definitions, names)


def _specialised(pydantic: Any, name: str, alias: Any) -> Any:
    """With pydantic 1 the models are generic for the type checker alone: the field has all four kinds of spec."""
    base: Any = get_origin(alias)
    described = base.__fields__["spec"].field_info.description
    spec = get_args(alias)[0]
    return pydantic.create_model(name, __base__=base, spec=(spec, pydantic.Field(..., description=described)))


def _complete(model: Any, schema: JsonObject) -> None:
    """What pydantic 1 leaves unsaid: where null is allowed, and that a model with a `dict` of its own may leave fields out."""
    properties: JsonObject = schema.get("properties", {})
    for value in properties.values():
        default: Any = value.get("default")
        if is_mapping(default) and "__root__" in default:
            value["default"] = default["__root__"]
    for name, field in model.__fields__.items():
        if field.allow_none and name in properties:
            value = properties[name]
            about = {key: value.pop(key) for key in ("title", "description") if key in value}
            properties[name] = {**about, "anyOf": [value, {"type": "null"}]}
    if "dict" in vars(model):
        schema.pop("required", None)


def _renamed(definitions: JsonObject, names: dict[str, str]) -> JsonObject:
    """With names that a person would give: `Range_int` for `Range_int_`. Where two would share one, they keep their own."""
    wanted = {key: re.sub(r"\W+", "_", names.get(key, key)).strip("_") for key in definitions}
    taken = list(wanted.values())
    final = {key: name if taken.count(name) == 1 else key for key, name in wanted.items()}

    def rename(value: Any) -> Any:
        if is_mapping(value):
            return {key: rename(item) for key, item in value.items()}
        if is_list(value):
            return [rename(item) for item in value]
        if isinstance(value, str) and value.startswith(_REF):
            return _REF + final.get(value.removeprefix(_REF), value.removeprefix(_REF))
        return value

    renamed: JsonObject = {}
    for key, schema in definitions.items():
        renamed[final[key]] = {**rename(schema), **({"title": final[key]} if "title" in schema else {})}
    return renamed
