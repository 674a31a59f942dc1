"""Replays the samples of generated projects through dstack's own functions, many projects in one process.

Usage: replay_projects.py FOLDER, where each folder in FOLDER is a project. Prints a JSON array with an item for each
sample and context: the dumps that the server's way gives without and with the policies, or the message of the rejection.
"""

import asyncio
import importlib
import json
import sys
from pathlib import Path
from typing import Any

import yaml
from dstack._internal.core.errors import ServerClientError
from dstack._internal.core.models.configurations import parse_apply_configuration
from dstack._internal.core.models.profiles import Profile
from dstack._internal.server.services import plugins
from dstack.plugins import FleetSpec, GatewaySpec, Plugin, RunSpec, VolumeSpec


def spec_of(sample: Path) -> Any:
    configuration: Any = parse_apply_configuration(yaml.safe_load(sample.read_text()))
    configuration = getattr(configuration, "root", configuration)
    profile = Profile(name="default")
    if configuration.type == "fleet":
        return FleetSpec(configuration=configuration, profile=profile)
    if configuration.type == "volume":
        return VolumeSpec(configuration=configuration)
    if configuration.type == "gateway":
        return GatewaySpec(configuration=configuration)
    return RunSpec(run_name=configuration.name, configuration=configuration, profile=profile)


def parsed_again(spec: Any) -> Any:
    return type(spec).model_validate(json.loads(spec.model_dump_json()))


def dump(spec: Any) -> Any:
    return json.loads(spec.model_dump_json())


def load(project: Path) -> Plugin:
    (package,) = [folder for folder in (project / "src").iterdir() if (folder / "py.typed").exists()]
    for name in [name for name in sys.modules if name.split(".")[0] == package.name]:
        del sys.modules[name]
    importlib.invalidate_caches()
    sys.path.insert(0, str(project / "src"))
    try:
        module = importlib.import_module(package.name)
    finally:
        sys.path.pop(0)
    (found,) = [
        value
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Plugin) and value is not Plugin
    ]
    return found()


async def replay(sample: Path, user: str, project: str) -> dict[str, Any]:
    before = parsed_again(spec_of(sample))
    spec = parsed_again(spec_of(sample))
    try:
        after = await plugins.apply_plugin_policies(user, project, spec)
    except ServerClientError as error:
        return {"before": dump(before), "after": None, "message": error.msg}
    if isinstance(after, (RunSpec, FleetSpec)):
        after = parsed_again(after)
    return {"before": dump(before), "after": dump(after), "message": None}


async def main(folder: Path) -> None:
    results: list[dict[str, Any]] = []
    for project in sorted(folder.iterdir()):
        plugins._PLUGINS[:] = [load(project)]
        for sample in sorted((project / "samples").glob("*.dstack.yml")):
            expected = sample.with_name(sample.name.replace(".dstack.yml", ".expected.yml"))
            for entry in yaml.safe_load(expected.read_text()):
                contexts = entry["as"] if isinstance(entry["as"], list) else [entry["as"]]
                for context in contexts:
                    user, _, place = context.partition("@")
                    result = await replay(sample, user, place)
                    results.append({"project": project.name, "sample": sample.stem.removesuffix(".dstack"), "as": context} | result)
        plugins._PLUGINS[:] = [load(project)]
        offer = RunSpec.model_validate({"configuration": {"type": "task", "image": "scratch", "commands": [":"], "user": "root", "resources": {"cpu": "1..", "memory": "0..", "gpu": "0..", "disk": None}}, "profile": {"name": "default"}})
        await plugins.apply_plugin_policies("admin", "main", offer)
    json.dump(results, sys.stdout)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
