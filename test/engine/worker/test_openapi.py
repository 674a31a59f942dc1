"""The OpenAPI document of the endpoints that `rest_plugin` calls."""

import json
import os
from importlib.metadata import version
from typing import Any

from conftest import PYDANTIC_1, Engine

KINDS = ("run", "fleet", "volume", "gateway")


def document(engine: Engine) -> Any:
    engine.worker.send({"do": "openapi", "id": 7})
    answer = engine.worker.answer()
    assert (answer["type"], answer["id"]) == ("openapi", 7)
    # For validators that these tests don't bring.
    kept = os.environ.get("CDP_KEEP_OPENAPI")
    if kept:
        with open(kept, "w", encoding="utf-8") as file:
            json.dump(answer["document"], file, indent=1)
    return answer["document"]


def references(value: Any) -> set[str]:
    if isinstance(value, dict):
        own = {value["$ref"]} if isinstance(value.get("$ref"), str) else set()
        mapped = set(value["mapping"].values()) if isinstance(value.get("mapping"), dict) else set()
        return own.union(mapped, *map(references, value.values()))
    return set().union(*map(references, value)) if isinstance(value, list) else set()


def test_the_four_endpoints_have_requests_and_responses_of_readable_names(engine: Engine) -> None:
    found = document(engine)
    assert (found["openapi"], found["info"]["title"], found["info"]["version"]) == (
        "3.1.0",
        "dstack plugin service",
        version("dstack"),
    )
    assert list(found["paths"]) == [f"/apply_policies/on_{kind}_apply" for kind in KINDS]
    for kind in KINDS:
        operation = found["paths"][f"/apply_policies/on_{kind}_apply"]["post"]
        assert operation["operationId"] == f"on_{kind}_apply"
        asked = operation["requestBody"]["content"]["application/json"]["schema"]
        answered = operation["responses"]["200"]["content"]["application/json"]["schema"]
        assert asked == {"$ref": f"#/components/schemas/{kind.title()}SpecRequest"}
        assert answered == {"$ref": f"#/components/schemas/{kind.title()}SpecResponse"}
        schemas = found["components"]["schemas"]
        request, response = (schemas[f"{kind.title()}Spec{way}"] for way in ("Request", "Response"))
        assert list(request["properties"]) == ["user", "project", "spec"]
        assert request["required"] == ["user", "project", "spec"]
        assert sorted(response["properties"]) == ["error", "spec"]
        assert response["required"] == ["spec"]
        for each in (request, response):
            assert references(each["properties"]["spec"]) == {f"#/components/schemas/{kind.title()}Spec"}


def test_every_name_is_one_that_a_generator_can_use_and_every_reference_has_its_schema(engine: Engine) -> None:
    found = document(engine)
    names = set(found["components"]["schemas"])
    assert all(name.replace("_", "").isalnum() and not name.endswith("_") for name in names), sorted(names)
    assert references(found) <= {f"#/components/schemas/{name}" for name in names}


def test_an_optional_field_may_be_null(engine: Engine) -> None:
    task = document(engine)["components"]["schemas"]["TaskConfiguration"]
    assert {"type": "null"} in task["properties"]["max_price"]["anyOf"]
    assert task.get("required", []) in ([], ["type"])


def test_it_is_the_same_each_time_and_in_another_process(engine: Engine) -> None:
    other = engine.start(PYTHONHASHSEED="7")
    try:
        other.send({"do": "openapi", "id": 1})
        assert json.dumps(other.answer()["document"]) == json.dumps(document(engine)) == json.dumps(document(engine))
    finally:
        other.stop()


def test_it_has_the_words_of_whatever_pydantic_there_is(engine: Engine) -> None:
    text = json.dumps(document(engine))
    assert ('"default": null' in text) is not PYDANTIC_1
    assert "SpecApply" not in text
