"""What the service is called, where findings about it point, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from template.serverless.project import HEAD, PLACE, Answers, resolve, write

from flowguard.errors import TemplateError
from flowguard.lookups import Parameter, ParameterNamed
from flowguard.model.changes import Ignore
from flowguard.model.places import Location
from flowguard.model.questions import AccountState, Present
from flowguard.template import Inputs, find, open_template
from flowguard.template.serverless import read

FUNCTION = "functions:\n  list:\n    handler: src/list.main\n"


def test_the_stack_is_called_after_service_and_stage(tmp_path: Path) -> None:
    template = resolve(tmp_path, {"serverless.yml": HEAD}, stage="prod")

    assert template.dialect == "serverless"
    assert template.stack_name == "shop-prod"
    assert (template.service, template.stage) == ("shop", "prod")
    assert template.region == "eu-west-1"
    assert (template.name_location.line, template.name_location.column) == (1, 10)


def test_the_stage_is_dev_and_the_region_us_east_1_unless_said(tmp_path: Path) -> None:
    template = resolve(tmp_path, {"serverless.yml": "service: a\nprovider: aws\n"})

    assert (template.stage, template.region) == ("dev", "us-east-1")


def test_version_2_took_the_service_as_a_mapping(tmp_path: Path) -> None:
    text = "service: {name: shop}\nframeworkVersion: ^2.0\nprovider: aws\n"

    assert resolve(tmp_path, {"serverless.yml": text}).stack_name == "shop-dev"


def test_a_stack_name_of_the_user_s_is_placed_there(tmp_path: Path) -> None:
    template = resolve(
        tmp_path,
        {
            "serverless.yml": "service: shop\nprovider:\n  name: aws\n"
            "  stackName: acme-${sls:stage}\n"
        },
    )

    assert template.stack_name == "acme-dev"
    assert template.name_location.line == 4


def test_a_stack_name_that_is_given_stands_before_both(tmp_path: Path) -> None:
    template = resolve(tmp_path, {"serverless.yml": HEAD}, stack_name="other")

    assert template.stack_name == "other"


def test_a_name_that_the_account_must_tell_waits_for_it(tmp_path: Path) -> None:
    files = {"serverless.yml": "service: '${ssm:/name}'\nprovider: {name: aws}\n"}

    answer = Present(Parameter("String", "shop"))
    answered = Answers({(ParameterNamed, "/name"): answer})

    assert resolve(tmp_path, files, Answers({})).stack_name is None
    assert resolve(tmp_path, files, answered).stack_name == "shop-dev"


def test_resources_point_at_the_line_that_causes_them(tmp_path: Path) -> None:
    template = resolve(
        tmp_path,
        {
            "serverless.yml": HEAD
            + "functions:\n"
            + "  list:\n"
            + "    handler: src/list.main\n"
            + "    name: shop-list\n"
            + "    events:\n"
            + "      - http: GET /items\n"
            + "      - sns: news\n"
        },
    )

    lines = {r.logical_id: r.at().line for r in template.resources.values()}
    function = template.resources["ListLambdaFunction"]
    assert lines["ServerlessDeploymentBucket"] == 1
    assert lines["IamRoleLambdaExecution"] == 2
    assert lines["ListLambdaFunction"] == lines["ListLogGroup"] == 4
    assert function.at("Properties", "FunctionName").line == 6
    assert function.at("Properties", "Handler").line == 5
    assert lines["ApiGatewayRestApi"] == lines["ApiGatewayMethodItemsGet"] == 8
    assert lines["SNSTopicNews"] == 9


def test_what_the_framework_makes_is_told_from_what_the_user_wrote(
    tmp_path: Path,
) -> None:
    template = resolve(
        tmp_path,
        {
            "serverless.yml": HEAD
            + FUNCTION
            + "resources: {Resources: {Topic: {Type: AWS::SNS::Topic}}}\n"
        },
    )

    assert "Topic" not in template.made_by_tool
    assert template.made_by_tool == template.resources.keys() - {"Topic"}


def test_an_extension_changes_what_is_generated(tmp_path: Path) -> None:
    template = resolve(
        tmp_path,
        {
            "serverless.yml": HEAD
            + FUNCTION
            + "resources:\n  extensions:\n    ListLogGroup:\n"
            + "      DeletionPolicy: Retain\n"
        },
    )

    group = template.resources["ListLogGroup"]
    assert group.attributes["DeletionPolicy"] == "Retain"
    assert group.at("DeletionPolicy").line == 9


def test_ignores_of_every_file_are_found(tmp_path: Path) -> None:
    template = resolve(
        tmp_path,
        {
            "serverless.yml": "# flowguard: ignore[naming-drift] for now\n"
            + HEAD
            + "resources: ${file(./more.yml)}\n",
            "more.yml": "Resources:\n  Topic: {Type: AWS::SNS::Topic}"
            "  # flowguard: ignore[existing-resource] adopted\n",
        },
    )

    assert template.ignores == (
        Ignore(("naming-drift",), "for now", Location("serverless.yml", 2)),
        Ignore(("existing-resource",), "adopted", None, "Topic"),
    )


def test_a_resource_without_its_condition_is_left_out(tmp_path: Path) -> None:
    template = resolve(
        tmp_path,
        {
            "serverless.yml": HEAD
            + "functions:\n  list: {handler: a.b, condition: IsProd}\n"
            + "resources:\n  Conditions:\n"
            + "    IsProd: !Equals ['${sls:stage}', prod]\n"
        },
    )

    assert "ListLambdaFunction" not in template.resources
    assert "IamRoleLambdaExecution" in template.resources


def test_files_are_read_once(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "serverless.yml": HEAD + "resources: ${file(r.yml)}\n",
            "r.yml": "Outputs: {}",
        },
    )
    source = read(tmp_path / "serverless.yml", tmp_path)
    inputs = Inputs(PLACE, stage="prod")
    first = source.resolve(inputs, AccountState({}))
    (tmp_path / "r.yml").unlink()

    assert source.resolve(inputs, AccountState({})) is first
    assert source.resolve(Inputs(PLACE), AccountState({})).stage == "dev"


def test_a_project_is_found_and_opened_by_its_name(tmp_path: Path) -> None:
    write(tmp_path, {"serverless.yml": HEAD})

    path = find(tmp_path)

    template = open_template(path, tmp_path).resolve(Inputs(PLACE), AccountState({}))
    assert template.dialect == "serverless"


# --- what the framework refuses ---------------------------------------------------


@pytest.mark.parametrize(
    ("text", "words", "line"),
    [
        ("provider: {name: aws}\n", '"service" property is missing', 1),
        ("service: {name: a}\nprovider: {name: aws}\n", '"service" is no name', 1),
        ("service: a\n", '"provider" property is missing', 1),
        ("service: a\nprovider: {name: azure}\n", "the provider is not aws", 2),
        ("service: a\nprovider: google\n", "the provider is not aws", 2),
        ("service: a\nprovider: {name: aws, stage: a_b}\n", "is no stage", 2),
        (HEAD + "functions: text\n", "functions is no mapping", 3),
        (HEAD + "functions:\n  a: text\n", "the function a is no mapping", 4),
        (HEAD + "functions:\n  a: {}\n", 'neither "handler" nor "image"', 4),
        (HEAD + "functions:\n  a: {handler: a.b, image: c}\n", "has both", 4),
        (HEAD + "functions:\n  - text\n", "is no mapping", 4),
        (HEAD + "resources:\n  - text\n", "is no mapping", 4),
        (
            HEAD + "resources:\n  extensions:\n    None: {Properties: {}}\n",
            "cannot extend None",
            5,
        ),
        (
            HEAD + FUNCTION + "resources: {extensions: {ListLogGroup: {Type: a}}}\n",
            "Type cannot be extended",
            6,
        ),
        (
            HEAD + FUNCTION + "    destinations: {onSuccess: none}\n",
            "no function of this service",
            6,
        ),
        (
            HEAD + FUNCTION + "    events:\n      - http: {path: a, method: get, "
            "authorizer: none}\n",
            "no function of this service",
            7,
        ),
        (
            HEAD + FUNCTION + "    events:\n      - httpApi: {path: /a, method: get, "
            "authorizer: {name: none}}\n",
            "is not defined",
            7,
        ),
        (HEAD + "resources: {Resources: {A: {Properties: {}}}}\n", "has no Type", 3),
        ("[]\n", "no mapping", 1),
        ("service: [\n", "not well-formed", 2),
    ],
)
def test_refusal(tmp_path: Path, text: str, words: str, line: int) -> None:
    with pytest.raises(TemplateError) as caught:
        resolve(tmp_path, {"serverless.yml": text})

    assert words in caught.value.message
    assert caught.value.location is not None
    assert caught.value.location.line == line


def test_a_configuration_that_is_a_program_is_refused_with_a_way_out(
    tmp_path: Path,
) -> None:
    with pytest.raises(TemplateError) as caught:
        read(tmp_path / "serverless.ts", tmp_path)

    assert "cloudformation-template-update-stack.json" in caught.value.help


@pytest.mark.parametrize(
    ("text", "open_ended"),
    [
        ("", False),
        ("plugins: [serverless-offline, serverless-esbuild]\n", False),
        ("plugins: {modules: [serverless-offline]}\n", False),
        ("plugins: [serverless-step-functions]\n", True),
        ("plugins: [./plugins/own.js]\n", True),
        ("resources: '${file(./more.js)}'\n", True),
        ("resources: [{Resources: {A: '${file(./more.js)}'}}]\n", True),
        ("functions: ['${file(./more.js)}']\n", True),
        (
            (
                "resources: {Resources: {A: {Type: AWS::SNS::Topic, "
                "Properties: {TopicName: '${file(./more.js)}'}}}}\n"
            ),
            False,
        ),
    ],
)
def test_what_may_be_missing_is_said(
    tmp_path: Path, text: str, open_ended: bool
) -> None:
    files = {"serverless.yml": HEAD + text, "more.js": "module.exports = {}"}

    assert resolve(tmp_path, files).open_ended is open_ended
