"""Drives the real worker, as its parent does, with plugins written into a folder that the worker can import from."""

import fcntl
import json
import os
import select
import signal
import site
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

# What a test is about may differ with pydantic 1, which dstack has before 0.21.
PYDANTIC_1 = version("pydantic").startswith("1.")
needs_pydantic_2 = pytest.mark.skipif(PYDANTIC_1, reason="pydantic 1 dumps whatever an object has")
# The oldest version that is supported is 0.20.0.
needs_0_20_29 = pytest.mark.skipif(
    tuple(map(int, version("dstack").split(".")[:3])) < (0, 20, 29), reason="this dstack hasn't got it yet"
)

WORKER = Path(__file__).parents[3] / "src" / "engine" / "worker"

Answer = dict[str, Any]


class Worker:
    """A worker process, its requests and its answers."""

    def __init__(self, python: Path, environment: dict[str, str], cwd: Path) -> None:
        requests, answers = os.pipe(), os.pipe()
        self.stderr = cwd / "worker-stderr.txt"
        # High, so that 3 and 4 are free to be filled in the child.
        theirs = [fcntl.fcntl(each, fcntl.F_DUPFD_CLOEXEC, 100) for each in (requests[0], answers[1])]
        os.close(requests[0])
        os.close(answers[1])
        self._requests, self._answers = requests[1], answers[0]
        self.pid = os.posix_spawn(
            python,
            [str(python), "-I", "-B", str(WORKER)],
            environment,
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
                (os.POSIX_SPAWN_OPEN, 2, str(self.stderr), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600),
                (os.POSIX_SPAWN_DUP2, theirs[0], 3),
                (os.POSIX_SPAWN_DUP2, theirs[1], 4),
            ],
        )
        for each in theirs:
            os.close(each)
        self._unread = b""
        self._id = 0
        self.ready = self.answer()

    def answer(self, seconds: float = 60) -> Answer:
        until = time.monotonic() + seconds
        while b"\n" not in self._unread:
            if not select.select([self._answers], [], [], max(0.0, until - time.monotonic()))[0]:
                raise TimeoutError(f"no answer after {seconds} s; {self.stderr.read_text()}")
            data = os.read(self._answers, 1 << 16)
            if not data:
                raise EOFError(self.stderr.read_text())
            self._unread += data
        line, _, self._unread = self._unread.partition(b"\n")
        return json.loads(line)

    def send(self, request: dict[str, Any]) -> None:
        data = memoryview(json.dumps(request).encode() + b"\n")
        while data:
            data = data[os.write(self._requests, data) :]

    def replay(self, root: Path, plugins: list[str], samples: list[Path], timeout: float = 20, **more: Any) -> "Answers":
        """Replays samples, each as admin@main unless `contexts` says otherwise."""
        self._id += 1
        contexts = more.pop("contexts", [{"user": "admin", "project": "main", "profile": None}])
        self.send(
            {
                "do": "replay",
                "id": self._id,
                "plugins": plugins,
                "root": str(root),
                "samples": [{"file": str(sample), "configurationPath": sample.name, "contexts": contexts} for sample in samples],
                "env": {},
                "timeout": timeout,
                **more,
            }
        )
        answers: list[Answer] = []
        while True:
            answer = self.answer()
            assert answer["id"] == self._id
            if answer["type"] == "done":
                return Answers(answers)
            answers.append(answer)

    def close_requests(self) -> None:
        if self._requests >= 0:
            os.close(self._requests)
            self._requests = -1

    def stop(self) -> None:
        self.close_requests()
        try:
            os.waitpid(self.pid, 0)
        except ChildProcessError:
            pass
        os.close(self._answers)

    def signal(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)


class Answers:
    """All that a batch answered, by type."""

    def __init__(self, answers: list[Answer]) -> None:
        self.all = answers

    def of(self, kind: str) -> list[Answer]:
        return [answer for answer in self.all if answer["type"] == kind]

    def one(self, kind: str) -> Answer:
        found = self.of(kind)
        assert len(found) == 1, "\n".join(json.dumps(each, indent=1) for each in self.all)
        return found[0]

    @property
    def replay(self) -> Answer:
        return self.one("replay")

    @property
    def invalid(self) -> Answer:
        return self.one("invalid-sample")

    @property
    def problem(self) -> Answer:
        problems = self.one("not-loaded")["problems"]
        assert len(problems) == 1, problems
        return problems[0]


class Engine:
    """A folder of plugins on the path of an environment over the engine's, and a worker in it."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "plugins"
        self.root.mkdir()
        self.folder = folder
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / "venv"], check=True)
        self.python = folder / "venv" / "bin" / "python"
        library = next((folder / "venv" / "lib").glob("python*")) / "site-packages"
        (library / "layers.pth").write_text("\n".join([*site.getsitepackages(), str(self.root)]) + "\n")
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "LANG": "C.UTF-8"}
        self._worker: Worker | None = None

    def start(self, **environment: str) -> Worker:
        return Worker(self.python, {**self.environment, **environment}, self.folder)

    @property
    def worker(self) -> Worker:
        if self._worker is None:
            self._worker = self.start()
        return self._worker

    def stop(self) -> None:
        if self._worker is not None:
            self._worker.stop()


class Project:
    """One test's plugin and samples."""

    def __init__(self, engine: Engine, name: str, samples: Path) -> None:
        self.engine = engine
        self.name = name
        self.samples = samples

    @property
    def root(self) -> Path:
        return self.engine.root

    @property
    def module(self) -> Path:
        return self.root / f"{self.name}.py"

    def plugin(self, source: str, entry_point: str | None = None) -> None:
        self.module.write_text(textwrap.dedent(source))
        info = self.root / f"{self.name}-1.dist-info"
        info.mkdir(exist_ok=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {self.name}\nVersion: 1\n")
        target = entry_point or f"{self.name}:P"
        (info / "entry_points.txt").write_text(f"[dstack.plugins]\n{self.name} = {target}\n")

    def policy(self, body: str, before: str = "") -> None:
        """A plugin whose one policy has this as the body of `on_apply`'s hook for runs, fleets, volumes and gateways."""
        self.policies([body], before)

    def policies(self, bodies: list[str], before: str = "") -> None:
        source = "from dstack.plugins import ApplyPolicy, Plugin, get_plugin_logger\n" + textwrap.dedent(before)
        for number, body in enumerate(bodies):
            source += f"\n\nclass Policy{number}(ApplyPolicy):\n"
            source += "    def on_run_apply(self, user, project, spec):\n"
            source += textwrap.indent(textwrap.dedent(body).strip("\n"), " " * 8) + "\n"
            for kind in ("fleet", "volume", "gateway"):
                source += f"    on_{kind}_apply = on_run_apply\n"
        listed = ", ".join(f"Policy{number}()" for number in range(len(bodies)))
        source += f"\n\nclass P(Plugin):\n    def get_apply_policies(self):\n        return [{listed}]\n"
        self.plugin(source)

    def sample(self, content: str | bytes, name: str = "sample.dstack.yml") -> Path:
        path = self.samples / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else textwrap.dedent(content).encode())
        return path

    def task(self, name: str = "train", more: str = "") -> Path:
        text = f"type: task\nname: {name}\ncommands: [python train.py]\n{textwrap.dedent(more)}"
        return self.sample(text, f"{name}.dstack.yml")

    def replay(self, *samples: Path, **more: Any) -> Answers:
        return self.engine.worker.replay(self.root, [self.name], list(samples), **more)


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = Engine(tmp_path_factory.mktemp("engine").resolve())
    yield engine
    engine.stop()


_count = 0


@pytest.fixture
def project(engine: Engine, tmp_path: Path) -> Project:
    global _count
    _count += 1
    return Project(engine, f"plugin_{_count}", tmp_path)
