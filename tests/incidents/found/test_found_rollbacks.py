"""Incidents found since: deploys that were not undone, or by the wrong hand.

`README.md` beside this names the sources, and what is right.
"""

from __future__ import annotations

import json

from incidents.found.stuck import TOPIC, stuck
from incidents.world import OK, World
from rollback.stage import Json, template

from flowguard.model.readiness import Readiness
from flowguard.rollback.ownership import Deploy

RESTORED = ("create_change_set", "execute_change_set")


def alias(version: str, **more: object) -> Json:
    """An alias of the function, which points at one of its versions."""
    properties = {
        "FunctionName": {"Ref": "Api"},
        "Name": "live",
        "FunctionVersion": version,
        **more,
    }
    return {"Type": "AWS::Lambda::Alias", "Properties": properties}


def test_a_version_that_was_pruned_cannot_be_made_again(site: World) -> None:
    """A clean-up has deleted the version that the alias is to go back to."""
    gone = (
        "Function not found: arn:aws:lambda:eu-central-1:111122223333:function:"
        "orders-api:41 (Service: AWSLambdaInternal; Status Code: 404; Error Code: "
        "ResourceNotFoundException; Request ID: 1)"
    )
    stuck(site, "Live", alias("41"), alias("42"), gone)

    told = site.rolled_back()

    assert (told.code, told.acts) == (3, ())
    told.says("Live", "Function not found", "orders-api:41")
    told.never_says("make it again")
    assert told.rollback.needs_approval
    (step,) = [s.step for s in told.rollback.steps if s.step.service]
    assert step.parameters["ResourcesToSkip"] == ["Live"]


def test_a_provisioned_concurrency_that_was_removed_by_hand(site: World) -> None:
    """The alias has none any more that CloudFormation could change back."""
    gone = (
        "No Provisioned Concurrency Config found for this function (Service: "
        "AWSLambdaInternal; Status Code: 404; Error Code: "
        "ProvisionedConcurrencyConfigNotFoundException; Request ID: 1)"
    )
    two, five = (
        alias("1", ProvisionedConcurrencyConfig={"ProvisionedConcurrentExecutions": n})
        for n in (2, 5)
    )
    stuck(site, "Live", two, five, gone)

    told = site.rolled_back()

    assert (told.code, told.acts) == (3, ())
    told.says("Live", gone.partition(" (")[0])
    told.says("provisioned concurrency on the alias")
    told.never_says("make it again, with the same name")
    assert told.rollback.needs_approval


def test_a_deployment_that_codedeploy_was_throttled_in(site: World) -> None:
    """CodeDeploy gave up, and CloudFormation rolled the update back by itself."""
    said = (
        "The deployment failed because the number of requests by the IAM role "
        "orders-CodeDeploy exceeded the request limit for AWSLambda. Avoid retrying "
        "API requests at a high rate."
    )
    site.stage.create(template(1, Live=alias("1")))
    site.take_baseline()
    site.stage.snapshot()
    site.fake.script("Live", "update", said)
    site.stage.deploy(template(2, Live=alias("2")))

    told = site.verified()

    assert (told.code, told.acts) == (1, ())
    assert site.live(1)
    told.says("Live", said, "CloudFormation rolled it back")


def test_a_conflict_with_another_update_passes_by_itself(site: World) -> None:
    """The function was being changed, in the deploy and in its rollback."""
    said = (
        "The function could not be updated due to a concurrent update operation. "
        "(Service: AWSLambda; Status Code: 409; Error Code: "
        "ResourceConflictException; Request ID: 1)"
    )
    site.stage.create()
    site.stage.snapshot()
    site.fake.script("Worker", "update", said)
    site.fake.script("Api", "rollback", said)
    site.stage.deploy(template(2, Worker=TOPIC))
    assert site.status == "UPDATE_ROLLBACK_FAILED"

    told = site.rolled_back()

    assert (told.code, told.acts) == (0, ("continue_update_rollback",))
    assert "ResourcesToSkip" not in site.given("continue_update_rollback")
    told.says("Api", "concurrent update operation")


def cleans_up(site: World, minutes: float) -> None:
    """A bad release is live, and the clean-up of its update takes that long."""
    site.broken = {"orders/2.zip"}
    old = {"Type": "AWS::Lambda::Function", "Properties": {"Code": {"ZipFile": "x"}}}
    site.stage.create(template(1, InVpc=old))
    site.take_baseline()
    site.stage.snapshot(Readiness.GREEN)
    site.stage.begin("update_stack", template(2))
    while not site.status.endswith("CLEANUP_IN_PROGRESS"):
        site.fake.advance(1)
    site.fake.stack("orders-staging").due += 60 * minutes


def test_a_clean_up_of_forty_minutes_is_waited_for(site: World) -> None:
    """Until its network interfaces are gone, nobody may change the stack."""
    cleans_up(site, 40)
    began = site.now

    told = site.verified()

    assert (told.code, told.acts) == (4, RESTORED)
    assert site.now - began > 40 * 60
    assert site.live(1)


def test_a_clean_up_that_outlasts_the_time_names_the_next_step(site: World) -> None:
    """The same for hours: nobody can tell, and whoever reads it knows how to go on."""
    cleans_up(site, 6 * 60)

    told = site.verified()

    assert (told.code, told.acts) == (3, ())
    told.says("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "once it has settled", "again")


def test_a_table_of_a_nested_stack_that_was_deleted_by_hand(site: World) -> None:
    """The stack around it says that a nested stack failed; the table is the cause."""
    gone = (
        'Resource handler returned message: "Requested resource not found: Table: '
        'users-prod not found (Service: DynamoDb, Status Code: 400)" '
        "(HandlerErrorCode: NotFound)"
    )
    site.stage.create(template(1, Data=nested(site, "PROVISIONED")))
    site.stage.snapshot()
    site.fake.script("Users", "rollback", gone)
    site.fake.script("Zlast", "update", "Invalid parameter")
    site.stage.deploy(template(2, Data=nested(site, "PAY_PER_REQUEST"), Zlast=TOPIC))
    assert site.status == "UPDATE_ROLLBACK_FAILED"

    told = site.rolled_back()

    assert (told.code, told.acts) == (3, ())
    told.says("Users", "Data", "Table: users-prod not found", "data")
    told.never_says("make it again")


def nested(site: World, billing: str) -> Json:
    """A nested stack with a table in it."""
    keys = [{"AttributeName": "id", "KeyType": "HASH"}]
    properties = {"TableName": "users-prod", "KeySchema": keys, "BillingMode": billing}
    table = {"Type": "AWS::DynamoDB::Table", "Properties": properties}
    body = json.dumps({"Resources": {"Users": table}}).encode()
    site.fake.world.store("artifacts", f"{billing}.json", body)
    where = f"https://artifacts.s3.eu-central-1.amazonaws.com/{billing}.json"
    return {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": where}}


def test_a_trigger_that_the_deploy_itself_is_to_make(site: World) -> None:
    """To CloudFormation the alarm is missing, since it is only about to be made."""
    site.stage.create()
    arn = "arn:aws:cloudwatch:eu-central-1:111122223333:alarm:orders-errors"
    alarm = {"AlarmName": "orders-errors", "Threshold": 1, "EvaluationPeriods": 1}
    made = {"Type": "AWS::CloudWatch::Alarm", "Properties": alarm}

    told = site.deployed(template(3, Errors=made), triggers=(arn,))

    assert told.code in {1, 3}
    assert "execute_change_set" not in told.acts
    assert site.live(1)
    told.says("orders-errors", "does not exist")


def test_an_older_commit_that_came_later(site: World) -> None:
    """Another pipeline deployed an older commit three seconds after this one."""
    site.releases(3)
    ours = Deploy(token=site.fake.stack("orders-staging").token)
    site.stage.deploy(template(2))
    site.respond = lambda _path, _headers: OK

    told = site.verified(deploy=ours)

    assert (told.code, told.acts) == (3, ())
    told.says("somebody else deployed")
    told.never_says("the service works: the release stays")
