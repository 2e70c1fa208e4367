"""The rule `name-taken`."""

from __future__ import annotations

import json
import shlex
from typing import Any

import pytest
from kit import PLACE, Answers, check, deployed, no_stack, planner, stack, stack_id

from flowguard.lookups import (
    Contents,
    ContentsOf,
    NamedResource,
    Owner,
    OwnerOf,
    ResourceNamed,
    StackNamed,
    StackResource,
    StackResources,
    TagsOf,
)
from flowguard.model.places import Location, Severity
from flowguard.model.questions import (
    Absent,
    Lookup,
    Observed,
    Present,
    Unknown,
    UnknownKind,
)
from flowguard.model.results import Outcome, RuleResult
from flowguard.rules.name_taken import NameTaken

TEMPLATE = """\
    Resources:
      Users:
        Type: AWS::DynamoDB::Table
        Properties:
          TableName: acme-users
    """
TABLE = "AWS::DynamoDB::Table"
ARN = "arn:aws:dynamodb:eu-central-1:123456789012:table/acme-users"
NAMED = ResourceNamed(PLACE, TABLE, (("TableName", "acme-users"),))
DENIED = Unknown(UnknownKind.DENIED, "AccessDenied", "dynamodb:DescribeTable")


def taken(
    owner: Observed[Any], tags: Observed[Any] | None = None, **more: Any
) -> Answers:
    """The answers about a table that exists and holds 17 items."""
    return {
        NAMED: Present(NamedResource("acme-users", ARN, **more)),
        OwnerOf(PLACE, "acme-users"): owner,
        TagsOf(PLACE, ARN): tags or Absent(),
        ContentsOf(PLACE, TABLE, "acme-users"): Present(Contents(17, "items")),
    }


def result_of(answers: Answers, template: str = TEMPLATE) -> RuleResult:
    return check(NameTaken(), planner(template), {**no_stack(), **answers})


def owned_by(name: str, logical_id: str = "T", kind: str = TABLE) -> Present[Any]:
    return Present((Owner(name, stack_id(name), logical_id, kind),))


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (Absent(), Outcome.PASSED),
        (DENIED, Outcome.INCONCLUSIVE),
        (Unknown(UnknownKind.UNSUPPORTED, "no such call"), Outcome.PASSED),
    ],
)
def test_outcome(answer: Observed[Any], outcome: Outcome) -> None:
    assert result_of({NAMED: answer}).outcome is outcome


def test_what_nobody_owns_is_to_be_adopted_with_what_it_holds() -> None:
    (finding,) = result_of(taken(Absent())).findings

    assert finding.message == (
        "AWS::DynamoDB::Table 'acme-users' already exists: no stack owns it; "
        "CloudFormation cannot create Users, and rolls everything back"
    )
    assert finding.location == Location("template.yaml", 5, 18, 5, 28)
    assert ("holds", "17 items") in finding.evidence
    assert "the 17 items it holds" in finding.help
    assert "DeletionPolicy: Retain" in finding.help
    start = finding.help.index("[{")
    (row,) = json.loads(finding.help[start : finding.help.index("]'") + 1])
    assert row["ResourceIdentifier"] == {"TableName": "acme-users"}


def test_another_stack_that_owns_it_is_named() -> None:
    (finding,) = result_of(taken(owned_by("shop-prod", "UsersTable"))).findings

    assert "stack 'shop-prod' owns it as UsersTable" in finding.message
    assert "import" not in finding.help


def test_a_resource_of_another_type_with_that_id_is_no_owner() -> None:
    bucket = owned_by("shop-prod", kind="AWS::S3::Bucket")
    (finding,) = result_of(taken(bucket)).findings

    assert "no stack owns it" in finding.message


TAGS = Present(
    (
        ("aws:cloudformation:stack-name", "old"),
        ("aws:cloudformation:stack-id", stack_id("old")),
    )
)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Present(stack("old", "DELETE_COMPLETE")), "the stack 'old' that made it was deleted"),
        (Absent(), "the stack 'old' that made it was deleted"),
        (Present(stack("old")), "stack 'old' made it and has let go of it"),
    ],
)  # fmt: skip
def test_tags_tell_of_the_stack_that_left_it_behind(
    answer: Observed[Any], words: str
) -> None:
    given = {
        **taken(Absent(), TAGS),
        StackNamed(PLACE, stack_id("old")): answer,
        StackResources(PLACE, "old"): Present(()),
    }

    (finding,) = result_of(given).findings

    assert words in finding.message


def test_a_stack_of_another_region_is_told_from_the_tags() -> None:
    there = stack_id("old").replace("eu-central-1", "us-east-1")
    tags = Present((*TAGS.value[:1], ("aws:cloudformation:stack-id", there)))

    (finding,) = result_of(taken(Absent(), tags)).findings

    assert "stack 'old' of us-east-1 made it" in finding.message


def test_a_log_group_that_a_service_made_is_told() -> None:
    name = "/aws/lambda/api"
    group = f"""\
    Resources:
      Logs:
        Type: AWS::Logs::LogGroup
        Properties:
          LogGroupName: {name}
    """
    kind = "AWS::Logs::LogGroup"
    given: Answers = {
        ResourceNamed(PLACE, kind, (("LogGroupName", name),)): Present(
            NamedResource(name)
        ),
        OwnerOf(PLACE, name): Absent(),
        ContentsOf(PLACE, kind, name): Present(Contents(0, "bytes")),
    }

    (finding,) = result_of(given, group).findings

    assert "makes it by itself" in finding.message


def test_an_owner_that_could_not_be_told_is_no_nobody() -> None:
    result = result_of(taken(DENIED))

    assert "could not be told which stack owns it" in result.findings[0].message
    assert "if no stack does" in result.findings[0].help
    assert result.unknowns


def test_a_name_held_by_another_account() -> None:
    (finding,) = result_of(taken(Absent(), elsewhere="another account")).findings

    assert "another account has it" in finding.message
    assert "choose another name" in finding.help


def test_what_the_stack_has_already_is_not_asked_about() -> None:
    there = StackResource("Users", "acme-users", TABLE, "CREATE_COMPLETE")
    given = deployed(stack(), TEMPLATE, [there])

    assert check(NameTaken(), planner(TEMPLATE), given).outcome is Outcome.PASSED


def test_what_a_rolled_back_stack_kept_is_found() -> None:
    kept = StackResource("Users", "acme-users", TABLE, "DELETE_SKIPPED")
    failed = deployed(stack(status="ROLLBACK_COMPLETE"), TEMPLATE, [kept])
    given = {**failed, **taken(owned_by("app", "Users"))}

    (finding,) = check(NameTaken(), planner(TEMPLATE), given).findings

    assert "this stack made it and has let go of it" in finding.message


def test_without_the_stacks_own_word_nothing_is_claimed() -> None:
    denied = dict.fromkeys(no_stack(), Unknown(UnknownKind.DENIED, "AccessDenied"))
    given = {**denied, **taken(DENIED)}

    result = check(NameTaken(), planner(TEMPLATE), given)

    assert result.outcome is Outcome.INCONCLUSIVE


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Present(stack("old", "DELETE_COMPLETE")), "that made it was deleted"),
        (Present(stack("old")), "could not be told which stack owns it"),
        (DENIED, "it is tagged as stack 'old'"),
    ],
)
def test_where_the_stacks_are_silent_tags_do_not_speak_for_them(
    answer: Observed[Any], words: str
) -> None:
    given = {
        **taken(DENIED, TAGS),
        StackNamed(PLACE, stack_id("old")): answer,
        StackResources(PLACE, "old"): DENIED if answer == DENIED else Present(()),
    }

    result = result_of(given)

    assert words in result.findings[0].message
    assert result.unknowns


def test_what_a_service_makes_is_not_told_where_the_stacks_are_silent() -> None:
    name = "/aws/lambda/api"
    kind = "AWS::Logs::LogGroup"
    group = f"""\
    Resources:
      Logs:
        Type: {kind}
        Properties:
          LogGroupName: {name}
    """
    given: Answers = {
        ResourceNamed(PLACE, kind, (("LogGroupName", name),)): Present(
            NamedResource(name)
        ),
        OwnerOf(PLACE, name): DENIED,
        ContentsOf(PLACE, kind, name): Present(Contents(0, "bytes")),
    }

    (finding,) = result_of(given, group).findings

    assert "could not be told which stack owns it" in finding.message


QUEUE = "AWS::SQS::Queue"
JOBS = """\
    Resources:
      Jobs:
        Type: AWS::SQS::Queue
        Properties: {QueueName: jobs}
    """
QUEUE_ARN = "arn:aws:sqs:eu-central-1:123456789012:jobs"
URL = "https://sqs.eu-central-1.amazonaws.com/123456789012/jobs"
LEGACY = "https://eu-central-1.queue.amazonaws.com/123456789012/jobs"


def test_a_live_stack_that_lists_another_form_of_the_id_owns_it() -> None:
    row = StackResource("Queue", LEGACY, QUEUE, "CREATE_COMPLETE")
    given: Answers = {
        ResourceNamed(PLACE, QUEUE, (("QueueName", "jobs"),)): Present(
            NamedResource(URL, QUEUE_ARN)
        ),
        OwnerOf(PLACE, URL): Absent(),
        TagsOf(PLACE, QUEUE_ARN): TAGS,
        StackNamed(PLACE, stack_id("old")): Present(stack("old")),
        StackResources(PLACE, "old"): Present((row,)),
    }

    (finding,) = result_of(given, JOBS).findings

    assert "stack 'old' owns it as Queue" in finding.message
    assert "move Queue out of it" in finding.help


def test_its_own_queue_under_another_form_of_the_id_is_no_conflict() -> None:
    row = StackResource("OldJobs", LEGACY, QUEUE, "CREATE_COMPLETE")
    given = deployed(stack(), JOBS.replace("Jobs:", "OldJobs:"), [row])

    assert check(NameTaken(), planner(JOBS), given).outcome is Outcome.PASSED


def test_an_earlier_stack_of_the_same_name_is_not_this_one() -> None:
    tags = Present(
        (
            ("aws:cloudformation:stack-name", "app"),
            ("aws:cloudformation:stack-id", stack_id("app") + "-earlier"),
        )
    )
    given = {**deployed(stack(), "Resources: {}"), **taken(Absent(), tags)}

    (finding,) = check(NameTaken(), planner(TEMPLATE), given).findings

    assert "the stack 'app' that made it was deleted" in finding.message


def test_without_its_own_resources_nothing_is_claimed() -> None:
    given = {**deployed(stack(), TEMPLATE), StackResources(PLACE, "app"): DENIED}

    result = check(NameTaken(), planner(TEMPLATE), given)

    assert result.outcome is Outcome.INCONCLUSIVE


@pytest.mark.parametrize("kind", [TABLE, "AWS::DynamoDB::GlobalTable"])
def test_a_kindred_type_of_another_stack_is_the_owner(kind: str) -> None:
    (finding,) = result_of(taken(owned_by("shop-prod", "Users", kind))).findings

    assert "stack 'shop-prod' owns it" in finding.message


@pytest.mark.parametrize(
    ("owner", "more"),
    [(owned_by("shop-prod"), {}), (Absent(), {"elsewhere": "another account"})],
)
def test_what_others_own_is_not_counted(
    owner: Observed[Any], more: dict[str, Any]
) -> None:
    given = {**taken(owner, **more)}
    del given[ContentsOf(PLACE, TABLE, "acme-users")]

    (finding,) = result_of(given).findings

    assert "holds" not in dict(finding.evidence)


def test_what_had_no_name_is_asked_about() -> None:
    old = """\
    Resources:
      Users:
        Type: AWS::DynamoDB::Table
        Properties: {BillingMode: PAY_PER_REQUEST}
    """
    there = StackResource("Users", "app-Users-1X2Y", TABLE, "CREATE_COMPLETE")
    given = {**deployed(stack(), old, [there]), **taken(Absent())}

    (finding,) = check(NameTaken(), planner(TEMPLATE), given).findings

    assert finding.logical_id == "Users"
    assert finding.help == "choose another name: Users is app-Users-1X2Y now"


def test_where_the_cdk_makes_it_is_told() -> None:
    path = "{'aws:cdk:path': App/Data/Users/Resource}"
    text = TEMPLATE.replace("Properties:", f"Metadata: {path}\n        Properties:")

    (finding,) = result_of(taken(Absent()), text).findings

    assert ("construct", "App/Data/Users/Resource") in finding.evidence


def import_row(text: str, named: ResourceNamed, found: NamedResource) -> Any:
    """What the finding would import, and the whole command."""
    given: dict[Lookup[Any], Observed[Any]] = {
        named: Present(found),
        OwnerOf(PLACE, found.physical_id): Absent(),
        ContentsOf(PLACE, named.resource_type, found.physical_id): Absent(),
        TagsOf(PLACE, found.arn): Absent(),
    }
    (finding,) = result_of(given, text).findings
    (line,) = (x for x in finding.help.splitlines() if "create-change-set" in x)
    words = shlex.split(line.partition(". ")[2], comments=True)
    (row,) = json.loads(words[words.index("--resources-to-import") + 1])
    return row["ResourceIdentifier"], line


RULE_ARN = "arn:aws:events:eu-central-1:123456789012:rule/nightly"
GROUP = NamedResource("edge|1234|REGIONAL", "arn:aws:wafv2:x")


@pytest.mark.parametrize(
    ("kind", "properties", "key", "found", "identifier"),
    [
        (
            "AWS::Events::Rule",
            "{Name: nightly}",
            (("Name", "nightly"), ("EventBusName", "default")),
            NamedResource("nightly", RULE_ARN),
            {"Arn": RULE_ARN},
        ),
        (
            "AWS::Cognito::UserPoolDomain",
            "{Domain: acme-auth, UserPoolId: !Ref Pool}",
            (("Domain", "acme-auth"),),
            NamedResource("acme-auth"),
            {"UserPoolId": "<UserPoolId>", "Domain": "acme-auth"},
        ),
        (
            "AWS::WAFv2::WebACL",
            "{Name: edge, Scope: REGIONAL}",
            (("Name", "edge"), ("Scope", "REGIONAL")),
            GROUP,
            {"Name": "edge", "Id": "1234", "Scope": "REGIONAL"},
        ),
        (
            "AWS::EKS::Nodegroup",
            "{NodegroupName: small, ClusterName: main}",
            (("NodegroupName", "small"), ("ClusterName", "main")),
            NamedResource("main/small"),
            {"Id": "main/small"},
        ),
        (
            "AWS::SES::ReceiptRule",
            "{Rule: {Name: first}, RuleSetName: inbox}",
            (("Rule/Name", "first"), ("RuleSetName", "inbox")),
            NamedResource("first"),
            {"RuleName": "first", "RuleSetName": "inbox"},
        ),
        (
            "AWS::Glue::Table",
            "{CatalogId: !Ref AWS::AccountId, DatabaseName: raw, TableInput: {Name: e}}",
            (("TableInput/Name", "e"), ("DatabaseName", "raw")),
            NamedResource("e"),
            {"CatalogId": "123456789012", "DatabaseName": "raw", "Name": "e"},
        ),
    ],
)
def test_an_import_names_what_aws_identifies_it_by(
    kind: str,
    properties: str,
    key: Any,
    found: NamedResource,
    identifier: dict[str, str],
) -> None:
    text = f"""\
    Resources:
      Pool: {{Type: AWS::Cognito::UserPool}}
      X: {{Type: '{kind}', Properties: {properties}}}
    """

    row, line = import_row(text, ResourceNamed(PLACE, kind, key), found)

    assert row == identifier
    assert ("# put in what stands between" in line) == ("<" in str(identifier))


def test_a_name_with_a_quote_does_not_end_the_command() -> None:
    kind = "AWS::CloudWatch::Alarm"
    text = f"""\
    Resources:
      High: {{Type: '{kind}', Properties: {{AlarmName: "it's; rm -rf /"}}}}
    """
    name = "it's; rm -rf /"
    named = ResourceNamed(PLACE, kind, (("AlarmName", name),))

    row, _ = import_row(text, named, NamedResource(name))

    assert row == {"AlarmName": name}


def help_for(given: Answers, text: str = TEMPLATE) -> str:
    (finding,) = check(
        NameTaken(), planner(text), {**given, **taken(Absent())}
    ).findings
    return finding.help


def test_a_stack_that_takes_no_import_is_to_be_cleared_first() -> None:
    failed = deployed(stack(status="UPDATE_ROLLBACK_FAILED"), "Resources: {}")

    assert "1. clear the stack first" in help_for(failed)
    assert "clear the stack" not in help_for(no_stack())
    assert "clear the stack" not in help_for(deployed(stack(), "Resources: {}"))


def test_an_import_keeps_the_parameters_and_grants_what_was_granted() -> None:
    now = stack(parameters=(("Stage", "dev"),), capabilities=("CAPABILITY_IAM",))

    command = help_for(deployed(now, "Resources: {}"))

    assert "--capabilities CAPABILITY_IAM" in command
    assert "--parameters ParameterKey=Stage,UsePreviousValue=true" in command


SECRET = "AWS::SecretsManager::Secret"
SECRET_ARN = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:db-AbCdEf"
DB = "Resources: {Db: {Type: AWS::SecretsManager::Secret, Properties: {Name: db}}}"


def test_a_renamed_secret_is_for_another_rule_to_tell() -> None:
    row = StackResource("OldDb", SECRET_ARN, SECRET, "CREATE_COMPLETE")
    given = {
        **deployed(stack(), DB.replace("Db:", "OldDb:"), [row]),
        ResourceNamed(PLACE, SECRET, (("Name", "db"),)): Present(
            NamedResource(SECRET_ARN, SECRET_ARN)
        ),
    }

    assert check(NameTaken(), planner(DB), given).outcome is Outcome.PASSED


def test_a_new_name_for_what_exists_must_be_free() -> None:
    old = TEMPLATE.replace("acme-users", "acme-people")
    there = StackResource("Users", "acme-people", TABLE, "CREATE_COMPLETE")
    given = {**deployed(stack(), old, [there]), **taken(Absent())}

    (finding,) = check(NameTaken(), planner(TEMPLATE), given).findings

    assert finding.logical_id == "Users"


def test_a_resource_that_may_not_be_there_is_only_warned_of() -> None:
    template = """\
    Parameters:
      On: {Type: String}
    Conditions:
      IsOn: !Equals [!Ref On, 'yes']
    Resources:
      Users:
        Type: AWS::DynamoDB::Table
        Condition: IsOn
        Properties:
          TableName: acme-users
    """

    (finding,) = result_of(taken(Absent()), template).findings

    assert finding.severity is Severity.WARNING


def test_a_name_that_only_the_deploy_knows_is_told_as_such() -> None:
    template = """\
    Resources:
      Maker: {Type: 'Custom::Namer'}
      Users:
        Type: AWS::DynamoDB::Table
        Properties:
          TableName: !GetAtt Maker.Name
    """

    result = result_of({}, template)

    assert result.outcome is Outcome.PASSED
    assert [u.kind for u in result.unknowns] == [UnknownKind.KNOWN_AFTER_DEPLOY]
