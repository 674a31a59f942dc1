"""Policies see what production sends: what the CLI resolves on its machine is resolved, from placeholders."""

import json

import pytest
from conftest import PYDANTIC_1, Answers, Project

FLEET = """
    type: fleet
    name: pool
    ssh_config:
      user: ubuntu
      identity_file: ~/.ssh/nobody-has-this
      hosts:
        - 10.0.0.1
        - hostname: 10.0.0.2
          identity_file: other
        - hostname: 10.0.0.3
"""


def spec_of(answers: Answers) -> dict[str, object]:
    assert not answers.of("invalid-sample"), answers.invalid["text"]
    return answers.replay["before"]


def test_an_ssh_fleet_has_keys_where_it_names_their_files(project: Project) -> None:
    project.policy("""
        import sys
        from dstack._internal.utils.ssh import pkey_from_str
        ssh = spec.configuration.ssh_config
        key = pkey_from_str(ssh.ssh_key.private)
        assert ssh.ssh_key.public.split()[1] == key.get_base64(), "the two belong together"
        hosts = [host if isinstance(host, str) else host.ssh_key is not None for host in ssh.hosts]
        print(type(ssh.ssh_key).__name__.removesuffix("Request"), key.get_name(), hosts)
        return spec
    """)
    answers = project.replay(project.sample(FLEET))
    assert answers.replay["outcome"] == "accepted", answers.replay
    assert answers.replay["printed"] == ["SSHKey ssh-ed25519 ['10.0.0.1', True, False]"]
    # Shown it would be taken for a real one.
    assert any("PRIVATE KEY" in secret for secret in answers.one("sample")["secrets"])


def test_references_to_env_are_filled(project: Project) -> None:
    project.policy("return spec")
    answers = project.replay(
        project.sample("""
            type: service
            name: chat
            image: a/b
            port: 80
            env: [TOKEN, USER_NAME=robot]
            registry_auth: {username: "${{ env.USER_NAME }}", password: "${{ secrets.later }}-${{ env.TOKEN }}"}
            commands: ["serve ${{ run.args }} $HOME"]
            probes:
              - {type: http, url: "/health?${{ env.TOKEN }}", headers: [{name: X-Token, value: "a ${{ env.TOKEN }}"}]}
        """)
    )
    configuration = spec_of(answers)["configuration"]
    assert configuration["registry_auth"] == {"username": "robot", "password": "${{ secrets.later }}-<TOKEN>"}
    assert configuration["commands"] == ["serve  $HOME"]
    [probe] = configuration["probes"]
    assert probe["url"] == "/health?<TOKEN>"
    assert probe["headers"] == [{"name": "X-Token", "value": "a <TOKEN>"}]


def test_a_reference_to_nothing_is_refused_as_the_cli_does(project: Project) -> None:
    project.policy("return spec")
    invalid = project.replay(
        project.sample("type: task\ncommands: [a]\nregistry_auth:\n  username: a\n  password: ${{ env.NOPE }}\n")
    ).invalid
    assert (invalid["code"], invalid["line"]) == ("invalid-configuration", 5)
    assert "env.NOPE" in invalid["text"]


def test_a_repo_is_sent_as_the_cli_sends_it(project: Project) -> None:
    project.policy("return spec")
    task = "type: task\nname: a\ncommands: [a]\n"
    none = spec_of(project.replay(project.sample(task, "none.dstack.yml")))
    url = spec_of(
        project.replay(project.sample(task + "repos: [{url: 'https://git.example.com/a/b.git', branch: dev}]", "url.dstack.yml"))
    )
    folder = spec_of(project.replay(project.sample(task + "repos: ['..:/code']", "folder.dstack.yml")))
    assert none["repo_data"]["repo_type"] == "virtual"
    assert url["repo_data"]["repo_type"] == "remote"
    assert (url["repo_data"]["repo_name"], url["repo_data"]["repo_branch"]) == ("b", "dev")
    assert folder["repo_data"]["repo_type"] == "remote"
    assert folder["repo_dir"] == "/code"
    assert len(folder["repo_data"]["repo_hash"]) == 40
    assert none["repo_id"] != url["repo_id"]


SPECS = {
    "task": {"run_name": "old", "configuration": {"type": "task", "commands": ["a"]}, "profile": None},
    "fleet": {"configuration": {"type": "fleet", "nodes": 1}, "profile": {"name": "default"}},
    "volume": {"configuration": {"type": "volume", "backend": "aws", "region": "eu", "size": "10GB"}},
    "gateway": {"configuration": {"type": "gateway", "backend": "aws", "region": "eu", "domain": "a.example.com"}},
}


@pytest.mark.parametrize("kind", list(SPECS))
def test_a_spec_as_a_client_sent_it_is_a_sample(project: Project, kind: str) -> None:
    project.policy("print(type(spec).__name__.removesuffix('Request'), getattr(spec, 'profile', None) is None)\nreturn spec")
    answers = project.replay(project.sample(json.dumps(SPECS[kind]), "old.spec.json"))
    assert spec_of(answers)["configuration"]["type"] == kind
    assert answers.one("sample")["configurationType"] == kind
    name = "Run" if kind == "task" else kind.capitalize()
    assert answers.replay["printed"] == [f"{name}Spec {kind != 'fleet'}"]


@pytest.mark.parametrize(
    ("text", "code", "line", "said"),
    [
        ('{\n "a": ]\n}', "invalid-json", 2, "doesn't parse"),
        ("", "invalid-json", 1, "doesn't parse"),
        ("[]", "not-a-mapping", 1, "no JSON object"),
        ('{"run_spec": {}}', "no-configuration", 1, "no `configuration`"),
        ('{"configuration": {}}', "no-type", None, "no `type`"),
        ('{\n "configuration": {\n  "type": "task",\n  "commands": 3\n }\n}', "invalid-configuration", 4, "commands"),
        ('{\n "configuration": {\n  "type": "tusk"\n }\n}', "invalid-configuration", None, "refuses the spec"),
        ("[" * 100_000, "invalid-json", None, "nested too deeply"),
    ],
)
def test_a_bad_spec_says_where(project: Project, text: str, code: str, line: int | None, said: str) -> None:
    project.policy("return spec")
    invalid = project.replay(project.sample(text, "bad.spec.json")).invalid
    assert invalid["code"] == code
    assert said in invalid["text"]
    # Of the members of a union pydantic 1 can't tell which one was meant, and complains for all.
    assert line is None or (PYDANTIC_1 and code == "invalid-configuration") or invalid["line"] == line


def test_secrets_of_a_spec_are_known(project: Project) -> None:
    project.policy("return spec")
    spec = {"configuration": {"type": "task", "commands": ["a"], "env": {"TOKEN": "s3cret-value"}}}
    answers = project.replay(project.sample(json.dumps(spec), "a.spec.json"))
    assert answers.one("sample")["secrets"] == ["s3cret-value"]
