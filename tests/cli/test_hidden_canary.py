"""What a project reads from outside is in nothing that FlowGuard says of it.

Each way in holds a word; the account holds them too, in clear, for AWS is asked with
the values. The words are sought in all that each command prints or writes.
"""

from __future__ import annotations

import json
import os
import pathlib
import sys
from collections.abc import Iterator
from contextlib import chdir
from dataclasses import replace
from typing import Any, NoReturn, cast

import boto3
import pytest

from flowguard.action import main as action
from flowguard.aws.observe import SOURCES
from flowguard.cli import main
from flowguard.demo.server import EmbeddedAccount
from flowguard.lookups import ResourceNamed
from flowguard.report import FORMATS
from flowguard.report.fleet import FORMATS as FLEET_FORMATS

PLACES = ("env", "old", "raw", "dotenv", "data", "git", "pem")
CANARY = {place: f"cnry{place}-5e1fb7" for place in PLACES}
ENVIRONMENT = {"TABLE_SUFFIX": CANARY["env"], "PIN": "7", "TEAM": "red"}
ROLE = f"arn:aws:iam::123456789012:role/{CANARY['env']}"
SERVERLESS = """\
service: shop
useDotenv: true
provider:
  name: aws
  region: eu-central-1
  environment: {TOKEN: "${env:TABLE_SUFFIX}", DB: "${file(secrets.yml):db.password}"}
custom:
  suffix: "${env:TABLE_SUFFIX}"
  secrets: ${file(secrets.yml)}
functions:
  api: {handler: a.b, role: "${env:ROLE}", events: [{s3: "b-${env:TABLE_SUFFIX}"}]}
resources:
  Parameters:
    P: {Type: String, Default: "${env:TABLE_SUFFIX}", AllowedPattern: "[a-z]"}
  Conditions: {Is: {"Fn::Equals": ["${env:PIN}", "7"]}}
  Resources:
    Taken: {Type: "AWS::SQS::Queue", Properties: {QueueName: "q-${self:custom.suffix}"}}
    Joined:
      Type: AWS::SQS::Queue
      Properties: {QueueName: {"Fn::Join": ["-", [q, "${self:custom.suffix}"]]}}
    Split:
      Type: AWS::SQS::Queue
      Properties:
        QueueName: {"Fn::Select": [0, {"Fn::Split": ["-", "${env:TABLE_SUFFIX}"]}]}
    Orders:
      Type: AWS::SQS::Queue
      Condition: Is
      Properties: {QueueName: "orders-${env:TABLE_SUFFIX}"}
    Short: {Type: "AWS::SQS::Queue", Properties: {QueueName: "s-${env:PIN}"}}
    Raw: {Type: "AWS::SQS::Queue", Properties: {QueueName: "r-${file(token.txt)}"}}
    Dot: {Type: "AWS::SQS::Queue", Properties: {QueueName: "d-${env:DOT}"}}
    Data:
      Type: AWS::SQS::Queue
      Properties: {QueueName: "x-${self:custom.secrets.db.password}"}
    Git: {Type: "AWS::SQS::Queue", Properties: {QueueName: "g-${file(.git/config)}"}}
    Pem: {Type: "AWS::SQS::Queue", Properties: {QueueName: "p-${file(key.pem)}"}}
    Encoded:
      Type: AWS::SQS::Queue
      Properties: {QueueName: {"Fn::Base64": "${env:TABLE_SUFFIX}"}}
    Ssm:
      Type: AWS::SQS::Queue
      Properties: {QueueName: "m-${ssm:/none/${env:TABLE_SUFFIX}}"}
    Team: {Type: "AWS::SQS::Queue", Properties: {QueueName: "t-${env:TEAM}"}}
  Outputs:
    Out: {Value: "${env:TABLE_SUFFIX}", Export: {Name: "e-${env:TABLE_SUFFIX}"}}
"""
FILES = {
    "serverless.yml": SERVERLESS,
    "flowguard.yml": "shown: [TEAM]\n",
    "token.txt": CANARY["raw"],
    ".env": f"DOT={CANARY['dotenv']}\n",
    "secrets.yml": f"db: {{password: {CANARY['data']}}}\n",
    ".git/config": CANARY["git"],
    "key.pem": CANARY["pem"],
}
DEPLOYED = {
    "Resources": {
        "Orders": {
            "Type": "AWS::SQS::Queue",
            "Properties": {"QueueName": f"orders-{CANARY['old']}"},
        },
        "Short": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "s-7"}},
    },
    "Outputs": {
        "Out": {
            "Value": CANARY["old"],
            "Export": {"Name": f"e-{CANARY['env']}"},
        }
    },
}


@pytest.fixture(scope="module")
def account() -> Iterator[EmbeddedAccount]:
    """The stack as it was deployed before, and a queue whose name is taken."""
    with EmbeddedAccount() as embedded, embedded.applied():
        boto3.client("sqs").create_queue(QueueName=f"q-{CANARY['env']}")
        boto3.client("cloudformation").create_stack(
            StackName="shop-dev", TemplateBody=json.dumps(DEPLOYED)
        )
        yield embedded


class Said:
    """A project, and all that was said of it."""

    def __init__(
        self, folder: pathlib.Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.folder = folder
        self._capsys = capsys
        self._texts: list[str] = []

    def run(self, *argv: str) -> tuple[int, str]:
        """Run a command; gives its exit code and what it printed."""
        with chdir(self.folder):
            code = main([*argv])
        return code, self.take()

    def take(self) -> str:
        """What was printed since."""
        printed = self._capsys.readouterr()
        self._texts.append(printed.out + printed.err)
        return self._texts[-1]

    def report(self, name: str) -> dict[str, Any]:
        """A report in JSON."""
        read: dict[str, Any] = json.loads((self.folder / "out" / name).read_text())
        return read

    @property
    def everything(self) -> str:
        """All that was printed or written."""
        written = [p for p in (self.folder / "out").rglob("*") if p.is_file()]
        return "\n".join([*self._texts, *(p.read_text() for p in written)])


@pytest.fixture
def said(
    tmp_path: pathlib.Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Said:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    for name, value in {**ENVIRONMENT, "ROLE": ROLE}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("GITHUB_WORKSPACE", raising=False)
    (tmp_path / "out").mkdir()
    return Said(tmp_path, capsys)


def assert_none_in(text: str, *words: str) -> None:
    """No canary, whole or in part, and no stand-in either."""
    for word in (*CANARY.values(), *words, "5e1fb7", "NWUxZmI3", "zqx"):
        assert word.lower() not in text.lower()


def preflight(said: Said, name: str, *options: str) -> dict[str, Any]:
    outputs = [f"--output={f}=out/{name}.{f}" for f in FORMATS]
    for style in ("plain", "github", "json", "markdown"):
        said.run("preflight", *outputs, f"--format={style}", "--verbose", *options)
    return said.report(f"{name}.json")


def findings(report: dict[str, Any], rule: str) -> list[dict[str, Any]]:
    (result,) = (r for r in report["results"] if r["rule_id"] == rule)
    found: list[dict[str, Any]] = result["findings"]
    return found


@pytest.mark.usefixtures("account")
def test_aws_is_asked_with_the_value_and_people_are_told_the_expression(
    said: Said,
) -> None:
    report = preflight(said, "shop")

    assert_none_in(said.everything)
    taken = findings(report, "name-taken")
    assert {finding["logical_id"] for finding in taken} >= {"Taken"}
    assert all("q-${env:TABLE_SUFFIX}" in finding["message"] for finding in taken)
    assert "q-${env:TABLE_SUFFIX}" in "".join(finding["help"] for finding in taken)
    twice = findings(report, "name-used-twice")
    assert [finding["logical_id"] for finding in twice] == ["Joined"]
    names = {claim["name"] for claim in report["claims"]["names"]}
    assert {"r-${file(token.txt)}", "d-${env:DOT}", "t-red"} <= names
    assert "x-${file(secrets.yml):db.password}" in names
    assert "t-red" not in report["claims"]["hidden"]
    assert names - {"t-red"} >= set(report["claims"]["hidden"]) - {
        "e-${env:TABLE_SUFFIX}"
    }


@pytest.mark.usefixtures("account")
def test_what_was_deployed_is_compared_by_value(said: Said) -> None:
    """Also where the value is short, and where it was another one."""
    report = preflight(said, "shop")

    assert report["claims"]["exports_added"] == [
        name for name in report["claims"]["exports_added"] if not name.startswith("e-")
    ]
    assert not [f for f in findings(report, "name-taken") if f["logical_id"] == "Short"]
    replaced = findings(report, "named-resource-replaced")
    assert "Short" not in {finding["logical_id"] for finding in replaced}


def test_a_name_of_a_secret_file_is_not_looked_into(said: Said) -> None:
    report = preflight(said, "shop", "--offline")

    unread = report["coverage"]["not_looked_into"]
    assert [(part["what"], part["location"]["line"]) for part in unread] == [
        ("the value of parameter P", 14),
        ("AWS::SQS::Queue !Select [0, !Split ['-', ${env:TABLE_SUFFIX}]]", 24),
        ("AWS::SQS::Queue g-${file(.git/config)}", 35),
        ("AWS::SQS::Queue p-${file(key.pem)}", 36),
    ]
    (named,) = (part for part in unread if ".git/config" in part["what"])
    assert named["why"] == "the file is one for secrets, which are not read"


def test_a_stack_whose_name_is_hidden_has_no_words_to_judge(said: Said) -> None:
    text = "service: shop-${env:TABLE_SUFFIX}\nprovider: {name: aws, stage: prod}\n"
    (said.folder / "serverless.yml").write_text(text)

    report = preflight(said, "shop", "--offline")

    assert_none_in(said.everything)
    assert report["target"]["stack_name"] == "shop-${env:TABLE_SUFFIX}-prod"
    assert report["claims"]["hidden"].count("shop-${env:TABLE_SUFFIX}-prod") == 1
    (part,) = report["coverage"]["not_looked_into"]
    assert part["what"] == (
        "the service and the stage in the stack's name shop-${env:TABLE_SUFFIX}-prod"
    )
    assert part["location"]["line"] == 1


def compiled(folder: pathlib.Path) -> None:
    """What the framework would write, values and all."""
    resources = {
        "Taken": {"QueueName": f"q-{CANARY['env']}"},
        "Raw": {"QueueName": f"r-{CANARY['raw']}"},
        "Dot": {"QueueName": f"d-{CANARY['dotenv']}"},
        "Git": {"QueueName": f"g-{CANARY['git']}"},
        "Team": {"QueueName": "t-red"},
        "ByAPlugin": {"QueueName": f"of{CANARY['env']}plugin"},
    }
    content = {
        "Resources": {
            name: {"Type": "AWS::SQS::Queue", "Properties": properties}
            for name, properties in resources.items()
        }
    }
    state = {
        "service": {"provider": {"region": "eu-central-1"}},
        "package": {"artifactDirectoryName": "serverless/shop/dev/1-2026"},
    }
    made = folder / ".serverless"
    made.mkdir()
    name = "cloudformation-template-update-stack.json"
    (made / name).write_text(json.dumps(content))
    (made / "serverless-state.json").write_text(json.dumps(state))
    later = max(path.stat().st_mtime for path in folder.rglob("*")) + 10
    os.utime(made / name, (later, later))


@pytest.mark.parametrize(
    ("path", "known"),
    [
        ("serverless.yml", True),
        (".serverless/cloudformation-template-update-stack.json", True),
        (".serverless/cloudformation-template-update-stack.json", False),
    ],
)
def test_a_compiled_template_shows_what_its_configuration_reads(
    path: str, known: bool, said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also in a job that has none of the values."""
    compiled(said.folder)
    if not known:
        for name in (*ENVIRONMENT, "ROLE"):
            monkeypatch.delenv(name)
        for name in (".env", "token.txt", "key.pem"):
            (said.folder / name).unlink()

    report = preflight(said, "shop", "--offline", "--template", path)

    assert_none_in(said.everything)
    names = [claim["name"] for claim in report["claims"]["names"]]
    assert names == [
        "q-${env:TABLE_SUFFIX}",
        "r-${file(token.txt)}",
        "d-${env:DOT}",
        "t-red",
        "of${env:TABLE_SUFFIX}plugin",
    ]


def test_a_compiled_template_tells_nothing_where_the_job_has_empty_secrets(
    said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a pull request from a fork, where `${{ secrets.X }}` is an empty text."""
    compiled(said.folder)
    for name in (*ENVIRONMENT, "ROLE"):
        monkeypatch.setenv(name, "")

    path = ".serverless/cloudformation-template-update-stack.json"
    report = preflight(said, "shop", "--offline", "--template", path)

    names = [claim["name"] for claim in report["claims"]["names"]]
    assert "q-${env:TABLE_SUFFIX}" in names
    assert CANARY["env"] not in said.everything


def test_a_compiled_template_without_its_state_is_read_with_its_configuration(
    said: Said,
) -> None:
    """Whoever kept the template alone keeps its secrets, too."""
    compiled(said.folder)
    (said.folder / ".serverless" / "serverless-state.json").unlink()

    path = ".serverless/cloudformation-template-update-stack.json"
    report = preflight(
        said, "shop", "--offline", "--template", path, "--stack-name", "shop-dev"
    )

    assert_none_in(said.everything)
    names = [claim["name"] for claim in report["claims"]["names"]]
    assert "q-${env:TABLE_SUFFIX}" in names


def test_what_a_plugin_takes_from_the_configuration_alone_is_hidden(
    said: Said,
) -> None:
    """No resource of the configuration says it, and the compiled template does."""
    plain = "service: shop\nprovider: {name: aws, region: eu-central-1}\n"
    (said.folder / "serverless.yml").write_text(
        plain + 'custom: {domain: {zone: "${env:TABLE_SUFFIX}"}}\n'
    )
    compiled(said.folder)

    path = ".serverless/cloudformation-template-update-stack.json"
    report = preflight(said, "shop", "--offline", "--template", path)

    assert CANARY["env"] not in json.dumps(report)
    names = [claim["name"] for claim in report["claims"]["names"]]
    assert "of${env:TABLE_SUFFIX}plugin" in names


def test_a_glob_shows_no_variable_that_is_called_as_a_secret(
    said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`APP_*` is meant for APP_NAME."""
    monkeypatch.setenv("APP_PASSWORD", CANARY["env"])
    monkeypatch.setenv("APP_DB_PASS", CANARY["env"])
    monkeypatch.setenv("APP_COLOUR", "red")
    (said.folder / "flowguard.yml").write_text("shown: ['APP_*']\n")
    (said.folder / "serverless.yml").write_text(
        "service: shop\nprovider: {name: aws}\nresources:\n  Resources:\n"
        + "".join(
            f"    Q{end}: {{Type: 'AWS::SQS::Queue', "
            f"Properties: {{QueueName: '${{env:APP_{name}}}'}}}}\n"
            for end, name in enumerate(("PASSWORD", "DB_PASS", "COLOUR"))
        )
    )

    report = preflight(said, "shop", "--offline")

    names = [claim["name"] for claim in report["claims"]["names"]]
    assert names == ["${env:APP_PASSWORD}", "${env:APP_DB_PASS}", "red"]
    assert CANARY["env"] not in said.everything


def test_two_hidden_names_are_never_taken_for_one(said: Said) -> None:
    """Two targets may have two values; what cannot be compared is listed."""
    preflight(said, "one", "--offline", "--stack-name", "one")
    preflight(said, "two", "--offline", "--stack-name", "two")
    outputs = [f"--output={f}=out/merged.{f}" for f in FLEET_FORMATS]

    code, printed = said.run("merge", "out/one.json", "out/two.json", *outputs)

    assert_none_in(said.everything)
    merged = said.report("merged.json")
    claimed = findings(merged, "name-claimed-twice")
    assert {finding["logical_id"] for finding in claimed} == {
        "ApiLambdaFunction",
        "ApiLogGroup",
        "Team",
    }
    unread = {part["what"] for part in merged["coverage"]["not_looked_into"]}
    assert {
        f"AWS::SQS::Queue r-${{file(token.txt)}} of {n}" for n in ("one", "two")
    } <= (unread)
    assert "the new export e-${env:TABLE_SUFFIX} of one" in unread
    assert "cannot tell whether another" in printed or code == 1


@pytest.mark.parametrize(
    ("written", "said_of_it"),
    [
        ("stage: ${env:TABLE_SUFFIX}_", "is no stage"),
        ("stackName: 1${env:TABLE_SUFFIX}", "takes no stack of the name"),
        ("stage: dev\n  x: ${file(${env:TABLE_SUFFIX}.txt)}", "there is no file"),
        ("stage: dev\n  x: ${cf:${env:TABLE_SUFFIX}}", ""),
        (
            "stage: dev\n  x: ${strToBool(${env:TABLE_SUFFIX})}",
            "neither true nor false",
        ),
        ("region: ${env:TABLE_SUFFIX}", "${env:TABLE_SUFFIX} says is no region"),
    ],
)
@pytest.mark.usefixtures("account")
def test_an_error_tells_the_expression(
    written: str, said_of_it: str, said: Said
) -> None:
    text = SERVERLESS.replace("  region: eu-central-1", f"  {written}", 1)
    (said.folder / "serverless.yml").write_text(text)

    _, printed = said.run("preflight", "--verbose")

    assert said_of_it in printed
    assert_none_in(said.everything)


@pytest.mark.usefixtures("account")
def test_a_value_that_holds_variables_gives_no_error_with_itself(
    said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TABLE_SUFFIX", f"{CANARY['env']}${{self:none}}")

    code, printed = said.run("preflight", "--verbose")

    assert code == 2
    assert "${env:TABLE_SUFFIX} reads variables that cannot be resolved" in printed
    assert_none_in(said.everything)


@pytest.mark.parametrize(
    "argv",
    [
        ("targets",),
        ("explain", "name-taken"),
        ("smoke", "init"),
        ("smoke",),
        ("snapshot", "--output", "out/snapshot.json"),
        ("verify", "--dry-run"),
    ],
)
@pytest.mark.usefixtures("account")
def test_other_commands_tell_nothing_of_it_either(
    argv: tuple[str, ...], said: Said
) -> None:
    text = "service: ${file(token.txt)}\nprovider: {name: aws}\n"
    (said.folder / "serverless.yml").write_text(text)

    said.run(*argv)

    assert_none_in(said.everything)


def test_the_action_tells_the_expression(
    account: EmbeddedAccount, said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = said.folder / "out"
    for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"):
        (out / name).touch()
        monkeypatch.setenv(name, str(out / name))
    for name, value in {
        **account.variables(),
        "GITHUB_WORKSPACE": str(said.folder),
        "GITHUB_EVENT_NAME": "push",
        "GITHUB_REPOSITORY": "shop/backend",
        "GITHUB_SHA": "c0ffee",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "argv", ["flowguard"])

    with chdir(said.folder):
        action()
    said.take()

    assert "q-${env:TABLE_SUFFIX}" in said.everything
    assert_none_in(said.everything)


@pytest.mark.parametrize("everything", [True, False])
@pytest.mark.usefixtures("account")
def test_what_breaks_on_a_value_tells_nothing_of_it(
    everything: bool, said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither its traceback nor what is said of it."""

    def broken(_: object, asked: object) -> NoReturn:
        raise RuntimeError(f"cannot ask for {asked}")

    if everything:
        monkeypatch.setattr("flowguard.aws.observe.Observer._fetch", broken)
    else:
        source = replace(SOURCES[ResourceNamed], fetch=broken)
        monkeypatch.setitem(cast("dict[Any, Any]", SOURCES), ResourceNamed, source)

    code, printed = said.run("preflight", "--verbose")

    assert code == (2 if everything else 1)
    assert "cannot ask for" in printed
    assert_none_in(said.everything)
