"""Replays samples through generated REST projects by dstack's own `rest_plugin`, each project's service started for it, and holds what comes
of them against a package plugin with the same policies.

Usage: replay_services.py SERVICES CORPUS. SERVICES is a JSON file: a list of objects with the project's folder (`project`), the package with the
same policies (`package`), and how to start the service (`command`, `env`). CORPUS holds more samples, which the service of the project `none`
has to send back as they came. Prints one line of JSON: how many requests came back as they were sent (`echoed`), what replay_projects.py prints
(`replayed`), where a service and the package come to different results on the corpus (`differences`), and how many of which results those were
(`outcomes`).
"""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests
import yaml
from dstack._internal.server.services import plugins
from replay_projects import load, replay, spec_of

PREFIX = "Apply request rejected: "

echoed = 0
check_echo = False
secrets: set[str] = set()
send = requests.Session.send


def recorded(session: requests.Session, request: requests.PreparedRequest, **options: Any) -> requests.Response:
    global echoed
    response = send(session, request, **options)
    if request.method != "POST":
        return response
    sent = json.loads(request.body or b"")["spec"]
    secrets.update(secrets_of(sent))
    if check_echo:
        assert response.json() == {"spec": sent, "error": None}, f"{sent}\n{response.text}"
        assert list(json.loads(response.text)["spec"]) == list(sent)
        echoed += 1
    return response


def secrets_of(value: Any, below: bool = False) -> Iterator[str]:
    """Those that are long enough to be told from other words."""
    if isinstance(value, dict):
        for name, field in value.items():
            yield from secrets_of(field, below or name in ("env", "registry_auth", "ssh_key"))
    elif isinstance(value, list):
        for item in value:
            yield from secrets_of(item, below)
    elif below and isinstance(value, str) and len(value) >= 6:
        yield value


@contextmanager
def serving(project: Path, command: list[str], env: dict[str, str]) -> Iterator[None]:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    with (project / "service.log").open("w") as log:
        process = subprocess.Popen(command, env=os.environ | {"PORT": str(port)} | env, cwd=project, stdout=log, stderr=log)
    try:
        for _ in range(600):
            try:
                requests.get(f"{url}/healthz", timeout=5)
                break
            except requests.ConnectionError:
                if process.poll() is not None:
                    raise RuntimeError((project / "service.log").read_text()) from None
                time.sleep(0.1)
        os.environ["DSTACK_PLUGIN_SERVICE_URI"] = url
        plugins.load_plugins(["rest_plugin"])
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            assert process.wait(30) == 0, "the service didn't stop in peace"
        finally:
            process.kill()


def check_log(project: Path) -> None:
    lines = (project / "service.log").read_text().splitlines()
    assert any("on_run_apply" in line for line in lines), "no request is logged"
    for line in lines:
        assert json.loads(line)["level"].lower() == "info", line
        assert not any(secret in line for secret in secrets), line


async def replay_samples(project: Path) -> list[dict[str, Any]]:
    results: list[dict[str, Any]] = []
    for sample in sorted((project / "samples").glob("*.dstack.yml")):
        expected = sample.with_name(sample.name.replace(".dstack.yml", ".expected.yml"))
        for entry in yaml.safe_load(expected.read_text()):
            contexts = entry["as"] if isinstance(entry["as"], list) else [entry["as"]]
            for context in contexts:
                user, _, place = context.partition("@")
                result = await replay(sample, user, place)
                results.append({"project": project.name, "sample": sample.stem.removesuffix(".dstack"), "as": context} | result)
    return results


async def replay_corpus(samples: list[Path]) -> dict[str, dict[str, Any]]:
    return {sample.name: await replay(sample, "alice", "main") for sample in samples}


def parses(sample: Path) -> bool:
    try:
        spec_of(sample)
    except ValueError:
        return False
    return True


def outcome(result: dict[str, Any]) -> str:
    if result["message"] is not None:
        return "rejected"
    return "unchanged" if result["before"] == result["after"] else "modified"


async def main(services: list[dict[str, Any]], corpus: Path) -> None:
    global check_echo
    os.environ["NO_PROXY"] = "127.0.0.1"
    requests.Session.send = recorded
    samples = [sample for sample in sorted(corpus.glob("*.dstack.yml")) if parses(sample)]
    replayed: list[dict[str, Any]] = []
    differences: list[dict[str, Any]] = []
    outcomes: Counter[str] = Counter()
    for service in services:
        project = Path(service["project"])
        with serving(project, service["command"], service["env"]):
            replayed += await replay_samples(project)
            check_echo = project.name == "none"
            from_service = await replay_corpus(samples)
            check_echo = False
        check_log(project)
        plugins._PLUGINS[:] = [load(Path(service["package"]))]
        for name, expected in (await replay_corpus(samples)).items():
            outcomes[outcome(expected)] += 1
            if expected["message"] is not None:
                expected["message"] = PREFIX + expected["message"]
            actual = from_service[name]
            if actual != expected:
                # The specs only where they are what differs: the message of a failing test is read by a person.
                shown = "message" if actual["message"] != expected["message"] else "after"
                differences.append({"project": project.name, "sample": name, "package": expected[shown], "service": actual[shown]})
    print(json.dumps({"echoed": echoed, "replayed": replayed, "differences": differences, "outcomes": outcomes}))


asyncio.run(main(json.loads(Path(sys.argv[1]).read_text()), Path(sys.argv[2])))
