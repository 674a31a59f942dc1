"""Many samples, shared out among processes beside each other: each is answered once."""

import json

import pytest
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


def test_it_is_there_for_the_next_worker_as_long_as_the_plugins_own_files_are_what_they_were(project: Project) -> None:
    project.policy("print(AHEAD)\nreturn spec", imports("nturl2path"))

    def seen() -> str:
        worker = project.engine.start()
        printed = worker.replay(project.root, [project.name], [project.task()]).replay["printed"]
        worker.stop()
        return printed[0]

    assert [seen(), seen()] == ["False", "True"]
    project.policy("print(AHEAD)\nreturn  spec", imports("nturl2path"))
    assert [seen(), seen()] == ["False", "True"]
    # Whose memory it is goes by the plugins that are enabled.
    other = Project(project.engine, f"{project.name}_other", project.samples)
    other.policy("print(AHEAD)\nreturn spec", imports("nturl2path"))
    worker = project.engine.start()
    assert worker.replay(other.root, [other.name], [other.task()]).replay["printed"] == ["False"]
    worker.stop()


@pytest.mark.parametrize(
    "kept",
    [
        "",
        "[]",
        '{"plugins": ["NAME"], "modules": ["nturl2path"]}',
        '{"plugins": ["NAME"], "modules": ["NAME"], "files": {}}',
        '{"plugins": ["NAME"], "modules": ["no_such_module"], "files": {}}',
        '{"plugins": ["NAME"], "modules": [7], "files": {"/no/such/file": [1, 2, 3]}}',
    ],
)
def test_what_is_no_memory_of_it_or_names_what_isnt_installed_is_not_believed(project: Project, kept: str) -> None:
    project.policy("return spec")
    (project.engine.folder / "venv" / "outside.json").write_text(kept.replace("NAME", project.name))
    worker = project.engine.start()
    assert worker.replay(project.root, [project.name], [project.task()]).replay["outcome"] == "accepted"
    worker.stop()
    memory = json.loads((project.engine.folder / "venv" / "outside.json").read_text())
    assert memory["plugins"] == [project.name]
    assert project.name not in memory["modules"]
    assert list(memory["files"]) == [str(project.module)]


def test_in_the_plain_way_nothing_is_imported_ahead(project: Project) -> None:
    project.policy("print(AHEAD)\nreturn spec", imports("nturl2path"))
    for _ in range(2):
        worker = project.engine.start(CREATE_DSTACK_PLUGIN_PLAIN="1")
        assert worker.replay(project.root, [project.name], [project.task()]).replay["printed"] == ["False"]
        worker.stop()
