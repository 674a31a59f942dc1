"""The floor: a bare loop over dstack's own functions, one phase, without isolation, expectations or reports.

Usage: python bare_loop.py PLUGIN SAMPLE...
"""

import asyncio
import sys

import yaml
from dstack._internal.core.models.configurations import parse_apply_configuration
from dstack._internal.core.models.profiles import Profile
from dstack._internal.core.models.runs import RunSpec
from dstack._internal.server.services.plugins import apply_plugin_policies, load_plugins

load_plugins([sys.argv[1]])


async def replay(path: str) -> bool:
    with open(path) as file:
        configuration = parse_apply_configuration(yaml.safe_load(file))
    spec = RunSpec(
        run_name=configuration.name,
        configuration_path=path,
        configuration=configuration,
        profile=Profile(name="default"),
    )
    submitted = RunSpec.model_validate(spec.model_dump())
    before = submitted.model_dump(mode="json")
    try:
        result = await apply_plugin_policies("admin", "main", submitted)
    except Exception:
        return True
    return RunSpec.model_validate(result.model_dump()).model_dump(mode="json") != before


async def main() -> None:
    acted = [await replay(path) for path in sys.argv[2:]]
    print(f"{sum(acted)} of {len(acted)} changed or rejected")


asyncio.run(main())
