"""Replays the samples of generated REST projects in Python through dstack's own `rest_plugin`, each project's service started for it.

Usage: replay_services.py FOLDER CORPUS, where each folder in FOLDER is a project, and CORPUS holds more samples, which the service of
the project `none` has to send back as they came. Prints one line of JSON: how many
requests came back as they were sent, and what replay_projects.py prints.
"""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests
import yaml
from dstack._internal.server.services import plugins
from replay_projects import replay, spec_of

echoed = 0
check_echo = False
send = requests.Session.send


def recorded(session: requests.Session, request: requests.PreparedRequest, **options: Any) -> requests.Response:
    global echoed
    response = send(session, request, **options)
    if check_echo:
        sent = json.loads(request.body or b"")["spec"]
        assert response.json() == {"spec": sent, "error": None}, f"{sent}\n{response.text}"
        assert list(json.loads(response.text)["spec"]) == list(sent)
        echoed += 1
    return response


@contextmanager
def serving(project: Path) -> Iterator[None]:
    (package,) = (project / "src").iterdir()
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    environment = os.environ | {"PORT": str(port), "PYTHONPATH": str(project / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
    with (project / "service.log").open("w") as log:
        process = subprocess.Popen([sys.executable, "-m", package.name], env=environment, stdout=log, stderr=log)
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
    for line in (project / "service.log").read_text().splitlines():
        assert json.loads(line)["level"] == "info", line


async def main(folder: Path, corpus: Path) -> None:
    global check_echo
    os.environ["NO_PROXY"] = "127.0.0.1"
    requests.Session.send = recorded
    results: list[dict[str, Any]] = []
    for project in sorted(folder.iterdir()):
        with serving(project):
            for sample in sorted((project / "samples").glob("*.dstack.yml")):
                expected = sample.with_name(sample.name.replace(".dstack.yml", ".expected.yml"))
                for entry in yaml.safe_load(expected.read_text()):
                    contexts = entry["as"] if isinstance(entry["as"], list) else [entry["as"]]
                    for context in contexts:
                        user, _, place = context.partition("@")
                        result = await replay(sample, user, place)
                        results.append(
                            {"project": project.name, "sample": sample.stem.removesuffix(".dstack"), "as": context} | result
                        )
            if project.name == "none":
                check_echo = True
                for sample in sorted(corpus.glob("*.dstack.yml")):
                    try:
                        spec_of(sample)
                    except ValueError:
                        continue
                    result = await replay(sample, "admin", "main")
                    assert result["message"] is None and result["before"] == result["after"], (sample, result)
                check_echo = False
        check_log(project)
    print(json.dumps({"echoed": echoed, "replayed": results}))


asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2])))
