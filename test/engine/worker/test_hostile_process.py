"""What a policy does to its process is named, and the replays after it are as if it hadn't been."""

import time
from pathlib import Path

import pytest
from conftest import Answer, Project


def facts(replay: Answer) -> list[tuple[str, str]]:
    return [(fact["code"], fact["text"]) for fact in replay["facts"]]


def with_bad_first(project: Project, act: str, look: str, before: str = "") -> tuple[Answer, list[Answer]]:
    """Replays a sample that does something, and three more that tell what they see of it, or nothing."""
    project.policy(
        "if spec.run_name == 'bad':\n"
        + "".join(f"    {line}\n" for line in act.split("\n"))
        + f"else:\n    print({look})\nreturn spec",
        "import builtins, json, locale, os, signal, sys, tempfile, threading, time\n" + before,
    )
    names = ("bad", "one", "two", "three")
    replays = project.replay(*[project.task(name) for name in names]).of("replay")
    assert sorted(each["sample"] for each in replays) == [0, 1, 2, 3]
    by_sample = {each["sample"]: each for each in replays}
    return by_sample[0], [by_sample[number] for number in (1, 2, 3)]


@pytest.mark.parametrize(
    ("act", "look", "named"),
    [
        ("os.chdir('/')", "os.getcwd() == '/'", "the working directory"),
        ("os.environ['TOKEN_OF_MINE'] = 'secret'", "'TOKEN_OF_MINE' in os.environ", "os.environ (TOKEN_OF_MINE)"),
        ("os.environ.clear()", "'PATH' not in os.environ", "os.environ (HOME, LANG, PATH)"),
        ("os.umask(0o777)", "os.umask(0o22) == 0o777", "the umask"),
        ("locale.setlocale(locale.LC_ALL, 'C')", "locale.setlocale(locale.LC_ALL) == 'C'", "the locale"),
        ("signal.alarm(1)", "time.sleep(0.5)", "an alarm"),
        ("sys.path.insert(0, '/evil')", "'/evil' in sys.path", "sys.path"),
        ("sys.setrecursionlimit(2000)", "sys.getrecursionlimit() == 2000", "the recursion limit"),
        ("os.dup2(0, 1)", "'0'.isalpha()", "the standard descriptors"),
        ("sys.stdout = None", "sys.stdout is None", "sys.stdin, sys.stdout or sys.stderr"),
        (
            "threading.Thread(target=time.sleep, args=(99,)).start()",
            "'Thread-' in str(threading.enumerate())",
            "threads that go on",
        ),
        ("if os.fork() == 0: time.sleep(99)", "'0'.isalpha()", "processes that go on"),
        ("os.environ['TZ'] = 'XYZ-3'; time.tzset()", "time.tzname[0] == 'XYZ'", "time.timezone"),
        ("import logging; logging.disable()", "logging_is_off()", "logging"),
        ("json.dumps = None", "json.dumps is None", "json.dumps"),
        ("json.JSONEncoder.default = 3", "json.JSONEncoder.default == 3", "JSONEncoder.default"),
        ("builtins.len = lambda _: 3", "len('') == 3", "builtins.len"),
        ("time.time = lambda: 0", "time.time() == 0", "time.time"),
        ("type(spec).parse_obj = None", "type(spec).parse_obj is None", "parse_obj"),
        ("plugins.apply_plugin_policies = None", "plugins.apply_plugin_policies is None", "plugins.apply_plugin_policies"),
        ("type(spec.configuration).__setattr__ = None", "'0'.isalpha()", "__setattr__"),
    ],
)
def test_what_it_alters_is_named_and_gone_for_the_next(project: Project, act: str, look: str, named: str) -> None:
    before = """
from dstack._internal.server.services import plugins

def logging_is_off():
    import logging
    return logging.root.manager.disable > 0
"""
    bad, others = with_bad_first(project, act, look, before)
    [(code, text)] = facts(bad)
    assert code == "alters-process"
    assert named in text
    assert "secret" not in text
    for other in others:
        assert other["outcome"] == "accepted", other["message"]
        assert other["printed"] == (["None"] if "sleep" in look else ["False"])
        assert other["facts"] == []


def test_many_replays_that_each_alter_something_that_can_be_put_back_share_a_process(project: Project) -> None:
    project.policy("import os\nos.environ['MINE'] = str(os.getpid())\nprint(os.getpid())\nreturn spec")
    replays = project.replay(*[project.task(f"run-{number}") for number in range(20)]).of("replay")
    assert len({each["printed"][0] for each in replays}) == 1
    assert all(facts(each) == [("alters-process", "os.environ (MINE)")] for each in replays)


def test_a_policy_that_keeps_to_itself_has_no_facts(project: Project) -> None:
    project.policy("""
        import json, logging, tempfile, threading
        from concurrent.futures import ThreadPoolExecutor
        with tempfile.TemporaryFile() as file, ThreadPoolExecutor() as pool:
            file.write(json.dumps(list(pool.map(str, range(9)))).encode())
        thread = threading.Thread(target=lambda: None)
        thread.start()
        thread.join()
        logging.getLogger("mine").warning("x")
        import subprocess
        subprocess.run(["true"], check=True)
        spec.configuration.max_duration = 60
        return spec
    """)
    replays = project.replay(*[project.task(f"run-{number}") for number in range(5)]).of("replay")
    assert [each["facts"] for each in replays] == [[]] * 5


@pytest.mark.parametrize(
    "act",
    [
        "_HELD.append('x' * (1 << 28))",
        "_HELD.append(bytearray(1 << 28))",
        "_HELD.append([0] * (1 << 24))",
    ],
)
def test_memory_has_an_end_that_is_named(project: Project, act: str) -> None:
    bad, others = with_bad_first(project, f"while True: {act}", "len(_HELD) > 0", "_HELD = []")
    assert bad["outcome"] == "crashed"
    assert "MemoryError" in bad["message"]
    assert "2 GiB" in bad["message"]
    assert ("out-of-memory", "2 GiB") in facts(bad)
    assert [other["printed"] for other in others] == [["False"]] * 3


def test_a_library_that_aborts_for_want_of_memory_is_told_from_other_deaths(project: Project) -> None:
    act = "try:\n    while True: _HELD.append('x' * (1 << 26))\nexcept MemoryError: os.abort()"
    bad, others = with_bad_first(project, act, "len(_HELD) > 0", "_HELD = []")
    assert bad["outcome"] == "crashed"
    assert facts(bad) == [("out-of-memory", "2 GiB")]
    assert [other["outcome"] for other in others] == ["accepted"] * 3


@pytest.mark.parametrize(
    ("act", "said"),
    [
        ("sys.exit(3)", "sys.exit"),
        ("os._exit(3)", "the process ended with exit code 3"),
        ("os.kill(os.getpid(), signal.SIGKILL)", "the process was killed by SIGKILL"),
        ("import ctypes; ctypes.string_at(0)", "the process was killed by SIGSEGV"),
    ],
)
def test_what_would_end_the_server_is_a_fact(project: Project, act: str, said: str) -> None:
    bad, others = with_bad_first(project, act, "0")
    assert bad["outcome"] == "crashed"
    assert facts(bad) == [("exited", said)]
    assert [other["outcome"] for other in others] == ["accepted"] * 3


@pytest.mark.parametrize("raised", ["StopIteration", "BaseException('x')", "GeneratorExit", "Rude()", "RecursionError"])
def test_odd_exceptions_cost_their_own_replay(project: Project, raised: str) -> None:
    rude = "class Rude(BaseException):\n    def __str__(self):\n        raise SystemExit(3)\n    __repr__ = __str__"
    bad, others = with_bad_first(project, f"raise {raised}", "0", rude)
    assert bad["outcome"] in ("crashed", "timed-out")
    assert [other["outcome"] for other in others] == ["accepted"] * 3


def test_a_policy_that_loops_for_ever_costs_one_time_limit(project: Project) -> None:
    project.policy("while spec.run_name == 'bad': pass\nreturn spec")
    started = time.monotonic()
    replays = project.replay(*[project.task(name) for name in ("bad", "one", "two")], timeout=1.5).of("replay")
    assert time.monotonic() - started < 3
    assert {each["sample"]: each["outcome"] for each in replays} == {0: "timed-out", 1: "accepted", 2: "accepted"}


def test_every_replay_may_end_its_process(project: Project) -> None:
    project.policy("import os\nos._exit(1)")
    replays = project.replay(*[project.task(f"run-{number}") for number in range(10)]).of("replay")
    assert [each["outcome"] for each in replays] == ["crashed"] * 10


def test_plugins_that_dont_load_every_time_are_told(project: Project, tmp_path: Path) -> None:
    mark = tmp_path / "loaded"
    project.policy(
        "import os\nif spec.run_name == 'bad': os._exit(1)\nreturn spec",
        f"from pathlib import Path\nif Path({str(mark)!r}).exists(): raise RuntimeError('twice')\nPath({str(mark)!r}).touch()",
    )
    replays = project.replay(*[project.task(name) for name in ("one", "bad", "two")]).of("replay")
    assert {each["sample"]: each["outcome"] for each in replays} == {0: "accepted", 1: "crashed", 2: "crashed"}
    assert all("don't load every time" in each["message"] for each in replays[1:])
