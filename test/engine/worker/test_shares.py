"""Many samples, shared out among processes beside each other: each is answered once."""

from conftest import Project

BODY = """
import os
print(os.getpid())
spec.configuration.max_duration = 60
if spec.run_name.endswith('7'):
    os._exit(1)
return spec
"""


def test_they_are_replayed_in_several_processes_and_each_is_answered_once(project: Project) -> None:
    project.policy("import os\nprint(os.getpid())\nreturn spec")
    replays = project.replay(*[project.task(f"run-{number}") for number in range(450)]).of("replay")
    assert sorted(each["sample"] for each in replays) == list(range(450))
    assert len({each["printed"][0] for each in replays}) == 4


def test_few_samples_share_one_process(project: Project) -> None:
    project.policy("import os\nprint(os.getpid())\nreturn spec")
    replays = project.replay(*[project.task(f"run-{number}") for number in range(50)]).of("replay")
    assert len({each["printed"][0] for each in replays}) == 1


def test_one_that_ends_its_process_costs_nobody_else_anything(project: Project) -> None:
    project.policy(BODY)
    replays = project.replay(*[project.task(f"run-{number}") for number in range(100)]).of("replay")
    outcomes = {each["sample"]: each["outcome"] for each in replays}
    assert outcomes == {number: "crashed" if number % 10 == 7 else "accepted" for number in range(100)}
    assert len(replays) == 100


def test_plugins_that_dont_load_are_told_of_once(project: Project) -> None:
    project.policy("return spec", "raise RuntimeError('no')")
    answers = project.replay(*[project.task(f"run-{number}") for number in range(100)])
    [refused] = answers.of("not-loaded")
    assert [problem["code"] for problem in refused["problems"]] == ["plugin-raised"]
    assert answers.of("replay") == []


def imports(module: str, more: str = "") -> str:
    return f"import sys, threading, time\nAHEAD = {module!r} in sys.modules\nimport {module}\n{more}"


def test_what_plugins_import_from_outside_is_there_for_the_next_batch_and_their_own_modules_are_read_anew(
    project: Project,
) -> None:
    project.policy("print(AHEAD, 'first')\nreturn spec", imports("wave"))
    assert project.replay(project.task(), again=True).replay["printed"] == ["False first"]
    project.policy("print(AHEAD, 'second')\nreturn spec", imports("wave"))
    assert project.replay(project.task(), again=True).replay["printed"] == ["True second"]


def test_nothing_is_imported_ahead_where_an_import_leaves_more_than_modules(project: Project) -> None:
    starts = "threading.Thread(target=time.sleep, args=(99,), daemon=True).start()"
    project.policy("print(AHEAD)\nreturn spec", imports("mailbox", starts))
    for _ in range(2):
        assert project.replay(project.task(), again=True).replay["printed"] == ["False"]


def test_nothing_is_imported_ahead_where_nothing_follows(project: Project) -> None:
    project.policy("print(AHEAD)\nreturn spec", imports("nturl2path"))
    for _ in range(2):
        assert project.replay(project.task()).replay["printed"] == ["False"]
