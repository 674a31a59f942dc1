"""With the server's own validation and defaults: its words, its values, and its check of updates."""

from importlib.metadata import version
from importlib.util import find_spec

import pytest
from conftest import Answers, Project

SERVER = {"server": True, "order": False, "offer": False}

# Of the oldest versions the server can't be imported without a network: one of its libraries asks for prices.
NO_SERVER = find_spec("sqlalchemy") is None or tuple(map(int, version("dstack").split(".")[:3])) < (0, 20, 29)
needs_server = pytest.mark.skipif(NO_SERVER, reason="needs dstack[server]")

SERVICE = """
    type: service
    name: chat
    image: a/b
    port: 80
    commands: [serve]
"""


def facts(answers: Answers) -> list[tuple[str, str]]:
    return [(fact["code"], fact["text"]) for fact in answers.replay["facts"]]


@pytest.mark.skipif(find_spec("sqlalchemy") is not None, reason="needs a dstack without server")
def test_an_engine_without_the_server_is_told(project: Project) -> None:
    project.policy("return spec")
    answers = project.replay(project.task(), checks=SERVER)
    assert answers.problem["code"] == "no-server"
    assert "dstack[server]" in answers.problem["text"]
    assert answers.of("replay") == []
    assert project.replay(project.task()).replay["outcome"] == "accepted"


@needs_server
def test_the_servers_defaults_are_there_without_and_with_the_policies(project: Project) -> None:
    project.policy("spec.configuration.max_price = 2\nreturn spec")
    replay = project.replay(project.task(), checks=SERVER).replay
    for dump in (replay["before"], replay["after"]):
        assert dump["configuration"]["priority"] == 0
        assert dump["ssh_key_pub"].startswith("ssh-ed25519 ")
    assert replay["after"]["configuration"]["max_price"] == 2
    assert replay["facts"] == []
    # The next batch is without them.
    assert project.replay(project.task()).replay["before"]["configuration"]["priority"] is None


@needs_server
def test_what_the_server_refuses_of_the_policies_is_invalid_in_its_words(project: Project) -> None:
    project.policy("spec.run_name = 'Not A Name'\nreturn spec")
    assert project.replay(project.task()).replay["outcome"] == "accepted"
    replay = project.replay(project.task(), checks=SERVER).replay
    assert replay["outcome"] == "invalid"
    assert "Resource name should match regex" in replay["message"]


@needs_server
@pytest.mark.parametrize(
    ("sample", "said"),
    [
        ("type: task\nname: Bad_Name\ncommands: [b]\n", "Resource name should match regex"),
        ("type: fleet\nname: Bad Name\nnodes: 1\n", "Resource name should match regex"),
        ("type: volume\nname: data\nbackend: aws\nregion: eu\nvolume_id: x\nsize: 1GB\n", None),
    ],
)
def test_a_sample_that_the_server_refuses_by_itself_is_the_samples_fault(project: Project, sample: str, said: str | None) -> None:
    project.policy("return spec")
    answers = project.replay(project.sample(sample), checks=SERVER)
    if said is None:
        assert answers.of("replay") or answers.of("invalid-sample")
        return
    assert answers.invalid["code"] == "server-refuses"
    assert said in answers.invalid["text"]
    assert answers.of("replay") == []


@needs_server
def test_an_ssh_fleet_passes_with_its_placeholder(project: Project) -> None:
    project.policy("return spec")
    fleet = "type: fleet\nname: pool\nssh_config: {user: a, identity_file: ~/.ssh/x, hosts: [10.0.0.1]}\n"
    assert project.replay(project.sample(fleet), checks=SERVER).replay["outcome"] == "accepted"


@needs_server
def test_a_policy_that_keeps_a_running_service_from_being_updated_is_named(project: Project) -> None:
    project.policy("spec.configuration.max_price = 2\nreturn spec")
    [(code, text)] = facts(project.replay(project.sample(SERVICE), checks=SERVER))
    assert code == "blocks-update"
    assert text.startswith("Failed to update fields")


@needs_server
@pytest.mark.parametrize(
    "body",
    [
        "return spec",
        "spec.configuration.env['A'] = 'b'\nreturn spec",
        "raise ValueError('no')",
    ],
)
def test_a_policy_that_doesnt_isnt(project: Project, body: str) -> None:
    project.policy(body)
    assert "blocks-update" not in dict(facts(project.replay(project.sample(SERVICE), checks=SERVER)))


@needs_server
def test_tasks_are_never_updated(project: Project) -> None:
    project.policy("spec.configuration.max_price = 2\nreturn spec")
    assert facts(project.replay(project.task(), checks=SERVER)) == []
