"""The worker as a process: its start, its end, and what it never leaves behind."""

import os
import signal
import time
from pathlib import Path

import pytest
from conftest import WORKER, Engine, Project


def test_it_says_what_it_runs_on(engine: Engine) -> None:
    ready = engine.worker.ready
    assert ready["type"] == "ready"
    assert ready["dstack"].count(".") == 2
    assert ready["python"].startswith("3.")
    assert ready["pydantic"]


def test_its_own_bytecode_is_kept_where_it_is_told_to_and_nobody_elses(engine: Engine, tmp_path: Path) -> None:
    worker = engine.start(CREATE_DSTACK_PLUGIN_PYCACHE=str(tmp_path / "cache"))
    worker.stop()
    kept = {path.name.partition(".")[0] for path in (tmp_path / "cache").rglob("*.pyc")}
    assert kept == {path.stem for path in (WORKER / "dstack_plugin_replay").glob("*.py")}
    assert not list(WORKER.rglob("__pycache__"))


def test_policies_see_nothing_of_the_workers_own(project: Project, tmp_path: Path) -> None:
    project.policy("""
        import os, sys
        raise ValueError([
            [key for key in os.environ if "DSTACK_PLUGIN" in key],
            [entry for entry in sys.path if "engine/worker" in entry],
            sys.pycache_prefix,
        ])
    """)
    worker = project.engine.start(CREATE_DSTACK_PLUGIN_PYCACHE=str(tmp_path / "cache"))
    answers = worker.replay(project.root, [project.name], [project.task()])
    worker.stop()
    assert answers.replay["message"] == "[[], [], None]"


@pytest.mark.parametrize("how", ["end of requests", "SIGTERM", "SIGHUP", "SIGKILL"])
def test_it_ends_at_once_with_all_its_children(project: Project, tmp_path: Path, how: str) -> None:
    project.policy(f"""
        import os, time
        from pathlib import Path
        Path("{tmp_path}/new").write_text(str(os.getpid()))
        os.rename("{tmp_path}/new", "{tmp_path}/pid")
        time.sleep(60)
    """)
    worker = project.engine.start()
    request = {
        "do": "replay",
        "id": 1,
        "plugins": [project.name],
        "root": str(project.root),
        "samples": [
            {
                "file": str(project.task()),
                "configurationPath": "x",
                "contexts": [{"user": "admin", "project": "main", "profile": None}],
            }
        ],
        "env": {},
        "timeout": 60,
    }
    worker.send(request)
    until = time.monotonic() + 20
    while not (tmp_path / "pid").exists() and time.monotonic() < until:
        time.sleep(0.01)
    child = int((tmp_path / "pid").read_text())
    started = time.monotonic()
    if how == "end of requests":
        worker.close_requests()
    else:
        worker.signal(signal.Signals[how])
    os.waitpid(worker.pid, 0)
    assert time.monotonic() - started < 1
    time.sleep(0.1)
    stat = Path(f"/proc/{child}/stat")
    assert not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] == "Z"


def test_ctrl_c_in_the_terminal_is_left_to_the_parent(project: Project) -> None:
    project.policy("return spec")
    worker = project.engine.start()
    worker.signal(signal.SIGINT)
    assert worker.replay(project.root, [project.name], [project.task()]).replay["outcome"] == "accepted"
    worker.stop()


def test_a_broken_dstack_is_told_with_its_traceback(engine: Engine, tmp_path: Path) -> None:
    library = next((engine.folder / "venv" / "lib").glob("python*")) / "site-packages"
    broken = library / "00-broken.pth"
    broken.write_text("import sys; sys.modules['pydantic'] = None\n")
    try:
        worker = engine.start()
    finally:
        broken.unlink()
    assert worker.ready["type"] == "broken"
    assert "pydantic" in worker.ready["text"]
    assert "Traceback" in worker.ready["traceback"]
    worker.stop()


def test_several_batches_and_thousands_of_replays_stream(project: Project) -> None:
    project.policy("return spec")
    samples = [project.task(f"run-{number}") for number in range(1000)]
    answers = project.replay(*samples)
    assert sorted(each["sample"] for each in answers.of("replay")) == list(range(1000))
