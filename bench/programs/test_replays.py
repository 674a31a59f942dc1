"""The same replays as people write them in pytest: a case a sample, plan and apply, held against what was recorded.

Environment: BENCH_PLUGIN, BENCH_SAMPLES (a folder) and BENCH_RECORDED (a JSON file, which is written where there is none).
"""

import asyncio
import json
import os
from pathlib import Path
from typing import Any

import pytest
import yaml
from dstack._internal.core.models.configurations import parse_apply_configuration
from dstack._internal.core.models.profiles import Profile
from dstack._internal.server.services.plugins import apply_plugin_policies, load_plugins
from dstack.plugins import FleetSpec, GatewaySpec, RunSpec, VolumeSpec

SPECS: dict[str, Any] = {"fleet": FleetSpec, "volume": VolumeSpec, "gateway": GatewaySpec}
RECORDED = Path(os.environ["BENCH_RECORDED"])
SAMPLES = sorted(Path(os.environ["BENCH_SAMPLES"]).glob("*.dstack.yml"))


@pytest.fixture(scope="session")
def recorded() -> Any:
    load_plugins([os.environ["BENCH_PLUGIN"]])
    if RECORDED.exists():
        yield json.loads(RECORDED.read_text())
    else:
        found: dict[str, Any] = {}
        yield found
        RECORDED.write_text(json.dumps(found))


def replay(spec: Any) -> Any:
    copy = type(spec).model_validate(spec.model_dump())
    try:
        result = asyncio.run(apply_plugin_policies("admin", "main", copy))
    except Exception as error:
        return str(error)
    return type(spec).model_validate(result.model_dump()).model_dump(mode="json")


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_replay(path: Path, recorded: Any) -> None:
    configuration: Any = parse_apply_configuration(yaml.safe_load(path.read_text()))
    given: dict[str, Any] = {"configuration": configuration, "configuration_path": str(path)}
    cls = SPECS.get(configuration.type, RunSpec)
    if cls is RunSpec:
        given["run_name"] = configuration.name
    if cls in (RunSpec, FleetSpec):
        given["profile"] = Profile(name="default")
    spec = cls(**given)
    plan, apply = replay(spec), replay(spec)
    assert plan == apply
    assert recorded.setdefault(path.name, plan) == plan
