"""Models whose schemas are built later are those that dstack has, and nobody sees the difference."""

import json
import subprocess
from typing import Any

import pytest
from conftest import PYDANTIC_1, WORKER, Engine

pytestmark = pytest.mark.skipif(PYDANTIC_1, reason="pydantic 1 has no schemas that could be built later")

PREAMBLE = f"""
import json, re, sys
from importlib import import_module
sys.path.insert(0, {str(WORKER)!r})
from dstack_plugin_replay import outside, schemas
from dstack_plugin_replay.dstack_api import import_dstack

def client(plain):
    '''dstack with its client, as plugins that use it find the two.'''
    dstack = import_dstack(plain)
    if plain:
        import_module("dstack.api")
    else:
        outside.preload(["dstack.api"])
    return dstack
"""


def run(engine: Engine, script: str) -> list[Any]:
    """The lines of JSON that a script prints in the engine's environment."""
    program = [engine.python, "-B", "-c", PREAMBLE + script]
    done = subprocess.run(program, capture_output=True, text=True, env=engine.environment, timeout=60)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def described(engine: Engine, plain: bool) -> dict[str, Any]:
    """All that specs are made of, by name, as text without addresses."""
    script = f"""
from inspect import signature

def text(value):
    return re.sub("0x[0-9a-f]+|[:-][0-9]{{6,}}", "(address)", repr(value))

for model in schemas.parts(client(plain={plain}).models()):
    texts = [text(each) for each in (model.__pydantic_core_schema__, model.model_fields, model.model_config, signature(model))]
    documents = [model.model_json_schema(mode=mode) for mode in ("validation", "serialization")]
    print(json.dumps([f"{{model.__module__}}.{{model.__qualname__}}", model.__pydantic_complete__, *texts, *documents]))
"""
    return {name: rest for name, *rest in run(engine, script)}


def test_all_that_specs_are_made_of_is_complete_and_as_it_is_in_the_server(engine: Engine) -> None:
    found = described(engine, plain=False)
    # Some 90 models today.
    assert len(found) > 50
    assert all(complete for complete, *_ in found.values())
    assert found == described(engine, plain=True)


def test_no_model_says_that_it_was_to_be_built_later(engine: Engine) -> None:
    script = """
import pydantic
class Before(pydantic.BaseModel, defer_build=True):
    pass
client(plain=False)
models = list(schemas.with_those_below(pydantic.BaseModel))
print(json.dumps([model.__name__ for model in models if "defer_build" in model.model_config]))
print(json.dumps(sum(not model.__pydantic_complete__ for model in models[1:]) > 100))
"""
    assert run(engine, script) == [["Before"], True]


def test_a_model_that_no_spec_has_is_built_when_it_is_used_and_one_that_a_plugin_defines_at_once(engine: Engine) -> None:
    script = """
client(plain=False)
from dstack._internal.core.models.runs import ApplyRunPlanInput, RunSpec
print(json.dumps(ApplyRunPlanInput.__pydantic_complete__))
try:
    ApplyRunPlanInput.model_validate({})
except ValueError as error:
    print(json.dumps([each["loc"] for each in error.errors()]))
print(json.dumps(ApplyRunPlanInput.__pydantic_complete__))

class Mine(ApplyRunPlanInput):
    more: int = 1

print(json.dumps(Mine.__pydantic_complete__))
"""
    assert run(engine, script) == [False, [["run_spec"]], True, True]
