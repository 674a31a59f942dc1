"""Whatever a policy does to its process costs its own replay, and nothing is left of it."""

import os
import time
from pathlib import Path

import pytest
from conftest import Project


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_output_goes_to_the_replay_that_wrote_it(project: Project) -> None:
    project.policy("""
        import os, sys
        print("out", spec.run_name)
        print("err", spec.run_name, file=sys.stderr)
        os.write(1, b"raw \\xff no line end")
        get_plugin_logger(__name__).info("for %s", spec.run_name)
        return spec
    """)
    answers = project.replay(*[project.task(name) for name in ("aaa", "bbb", "ccc")])
    for replay, name in zip(answers.of("replay"), ("aaa", "bbb", "ccc"), strict=True):
        assert replay["printed"] == [f"out {name}", "raw \ufffd no line end"]
        assert replay["logs"] == [f"err {name}", f"INFO dstack.plugins.{project.name}: for {name}"]


def test_other_loggers_are_shown_as_the_server_shows_them(project: Project) -> None:
    project.policy("""
        import logging
        logging.getLogger("mine").warning("not shown")
        logging.getLogger("mine").error("shown")
        get_plugin_logger("mine").debug("not shown")
        return spec
    """)
    assert project.replay(project.task()).replay["logs"] == ["ERROR mine: shown"]


def test_endless_output_is_cut_and_counted(project: Project) -> None:
    project.policy("for _ in range(100): print('x' * 9999)\nreturn spec")
    printed = project.replay(project.task()).replay["printed"]
    assert printed[-1] == f"… {100 * 10_000 - 64 * 1024} more bytes"
    assert sum(map(len, printed)) < 70_000


def test_standard_input_is_empty(project: Project) -> None:
    project.policy("import sys\nraise ValueError(repr(sys.stdin.read()))")
    assert project.replay(project.task()).replay["message"] == "''"


def test_closing_the_standard_descriptors_costs_the_output_alone(project: Project) -> None:
    project.policy("import os\nos.close(0); os.close(1); os.close(2)\nprint('lost')\nreturn spec")
    answers = project.replay(project.task("aaa"), project.task("bbb"))
    assert [each["sample"] for each in answers.of("replay")] == [0, 1]
    assert answers.of("replay")[0]["outcome"] in ("accepted", "crashed")


@pytest.mark.parametrize("act", ["os._exit(1)", "os.kill(os.getpid(), 9)", "os.abort()"])
def test_the_innocent_are_told_from_the_guilty(project: Project, act: str) -> None:
    project.policy(f"import os\nif spec.run_name == 'bad': {act}\nreturn spec")
    names = ("aaa", "bad", "ccc", "ddd")
    answers = project.replay(*[project.task(name) for name in names])
    assert {names[each["sample"]]: each["outcome"] for each in answers.of("replay")} == {
        "aaa": "accepted",
        "bad": "crashed",
        "ccc": "accepted",
        "ddd": "accepted",
    }
    assert len(answers.of("replay")) == 4
    assert len(answers.of("sample")) == 4
    assert len(answers.of("loaded")) == 1


def test_a_thread_of_one_replay_that_ends_the_process_in_another_is_no_fault_of_the_other(project: Project) -> None:
    project.policy("""
        import os, threading, time
        if spec.run_name == "early":
            threading.Thread(target=lambda: (time.sleep(0.3), os._exit(1))).start()
        elif spec.run_name == "late":
            time.sleep(0.6)
        return spec
    """)
    answers = project.replay(project.task("early"), project.task("late"))
    assert [each["outcome"] for each in answers.of("replay")] == ["accepted", "accepted"]


def test_threads_that_never_end_keep_nothing_waiting(project: Project) -> None:
    project.policy("import threading, time\nthreading.Thread(target=time.sleep, args=(60,)).start()\nreturn spec")
    started = time.monotonic()
    assert project.replay(project.task()).replay["outcome"] == "accepted"
    assert time.monotonic() - started < 5


def test_processes_that_are_left_are_ended(project: Project, tmp_path: Path) -> None:
    project.policy(f"""
        import os, time
        from pathlib import Path
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                Path("{tmp_path}/pid").write_text(str(os.getpid()))
                time.sleep(60)
            os._exit(0)
        while not Path("{tmp_path}/pid").exists() or not Path("{tmp_path}/pid").read_text():
            time.sleep(0.01)
        return spec
    """)
    assert project.replay(project.task()).replay["outcome"] == "accepted"
    pid = int((tmp_path / "pid").read_text())
    assert not alive(pid)


def test_a_process_that_is_left_holding_the_pipes_delays_nothing(project: Project) -> None:
    project.policy("import os, time\nif os.fork() == 0: time.sleep(60)\nos._exit(5)")
    started = time.monotonic()
    replay = project.replay(project.task()).replay
    assert replay["outcome"] == "crashed"
    assert "exit code 5" in replay["message"]
    assert time.monotonic() - started < 5


def test_a_copy_of_the_process_that_returns_into_the_worker_answers_nothing(project: Project) -> None:
    project.policy("import os\nos.fork()\nreturn spec")
    answers = project.replay(project.task("aaa"), project.task("bbb"))
    assert [each["outcome"] for each in answers.of("replay")] == ["accepted", "accepted"]


def test_patching_dstack_or_json_doesnt_reach_the_next_batch(project: Project) -> None:
    project.policy("""
        import json, yaml
        import dstack._internal.server.services.plugins as plugins
        json.dumps = yaml.safe_load = None
        return spec
    """)
    project.replay(project.task())
    assert project.replay(project.task()).of("replay") != []
    project.policy("return spec")
    assert project.replay(project.task()).replay["outcome"] == "accepted"


def test_the_trees_of_target_and_worker_stay_as_they_were(project: Project) -> None:
    project.policy("return spec")
    before = sorted(project.root.rglob("*"))
    project.replay(project.task())
    assert sorted(project.root.rglob("*")) == before
    assert os.listdir(Path(__file__).parents[3] / "src" / "engine" / "worker" / "dstack_plugin_replay")
