"""What `rest_plugin` and a plugin service say to each other is seen as it was on the wire."""

import json
from typing import Any

from conftest import Answers, Project
from services import Handler, serving


def replay(project: Project, url: str, *samples: Any, **more: Any) -> Answers:
    service = {"url": url, "log": more.pop("log", None)}
    chosen = list(samples) or [project.task()]
    return project.engine.worker.replay(project.root, more.pop("plugins", ["rest_plugin"]), chosen, service=service, **more)


def test_an_acceptance_is_one_exchange_for_the_plan_and_one_for_the_apply(project: Project) -> None:
    with serving() as service:
        answers = replay(project, service.url)
    answer = answers.replay
    assert (answer["outcome"], answer["facts"], answer["before"]) == ("accepted", [], answer["after"])
    plan, apply = answer["exchanges"]
    assert [method for method, _, _ in service.asked] == ["POST", "POST"]
    for exchange, phase in ((plan, "plan"), (apply, "apply")):
        assert exchange["phase"] == phase
        assert exchange["url"] == f"{service.url}/apply_policies/on_run_apply"
        asked = json.loads(exchange["request"])
        assert (asked["user"], asked["project"], asked["spec"]["run_name"]) == ("admin", "main", "train")
        assert exchange["status"] == 200
        assert ["Content-Type", "application/json"] in exchange["headers"]
        assert json.loads(exchange["body"]) == {"spec": asked["spec"], "error": None}
        assert (exchange["error"], exchange["redirects"], exchange["method"], exchange["refused"]) == (None, [], "POST", None)
        assert exchange["milliseconds"] > 0
    assert "serviceLog" not in answer
    [policy] = answers.one("loaded")["policies"]
    assert (policy["name"], policy["file"], policy["line"]) == ("rest_plugin", None, None)


def test_a_change_is_rest_plugins(project: Project) -> None:
    def answer(request: Handler) -> None:
        spec = request.asked["spec"]
        spec["configuration"]["max_price"] = 2
        request.json({"spec": spec})

    with serving(answer) as service:
        found = replay(project, service.url).replay
    assert (found["outcome"], found["facts"], len(found["exchanges"])) == ("accepted", [], 2)
    assert found["after"]["configuration"]["max_price"] == 2
    [step] = found["steps"]
    assert (step["policy"], step["dump"]["configuration"]["max_price"]) == (0, 2)


def test_a_rejection_is_rest_plugins(project: Project) -> None:
    with serving(lambda request: request.json({"spec": request.asked["spec"], "error": "no GPUs"})) as service:
        found = replay(project, service.url).replay
    assert (found["outcome"], found["message"]) == ("rejected", "Apply request rejected: no GPUs")
    assert found["policy"] == {"name": "rest_plugin", "file": None, "line": None}
    assert found["facts"] == []


def test_why_dstack_refuses_an_answer_is_told(project: Project) -> None:
    def answer(request: Handler) -> None:
        spec = request.asked["spec"]
        spec["configuration"]["nonsense"] = 1
        request.json({"spec": spec, "error": ""})

    with serving(answer) as service:
        found = replay(project, service.url).replay
    assert (found["outcome"], found["message"]) == ("rejected", "Plugin service returned an invalid response")
    for exchange in found["exchanges"]:
        assert any("nonsense: " in reason.lower() for reason in exchange["refused"]), exchange["refused"]
        assert any(reason.startswith("error: ") for reason in exchange["refused"]), exchange["refused"]
