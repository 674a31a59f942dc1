"""Where more requests follow, children wait for the next one with its samples ready, and no answer shows that they did."""

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import WORKER, Engine, Project, Worker

# As many as are shared between two processes.
MANY = 70


@pytest.fixture
def worker(engine: Engine) -> Iterator[Worker]:
    worker = engine.start()
    yield worker
    worker.stop()


def children(worker: Worker) -> set[int]:
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    return {int(pid) for pid, parent in map(str.split, listed.splitlines()) if int(parent) == worker.pid}


def waiting(worker: Worker, count: int) -> set[int]:
    until = time.monotonic() + 20
    while len(found := children(worker)) != count:
        assert time.monotonic() < until, f"{len(found)} instead of {count} children"
        time.sleep(0.02)
    return found


def tagged(project: Project, value: str, before: str = "") -> None:
    project.policy(f"spec.configuration.tags = {{'value': str({value})}}\nreturn spec", before)


def replay(worker: Worker, project: Project, *samples: Path, **more: Any) -> list[dict[str, Any]]:
    return worker.replay(project.root, [project.name], list(samples), **{"again": True, **more}).of("replay")


def values(replays: list[dict[str, Any]]) -> list[str]:
    return [each["after"]["configuration"]["tags"]["value"] for each in replays]


@pytest.mark.parametrize("count", [1, MANY])
def test_they_do_the_next_request_with_the_plugins_as_they_are_then(worker: Worker, project: Project, count: int) -> None:
    tasks = [project.task(f"train-{number}") for number in range(count)]
    tagged(project, "'first'")
    assert set(values(replay(worker, project, *tasks))) == {"first"}
    lanes = min(1 if count < MANY else 2, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 2)
    for _ in range(2):
        expected = waiting(worker, lanes)
        tagged(project, "os.getpid()", "import os")
        replays = replay(worker, project, *tasks, unchanged=True)
        assert len(replays) == count
        assert expected <= {int(value) for value in values(replays)}


def test_their_answers_are_those_of_one_that_was_forked_for_it(worker: Worker, project: Project) -> None:
    contexts = [{"user": "admin", "project": name, "profile": None} for name in ("main", "research")]
    samples = [
        project.task(more="env: {TOKEN: hush}\ncreation_policy: reuse\nmax_price: 3"),
        project.sample("type: fleet\nname: f\nnodes: 2\nresources: {gpu: 24GB..}\n", "f.dstack.yml"),
        project.sample("type: volume\nname: v\nbackend: aws\nregion: eu-west-1\nsize: 100GB\n", "v.dstack.yml"),
    ]
    project.policies(
        [
            "spec.__dict__['stray'] = {'lost': True}\nreturn spec",
            "spec.configuration.name = spec.configuration.name + '-x'\nprint('one')\nreturn spec",
        ],
    )
    first = replay(worker, project, *samples, contexts=contexts)
    waiting(worker, 1)
    second = replay(worker, project, *samples, contexts=contexts, unchanged=True)

    def lasting(replays: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{key: each[key] for key in each if key not in ("id", "milliseconds")} for each in replays]

    assert lasting(second) == lasting(first)
    assert len(second) == len(samples) * len(contexts)
    assert {fact["path"] for each in second for fact in each["facts"] if fact["code"] == "lost-write"} == {"/stray"}


def test_a_sample_that_changed_meanwhile_is_read_anew(worker: Worker, project: Project) -> None:
    tagged(project, "spec.configuration.max_duration")
    tasks = [project.task(name, "max_duration: 1h") for name in ("one", "two")]
    replay(worker, project, *tasks)
    waiting(worker, 1)
    project.task("two", "max_duration: 2h")
    assert values(replay(worker, project, *tasks, unchanged=True)) == ["3600", "7200"]


@pytest.mark.parametrize(
    "more",
    [
        {"unchanged": False},
        {"unchanged": True, "env": {"A": "b"}},
        {"unchanged": True, "timeout": 5.0},
        {"unchanged": True, "contexts": [{"user": "other", "project": "main", "profile": None}]},
    ],
)
def test_another_request_is_none_of_theirs(worker: Worker, project: Project, more: dict[str, Any]) -> None:
    tagged(project, "os.getpid()", "import os")
    task = project.task()
    replay(worker, project, task)
    before = waiting(worker, 1)
    assert {int(value) for value in values(replay(worker, project, task, **more))}.isdisjoint(before)
    assert waiting(worker, 1).isdisjoint(before)


def test_one_that_is_gone_is_replaced(worker: Worker, project: Project) -> None:
    tagged(project, "'x'")
    task = project.task()
    replay(worker, project, task)
    for child in waiting(worker, 1):
        os.kill(child, 9)
    time.sleep(0.2)
    assert values(replay(worker, project, task, unchanged=True)) == ["x"]


def test_nobody_waits_where_nothing_follows_or_the_plain_way_is_asked_for(engine: Engine, project: Project) -> None:
    tagged(project, "'x'")
    task = project.task()
    plain = engine.start(CREATE_DSTACK_PLUGIN_PLAIN="1")
    worker = engine.start()
    try:
        replay(plain, project, task)
        replay(worker, project, task, again=False)
        time.sleep(1)
        assert children(plain) == children(worker) == set()
    finally:
        plain.stop()
        worker.stop()


@pytest.mark.parametrize(
    "patch",
    [
        "duration.Duration.__new__ = lambda cls, value: int.__new__(cls, 77)",
        "duration.parse_duration = lambda value: 77",
        "duration.parse_duration.__code__ = (lambda value: 77).__code__",
    ],
    ids=["a class", "a function of a module", "the code of a function"],
)
def test_a_plugin_that_changes_how_specs_are_parsed_changes_those_that_were_parsed_before(
    worker: Worker, project: Project, patch: str
) -> None:
    task = project.task(more="max_duration: 2h")
    tagged(project, "spec.configuration.max_duration")
    assert values(replay(worker, project, task)) == ["7200"]
    waiting(worker, 1)
    tagged(
        project,
        "spec.configuration.max_duration",
        f"""
        try:
            from dstack._internal.core.models import duration
        except ImportError:
            from dstack._internal.core.models import profiles as duration
        {patch}
        """,
    )
    assert values(replay(worker, project, task, unchanged=True)) == ["77"]


def test_what_dstack_imports_or_builds_when_it_is_used_is_there_before(worker: Worker, project: Project) -> None:
    """Otherwise a plugin that uses it, or a sample that is read anew, would look like one that changed dstack."""
    task = project.task()
    tagged(project, "'x'")
    replay(worker, project, task)
    waiting(worker, 1)
    tagged(
        project,
        "surface.altered()",
        """
        import sys
        from dstack._internal.core.models.unix import UnixUser

        frame = sys._getframe()
        while "surface" not in frame.f_locals:
            frame = frame.f_back
        surface = frame.f_locals["surface"]
        UnixUser.parse("1000:1000")
        """,
    )
    assert values(replay(worker, project, task, unchanged=True)) == ["False"]


def test_what_plugins_leave_alone_counts_as_unchanged(engine: Engine, project: Project) -> None:
    """Otherwise nothing that was parsed before would ever be used."""
    tagged(project, "'x'", "import json, logging, os, re\nfrom datetime import datetime\nfrom pydantic import BaseModel")
    script = f"""
import sys
sys.path.insert(0, {str(WORKER)!r})
from dstack_plugin_replay.dstack_api import import_dstack
from dstack_plugin_replay.surface import Surface
dstack = import_dstack(plain=False)
surface = Surface()
dstack.load_plugins([{project.name!r}])
before = surface.altered()
sys.modules[dstack.parse_configuration.__module__].added = 1
print(before, surface.altered())
"""
    run = subprocess.run([engine.python, "-B", "-c", script], capture_output=True, text=True, env=engine.environment)
    assert (run.stdout, run.returncode) == ("False True\n", 0), run.stderr
