"""The floor over REST: dstack's own client in a loop, the plan and the apply of each sample one after another, without findings, expectations
or reports.

Usage: python rest_loop.py SAMPLES, with DSTACK_PLUGIN_SERVICE_URI in the environment. Prints how many replays there were in a second, once dstack
was imported.
"""

import asyncio
import logging
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import yaml
from dstack._internal.core.errors import ServerClientError
from dstack._internal.core.models.configurations import parse_apply_configuration
from dstack._internal.core.models.profiles import Profile
from dstack._internal.server.services.plugins import apply_plugin_policies, load_plugins
from dstack.plugins import FleetSpec, GatewaySpec, RunSpec, VolumeSpec

SPECS: dict[str, Any] = {"fleet": FleetSpec, "volume": VolumeSpec, "gateway": GatewaySpec}


def submitted(path: Path) -> Any:
    with open(path) as file:
        configuration: Any = parse_apply_configuration(yaml.safe_load(file))
    given: dict[str, Any] = {"configuration": configuration, "configuration_path": str(path)}
    cls = SPECS.get(configuration.type, RunSpec)
    if cls is RunSpec:
        given["run_name"] = configuration.name
    if cls in (RunSpec, FleetSpec):
        given["profile"] = Profile(name="default")
    return cls(**given)


async def phase(spec: Any) -> bool:
    cls = type(spec)
    copy = cls.model_validate(spec.model_dump())
    before = copy.model_dump(mode="json")
    try:
        result = await apply_plugin_policies("admin", "main", copy)
    except ServerClientError:
        return True
    return cls.model_validate(result.model_dump()).model_dump(mode="json") != before


async def main() -> None:
    samples = sorted(Path(sys.argv[1]).glob("*.dstack.yml"))
    started = time.perf_counter()
    acted = 0
    for path in samples:
        spec = submitted(path)
        acted += any([await phase(spec), await phase(spec)])
    print(f"{len(samples) / (time.perf_counter() - started):.1f} {acted}")


# What dstack logs of rejections and pydantic warns about costs time, and nobody reads it here.
logging.disable()
warnings.simplefilter("ignore")
load_plugins(["rest_plugin"])
asyncio.run(main())
