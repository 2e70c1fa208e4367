"""Variables resolve as the framework resolves them, and stand where they are used."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from template.serverless.project import (
    HEAD,
    PLACE,
    Answers,
    custom,
    resolve,
    write,
)

from flowguard.errors import TemplateError
from flowguard.lookups import (
    Parameter,
    ParameterNamed,
    SecretNamed,
    Stack,
    StackNamed,
)
from flowguard.model import hidden
from flowguard.model.places import Place
from flowguard.model.questions import (
    Absent,
    AccountState,
    Pending,
    Present,
    Unknown,
    UnknownKind,
    Unresolved,
)
from flowguard.template import Inputs
from flowguard.template.serverless import read


@pytest.mark.parametrize(
    ("text", "value", "expected"),
    [
        ("custom: {a: {b: 7}}", "${self:custom.a.b}", 7),
        ("custom: {a: [x, y]}", "${self:custom.a.1}", "y"),
        ("custom: {a: [x, y]}", "${self:custom.a.length}", 2),
        ("custom: {a: {b: 7}}", "${self:custom.a}", {"b": 7}),
        ("custom: {a: true}", "is-${self:custom.a}", "is-true"),
        ("custom: {a: b, b: c}", "${self:custom.${self:custom.a}}", "c"),
        ("custom: {a: '${self:custom.b}', b: {c: 1}}", "${self:custom.a.c}", 1),
        ("custom: {a: null}", "${self:custom.a, 'none'}", "none"),
        ("custom: {a: false}", "${self:custom.a, true}", False),
        ("", "${self:custom.a, self:service}", "shop"),
        ("", "${opt:stage, 'dev'}-${sls:stage}", "dev-dev"),
        ("", "${opt:anything, null}", None),
        ("", "${aws:region}-${aws:accountId}", "eu-west-1-123456789012"),
        ("", "${strToBool(TRUE)}", True),
        ("", "${strToBool('0')}", False),
        ("params: {default: {p: 1}, dev: {p: 2}}", "${param:p}", 2),
        ("params: {default: {p: 1}, prod: {p: 2}}", "${param:p}", 1),
        ("params: {default: {a.b: 1}}", "${param:a.b}", 1),
        ("", "not \\${self:service}", "not ${self:service}"),
        ("", "'!Sub ${Thing}'", "!Sub ${Thing}"),
    ],
)
def test_value(tmp_path: Path, text: str, value: str, expected: object) -> None:
    # A null is stripped from properties: the list keeps what stands after it.
    found = custom(tmp_path, text, f"\n          - {value}\n          - end")

    assert found == ([expected, "end"] if expected is not None else ["end"])


def test_options_and_parameters_stand_before_the_configuration(tmp_path: Path) -> None:
    found = custom(
        tmp_path,
        "params: {default: {p: 1}}",
        "${opt:stage}-${opt:region}-${aws:region}-${param:p}",
        stage="prod",
        region="us-east-1",
        parameters={"p": "given"},
    )

    assert found == "prod-us-east-1-us-east-1-given"


def test_what_the_environment_says_is_resolved_too(tmp_path: Path) -> None:
    environment = {"A": "${self:service}-b"}

    found = custom(tmp_path, "", "${env:A}", environment=environment)

    assert (hidden.real(found), hidden.shown(found)) == ("shop-b", "${env:A}")


# --- places -------------------------------------------------------------------


def test_a_scalar_stands_where_it_is_used(tmp_path: Path) -> None:
    template = resolve(
        tmp_path,
        {
            "serverless.yml": HEAD
            + "custom: {table: users}\nresources: ${file(./resources.yml)}\n",
            "resources.yml": "Resources:\n  Users:\n    Type: AWS::DynamoDB::Table\n"
            "    Properties:\n      TableName: ${self:custom.table}\n",
        },
    )

    users = template.resources["Users"]
    place = users.at("Properties", "TableName")
    assert users.properties == {"TableName": "users"}
    assert (place.path, place.line, place.column) == ("resources.yml", 5, 18)
    assert users.at().line == 2


def test_what_a_variable_brings_in_whole_keeps_its_places(tmp_path: Path) -> None:
    template = resolve(
        tmp_path,
        {
            "serverless.yml": HEAD
            + "custom:\n  topic:\n    TopicName: news\n"
            + "resources:\n  Resources:\n    News:\n      Type: AWS::SNS::Topic\n"
            + "      Properties: ${self:custom.topic}\n",
        },
    )

    news = template.resources["News"]
    assert news.properties == {"TopicName": "news"}
    assert news.at("Properties", "TopicName").line == 5
    assert news.at().line == 8


# --- what is refused ------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("${self:custom.none}", 'no value at source "self"'),
        ("${env:NONE}", 'no value at source "env"'),
        ("${opt:none}", 'no value at source "opt"'),
        ("${param:none}", 'no value at source "param"'),
        ("${file(./none.yml)}", "there is no file ./none.yml"),
        ("${file(./none.js)}", "there is no file ./none.js"),
        ("${slef:custom}", "there is no source 'slef'; did you mean 'self'?"),
        ("${vault:secret}", "there is no source 'vault'"),
        ("${opt:none, self:custom.none}", 'no value at source "self"'),
        ("a-${opt:none, null}", "is no text"),
        ("a-${self:provider}", "is no text"),
        ("${self:resources.Resources.Thing.Properties.Value}", "refers to itself"),
        ("${self:resources}", "refers to itself"),
        ("${self:a", "variable syntax"),
        ("${strToBool(maybe)}", "neither true nor false"),
        ("${sls:none}", "no such value"),
        ("${aws:none}", "no such value"),
        ("${cf:stack}", "names no output"),
        ("${file()}", "names no file"),
    ],
)
def test_refusal_has_a_place(tmp_path: Path, value: str, words: str) -> None:
    with pytest.raises(TemplateError) as caught:
        custom(tmp_path, "", value)

    location = caught.value.location
    assert words in caught.value.message
    assert location is not None
    assert (location.path, location.line, location.column) == ("serverless.yml", 9, 16)


def test_a_circle_over_two_steps_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TemplateError) as caught:
        custom(
            tmp_path,
            "custom: {a: '${self:custom.b}', b: '${self:custom.a}'}",
            "${self:custom.a}",
        )

    assert caught.value.message == (
        "this value refers to itself: ${self:custom.b} → ${self:custom.a} → "
        "${self:custom.b}"
    )


def test_an_endless_chain_through_the_environment_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TemplateError) as caught:
        custom(tmp_path, "", "${env:A}", environment={"A": "${env:A}"})

    assert caught.value.message == ("${env:A} reads variables that cannot be resolved")


def test_parameters_of_other_stages_are_left_alone(tmp_path: Path) -> None:
    text = "params: {default: {p: 1}, prod: {q: '${env:NONE}'}}"

    assert custom(tmp_path, text, "${param:p}") == 1


# --- files ----------------------------------------------------------------------


def test_a_file_of_another_kind_is_text(tmp_path: Path) -> None:
    (tmp_path / "VERSION.txt").write_text("v1")

    found = custom(tmp_path, "", "${file(./VERSION.txt)}")

    assert (hidden.real(found), hidden.shown(found)) == (
        "v1",
        "${file(./VERSION.txt)}",
    )


def test_a_missing_file_falls_back(tmp_path: Path) -> None:
    assert custom(tmp_path, "", "${file(./none.yml):a, 'b'}") == "b"


def test_an_empty_file_falls_back(tmp_path: Path) -> None:
    (tmp_path / "empty.yml").write_text("# nothing\n---\n")

    assert custom(tmp_path, "", "${file(./empty.yml), 'b'}") == "b"


@pytest.mark.parametrize("name", ["/etc/passwd", "../outside.yml", "link.yml"])
def test_nothing_outside_the_repository_is_read(tmp_path: Path, name: str) -> None:
    project = tmp_path / "repository"
    project.mkdir()
    (tmp_path / "outside.yml").write_text("secret: root:x:0:0")
    (project / "link.yml").symlink_to(tmp_path / "outside.yml")

    found = custom(project, "", f"${{file({name})}}")

    assert isinstance(found, Unresolved)
    assert "outside the repository" in str(found)


def test_a_file_of_the_repository_beside_the_service_is_read(tmp_path: Path) -> None:
    service = tmp_path / "services" / "shop"
    service.mkdir(parents=True)
    (tmp_path / ".git").mkdir()
    (tmp_path / "shared.json").write_text('{"a": {"b": 1}}')

    assert custom(service, "", "${file(../../shared.json):a.b}") == 1


def test_what_a_program_returns_is_not_known(tmp_path: Path) -> None:
    (tmp_path / "config.js").write_text("module.exports = () => ({ a: 1 })")

    found = custom(tmp_path, "", "${file(./config.js):a}")

    assert isinstance(found, Unresolved)
    assert found.cause == Unknown(
        UnknownKind.UNSUPPORTED, "what a program returns is not known beforehand"
    )


def test_dotenv_is_read_where_it_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(
        "export A='from $HOME file'\nB=\"${A} and ${C}\"\nC=1"
    )

    a, b = (custom(tmp_path, "useDotenv: true", f"${{env:{x}}}") for x in "AB")

    assert hidden.real(a) == "from $HOME file"
    assert hidden.real(b) == "from $HOME file and 1"
    assert hidden.shown(a + b) == "${env:A}${env:B}"
    assert custom(tmp_path, "", "${env:A, 'not'}") == "not"


def test_the_text_of_dotenv_is_not_kept_for_reports(tmp_path: Path) -> None:
    files = {"serverless.yml": HEAD + "useDotenv: true\n", ".env": "A=hush"}

    assert list(resolve(tmp_path, files).sources) == ["serverless.yml"]


# --- the account ------------------------------------------------------------------

SSM = (ParameterNamed, "/a")


@pytest.mark.parametrize(
    ("answer", "value", "expected"),
    [
        (Present(Parameter("String", "b")), "${ssm:/a}", "b"),
        (Present(Parameter("String", "b")), "x-${ssm:/a~true}", "x-b"),
        (Present(Parameter("StringList", "b,c")), "${ssm:/a}", ["b", "c"]),
        (Present(Parameter("StringList", "b,c")), "${ssm(raw):/a}", "b,c"),
        (Absent(), "${ssm:/a, 'fallback'}", "fallback"),
    ],
)
def test_parameter_of_the_store(
    tmp_path: Path, answer: Any, value: str, expected: object
) -> None:
    assert custom(tmp_path, "", value, Answers({SSM: answer})) == expected


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (Pending(), None),
        (Absent(), UnknownKind.UNSUPPORTED),
        (Present(Parameter("SecureString", None)), UnknownKind.KNOWN_AFTER_DEPLOY),
        (Unknown(UnknownKind.DENIED, "no", "ssm:GetParameter"), UnknownKind.DENIED),
    ],
)
def test_parameter_that_is_not_known(
    tmp_path: Path, answer: Any, kind: UnknownKind | None
) -> None:
    found = custom(tmp_path, "", "name-${ssm:/a}", Answers({SSM: answer}))

    assert isinstance(found, Unresolved)
    assert found.expression == "name-${ssm:/a}"
    assert found.location.line == 9
    assert getattr(found.cause, "kind", None) is kind


def test_a_secret_is_asked_for_and_never_read(tmp_path: Path) -> None:
    account = Answers({(SecretNamed, "db"): Present("arn:secret")})

    found = custom(tmp_path, "", "${ssm:/aws/reference/secretsmanager/db}", account)

    assert isinstance(found, Unresolved)
    assert "secret" in str(found)
    assert {type(lookup) for lookup in account.asked} == {SecretNamed}


def test_output_of_a_stack(tmp_path: Path) -> None:
    stack = Stack("net", "id", "UPDATE_COMPLETE", outputs=(("Vpc", "vpc-1", ""),))
    account = Answers({(StackNamed, "net"): Present(stack)})

    assert custom(tmp_path, "", "${cf:net.Vpc}", account) == "vpc-1"
    assert custom(tmp_path, "", "${cf:net.None, 'x'}", account) == "x"
    assert isinstance(custom(tmp_path, "", "${cf:net.None}", account), Unresolved)


def test_a_question_is_asked_in_the_service_s_region_or_the_one_named(
    tmp_path: Path,
) -> None:
    account = Answers({})

    custom(tmp_path, "", "${cf(us-east-1):net.Vpc}", account, region="ap-south-1")
    custom(tmp_path, "", "${ssm:/a}", account, region="ap-south-1")

    assert account.asked[0] == StackNamed(Place(PLACE.account_id, "us-east-1"), "net")
    assert ParameterNamed(Place(PLACE.account_id, "ap-south-1"), "/a") in account.asked


def test_a_question_without_a_fallback_is_on_the_record(tmp_path: Path) -> None:
    template = resolve(
        tmp_path,
        {
            "serverless.yml": HEAD
            + "custom:\n  needed: ${ssm:/needed}\n  not: ${ssm:/not, 'so much'}\n"
        },
    )

    (reference,) = template.references
    assert reference.expression == "${ssm:/needed}"
    assert reference.lookup == ParameterNamed(PLACE, "/needed")
    assert reference.location.line == 4


@pytest.mark.parametrize(
    "value", ["${git:sha1}", "${s3:bucket/key}", "${vault:secret}", "${sls:instanceId}"]
)
def test_what_only_others_know_is_not_known(tmp_path: Path, value: str) -> None:
    """Plugins may add sources."""
    assert isinstance(custom(tmp_path, "plugins: [some-plugin]", value), Unresolved)


@pytest.mark.parametrize(
    "extension", ["app: shop", "stages: {default: {resolvers: {vault: {type: vault}}}}"]
)
def test_the_framework_adds_sources_of_its_own(tmp_path: Path, extension: str) -> None:
    assert isinstance(custom(tmp_path, extension, "${vault:secret}"), Unresolved)


def test_the_account_s_id_is_not_known_offline(tmp_path: Path) -> None:
    text = HEAD + "resources: {Resources: {A: {Type: AWS::S3::Bucket, Properties: "
    write(
        tmp_path,
        {"serverless.yml": text + "{BucketName: 'b-${aws:accountId}'}}}}\n"},
    )
    source = read(tmp_path / "serverless.yml", tmp_path)

    template = source.resolve(Inputs(Place(None, "eu-west-1")), AccountState({}))

    assert isinstance(template.resources["A"].properties["BucketName"], Unresolved)


def test_parameters_are_found_where_version_4_keeps_them(tmp_path: Path) -> None:
    text = (
        "stages: {default: {params: {p: 1, q: 2}}, dev: {params: {p: 3}}, "
        "prod: {params: {r: '${env:NONE}'}}}"
    )

    assert custom(tmp_path, text, "${param:p}${param:q}") == "32"
