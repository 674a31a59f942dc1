"""Which fields of the installed dstack's configuration schema a folder of configurations doesn't use, as a JSON list.

A field counts where its key is written, on the model whose key it is: `TaskConfiguration.retry` and
`ServiceConfiguration.retry` are two.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from dstack._internal.core.models.configurations import DstackConfiguration

SCHEMA: dict[str, Any] = DstackConfiguration.model_json_schema()
MODELS: dict[str, Any] = SCHEMA["$defs"]


def reachable(node: Any, seen: set[str]) -> Iterator[str]:
    """The models that a configuration can hold. A preset never reaches plugins."""
    if isinstance(node, dict):
        name = str(node.get("$ref", "")).removeprefix("#/$defs/")
        if name and name not in seen and name != "PresetConfiguration":
            seen.add(name)
            yield name
            yield from reachable(MODELS[name], seen)
        for value in node.values():
            yield from reachable(value, seen)
    elif isinstance(node, list):
        for value in node:
            yield from reachable(value, seen)


def used(value: Any, node: dict[str, Any], name: str = "") -> Iterator[str]:
    """The fields that a value uses, as `Model.field`."""
    if "$ref" in node:
        name = node["$ref"].removeprefix("#/$defs/")
        yield from used(value, MODELS[name], name)
        return
    branches = node.get("anyOf") or node.get("oneOf")
    if branches:
        for branch in branches:
            if fits(value, branch):
                yield from used(value, branch, name)
        return
    if isinstance(value, list):
        for item in value:
            yield from used(item, node.get("items", {}), name)
    elif isinstance(value, dict):
        for key, item in value.items():
            if key in node.get("properties", {}):
                yield f"{name}.{key}"
                yield from used(item, node["properties"][key], name)
            elif isinstance(node.get("additionalProperties"), dict):
                yield from used(item, node["additionalProperties"], name)


def fits(value: Any, node: dict[str, Any]) -> bool:
    """Whether a branch of a union can be meant: its keys are known to it, and what is constant in it is what is written."""
    if "$ref" in node:
        return fits(value, MODELS[node["$ref"].removeprefix("#/$defs/")])
    branches = node.get("anyOf") or node.get("oneOf")
    if branches:
        return any(fits(value, branch) for branch in branches)
    if not isinstance(value, dict):
        return node.get("type") != "object"
    properties = node.get("properties")
    if properties is None:
        return "additionalProperties" in node
    required = set(node.get("required", ()))
    return required <= value.keys() <= properties.keys() and all(
        properties[key].get("const", item) == item for key, item in value.items()
    )


def main(folder: str) -> None:
    models = sorted(reachable({key: SCHEMA[key] for key in SCHEMA if key not in ("$defs", "discriminator")}, set()))
    fields = {f"{model}.{field}" for model in models for field in MODELS[model].get("properties", ())}
    seen: set[str] = set()
    for file in sorted(Path(folder).rglob("*.dstack.yml")):
        seen.update(used(yaml.safe_load(file.read_text()), SCHEMA))
    print(json.dumps({"fields": len(fields), "missing": sorted(fields - seen)}))


main(sys.argv[1])
