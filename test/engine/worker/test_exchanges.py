"""What `rest_plugin` and a plugin service say to each other is seen as it was on the wire."""

import gzip
import itertools
import json
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from conftest import Answer, Answers, Project
from services import Handler, free_port, serving


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


SAMPLES = {
    "run": "type: task\nname: x\ncommands: [a]\nmax_duration: 1d\nports: [80]\nresources: {gpu: 'A100:2..'}\nenv: [TOKEN]\n",
    "fleet": "type: fleet\nname: x\nnodes: 1..2\nidle_duration: 3d\n",
    "volume": "type: volume\nname: x\nbackend: aws\nregion: eu-west-1\nsize: 100GB\n",
    "gateway": "type: gateway\nname: x\nbackend: aws\nregion: eu-west-1\ndomain: a.example.com\n",
}


@pytest.mark.parametrize("kind", SAMPLES)
def test_each_kind_costs_a_request_for_the_plan_and_one_for_the_apply_and_shows_nothing_odd(project: Project, kind: str) -> None:
    with serving() as service:
        found = replay(project, service.url, project.sample(SAMPLES[kind])).replay
    assert [(method, path) for method, path, _ in service.asked] == [("POST", f"/apply_policies/on_{kind}_apply")] * 2
    assert (found["outcome"], found["facts"], found["steps"]) == ("accepted", [], [])
    assert [exchange["phase"] for exchange in found["exchanges"]] == ["plan", "apply"]
    assert found["after"] == found["before"]


def both(project: Project, answer: Callable[[Handler], None]) -> Answer:
    """One replay, whose two exchanges are of one form."""
    with serving(answer) as service:
        return replay(project, service.url).replay


@pytest.mark.parametrize(
    ("answer", "status", "body", "outcome", "message"),
    [
        (
            lambda request: request.reply(b"<h1>hello</h1>", Content_Type="text/html"),
            200,
            "<h1>hello</h1>",
            "rejected",
            "Expecting value: line 1 column 1 (char 0)",
        ),
        (lambda request: request.reply(status=204), 204, "", "rejected", "Expecting value: line 1 column 1 (char 0)"),
        (lambda request: request.json(None), 200, "null", "crashed", None),
        (lambda request: request.json([]), 200, "[]", "crashed", None),
        (
            lambda request: request.json({"error": "no"}, 403),
            403,
            '{"error": "no"}',
            "rejected",
            "Request to the plugin service failed",
        ),
        (lambda request: request.reply(b"oops", 500), 500, "oops", "rejected", "Request to the plugin service failed"),
    ],
    ids=["html", "204", "null", "list", "403", "500"],
)
def test_an_answer_is_seen_as_it_was_sent_whatever_dstack_makes_of_it(
    project: Project, answer: Callable[[Handler], None], status: int, body: str, outcome: str, message: str | None
) -> None:
    found = both(project, answer)
    assert found["outcome"] == outcome
    assert message is None or found["message"] == message
    assert (found["policy"]["name"], found["policy"]["file"]) == ("rest_plugin", None)
    assert len(found["exchanges"]) == 2
    for exchange in found["exchanges"]:
        assert (exchange["status"], exchange["body"], exchange["error"], exchange["refused"]) == (status, body, None, None)


def test_headers_are_in_the_order_and_spelling_of_the_wire_and_none_are_joined(project: Project) -> None:
    def answer(request: Handler) -> None:
        request.send_response(200)
        for name, value in (("x-one", "1"), ("X-TWO", "2"), ("x-One", "3"), ("content-length", "4")):
            request.send_header(name, value)
        request.end_headers()
        request.wfile.write(b"null")

    headers = both(project, answer)["exchanges"][0]["headers"]
    assert [each for each in headers if each[0] not in ("Server", "Date")] == [
        ["x-one", "1"],
        ["X-TWO", "2"],
        ["x-One", "3"],
        ["content-length", "4"],
    ]


def test_a_redirect_is_told_with_where_it_leads_and_the_method_that_followed(project: Project) -> None:
    def answer(request: Handler) -> None:
        if request.path.startswith("/apply_policies"):
            request.reply(status=302, Location="/elsewhere")
        else:
            request.reply(b"found", Content_Type="text/plain")

    with serving(answer) as service:
        found = replay(project, service.url).replay
    plan, apply = found["exchanges"]
    assert plan["url"] == f"{service.url}/apply_policies/on_run_apply"
    assert plan["redirects"] == apply["redirects"] == [{"status": 302, "location": "/elsewhere"}]
    assert (plan["status"], plan["body"], plan["method"]) == (200, "found", "GET")


def test_a_connection_that_is_refused_is_told(project: Project) -> None:
    found = replay(project, f"http://127.0.0.1:{free_port()}").replay
    assert (found["outcome"], found["facts"]) == ("rejected", [])
    assert found["message"].startswith("Could not connect to plugin service at http://127.0.0.1:")
    for exchange in found["exchanges"]:
        assert (exchange["status"], exchange["headers"], exchange["body"], exchange["error"]["kind"]) == (
            None,
            [],
            None,
            "connection",
        )
        assert "Connection refused" in exchange["error"]["text"]


def test_a_connection_that_is_lost_before_the_answer_is_told(project: Project) -> None:
    exchange = both(project, lambda request: request.connection.shutdown(socket.SHUT_RDWR))["exchanges"][0]
    assert (exchange["status"], exchange["body"], exchange["error"]["kind"]) == (None, None, "connection")


def test_the_head_of_an_answer_that_breaks_off_is_told_without_its_body(project: Project) -> None:
    def answer(request: Handler) -> None:
        request.reply(b'{"spec": ', Content_Length="1000", X_Kept="yes")
        request.connection.shutdown(socket.SHUT_RDWR)

    exchange = both(project, answer)["exchanges"][0]
    assert (exchange["status"], exchange["body"], exchange["error"]["kind"]) == (200, None, "connection")
    assert ["X-Kept", "yes"] in exchange["headers"]


def chunked(request: Handler, pieces: list[bytes], pause: float = 0, **headers: str) -> None:
    request.send_response(200)
    request.send_header("Transfer-Encoding", "chunked")
    for name, value in headers.items():
        request.send_header(name.replace("_", "-"), value)
    request.end_headers()
    for piece in [*pieces, b""]:
        request.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        request.wfile.flush()
        time.sleep(pause)


def test_a_body_in_slow_pieces_is_whole_and_its_time_is_that_of_its_end(project: Project) -> None:
    def answer(request: Handler) -> None:
        whole = json.dumps({"spec": request.asked["spec"]}).encode()
        chunked(request, [whole[:50], whole[50:]], 0.1)

    found = both(project, answer)
    assert (found["outcome"], found["facts"]) == ("accepted", [])
    for exchange in found["exchanges"]:
        assert json.loads(exchange["body"]) == {"spec": json.loads(exchange["request"])["spec"]}
        assert exchange["milliseconds"] >= 200


def test_a_compressed_body_is_shown_as_what_it_says(project: Project) -> None:
    def answer(request: Handler) -> None:
        request.reply(gzip.compress(json.dumps({"spec": request.asked["spec"]}).encode()), Content_Encoding="gzip")

    found = both(project, answer)
    assert found["outcome"] == "accepted"
    assert json.loads(found["exchanges"][0]["body"])["spec"]["run_name"] == "train"
    assert ["Content-Encoding", "gzip"] in found["exchanges"][0]["headers"]


def test_a_body_that_is_no_utf_8_or_too_large_is_shown_as_far_as_can_be(project: Project) -> None:
    exchange = both(project, lambda request: request.reply(b"\xff\xe9" + "é".encode() * (1 << 20)))["exchanges"][0]
    assert exchange["body"][:3] == "\ufffd\ufffdé"
    assert len(exchange["body"].encode()) <= (1 << 20) + 4


def test_a_service_that_says_nothing_is_cut_off_by_dstack(project: Project) -> None:
    done = threading.Event()
    with serving(lambda request: done.wait(30)) as service:
        # The child is done after the plan's 8 seconds and the apply's.
        found = replay(project, service.url, timeout=30).replay
        done.set()
    exchanges = found["exchanges"]
    assert found["message"] == "Request to the plugin service failed"
    assert [(each["status"], each["error"]["kind"]) for each in exchanges] == [(None, "timeout")] * 2
    assert all(each["milliseconds"] >= 8000 for each in exchanges)
    assert len(service.asked) == 2


def test_a_service_that_never_ends_is_cut_off_by_the_replays_own_limit_and_still_told(project: Project) -> None:
    done = threading.Event()
    with serving(lambda request: done.wait(30)) as service:
        found = replay(project, service.url, timeout=1).replay
        done.set()
    assert found["outcome"] == "timed-out"
    [exchange] = found["exchanges"]
    assert (exchange["phase"], exchange["status"], exchange["error"]["kind"]) == ("plan", None, "timeout")
    assert json.loads(exchange["request"])["user"] == "admin"


def test_a_chain_of_packages_and_rest_plugin_has_steps_of_each(project: Project) -> None:
    def answer(request: Handler) -> None:
        spec = request.asked["spec"]
        spec["configuration"]["max_price"] = 2
        spec["configuration"]["priority"] = 7
        request.json({"spec": spec})

    project.policy("spec.configuration.priority = 1\nreturn spec")
    with serving(answer) as service:
        answers = replay(project, service.url, plugins=["rest_plugin", project.name])
    found = answers.replay
    assert [each["name"] for each in answers.one("loaded")["policies"]] == [f"{project.name}.Policy0", "rest_plugin"]
    first, second = found["steps"]
    assert (first["policy"], second["policy"], found["reached"]) == (0, 1, [0, 1])
    assert first["dump"]["configuration"]["priority"] == 1
    assert second["dump"]["configuration"]["max_price"] == 2
    # Both write the priority, but dstack never calls its builtin before a package.
    assert (found["facts"], len(service.asked), len(found["exchanges"])) == ([], 2, 2)


def test_of_a_service_that_changes_its_mind_only_the_two_phases_are_reported(project: Project) -> None:
    count = itertools.count(1)

    def answer(request: Handler) -> None:
        spec = request.asked["spec"]
        spec["configuration"]["priority"] = next(count)
        request.json({"spec": spec})

    with serving(answer) as service:
        found = replay(project, service.url).replay
    assert [fact["code"] for fact in found["facts"]] == ["plan-apply-differ"]
    assert len(service.asked) > 2
    said = [json.loads(exchange["body"])["spec"]["configuration"]["priority"] for exchange in found["exchanges"]]
    assert said == [1, 2]


def test_a_request_to_loopback_never_goes_through_a_proxy(project: Project) -> None:
    dead = f"http://127.0.0.1:{free_port()}"
    none = "localhost,127.0.0.1,::1"
    worker = project.engine.start(HTTP_PROXY=dead, http_proxy=dead, ALL_PROXY=dead, NO_PROXY=none, no_proxy=none)
    try:
        with serving() as service:
            for url in (service.url, service.url.replace("127.0.0.1", "localhost")):
                place = {"url": url, "log": None}
                found = worker.replay(project.root, ["rest_plugin"], [project.task()], service=place).replay
                assert (found["outcome"], len(found["exchanges"])) == ("accepted", 2)
    finally:
        worker.stop()


def test_what_the_log_has_at_the_start_and_at_the_end_of_each_replay_is_told(project: Project) -> None:
    log = project.samples / "service.log"
    log.write_bytes(b"started\n")

    def answer(request: Handler) -> None:
        with log.open("ab") as file:
            file.write(b"asked\n")
        request.json({"spec": request.asked["spec"]})

    with serving(answer) as service:
        answers = replay(project, service.url, project.task(), project.task("other"), log=str(log))
    assert [each["serviceLog"] for each in answers.of("replay")] == [[8, 20], [20, 32]]


def test_without_a_service_there_are_no_exchanges(project: Project) -> None:
    project.policy("return spec")
    found = project.replay(project.task()).replay
    assert "exchanges" not in found
    assert "serviceLog" not in found
