"""The floor: a bare loop over dstack's own functions, without isolation, blame, findings, expectations or reports.

Usage: python bare_loop.py PLUGIN PHASES FOLDER, where PHASES is 1 (a plan) or 2 (a plan, and from the original spec the apply). With
`rest_plugin` it is dstack's own client of the service that DSTACK_PLUGIN_SERVICE_URI names. Prints how many samples it did in a second, once
dstack was imported.
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
    acted = 0
    started = time.perf_counter()
    samples = sorted(Path(sys.argv[3]).glob("*.dstack.yml"))
    for path in samples:
        spec = submitted(path)
        acted += any([await phase(spec) for _ in range(int(sys.argv[2]))])
    rate = len(samples) / (time.perf_counter() - started)
    print(f"{rate:.1f} a second; {acted} of {len(samples)} changed or rejected")


# What policies log and pydantic warns about costs time, and nobody reads it here.
logging.disable()
warnings.simplefilter("ignore")
load_plugins([sys.argv[1]])
asyncio.run(main())
