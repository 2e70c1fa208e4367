"""For each row of the decision table: how a stack gets there, and what comes of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from cloudformation import denied
from rollback.stage import Json, Stage, template

from flowguard.aws.operations import Operations
from flowguard.model.questions import Present
from flowguard.model.readiness import Readiness
from flowguard.model.snapshot import FailedDeploy
from flowguard.rollback import journal
from flowguard.rollback.facts import Front
from flowguard.rollback.health import Diagnosis, Health
from flowguard.rollback.ownership import Deploy

WINDOW = {"MonitoringTimeInMinutes": 30, "RollbackTriggers": []}
NO_SUCH_KEY = (
    "Error occurred while GetObject. S3 Error Code: NoSuchKey. S3 Error Message: The "
    "specified key does not exist."
)
ONCE_A_DAY = (
    "Subscriber limit exceeded: Update to PayPerRequest mode are limited to once in 1 "
    "day(s). Next update can be made at Tue Apr 30 17:25:33 UTC 2019"
)
CUSTOM = (
    "Received response status [FAILED] from custom resource. Message returned: Rate "
    "exceeded (RequestId: 1)"
)
"""What it says itself is what AWS says where it is asked too much."""
COGNITO = "Existing schema attributes cannot be modified or deleted."

Asked = dict[str, Any]


@dataclass(frozen=True)
class Scenario:
    """One row, seen from outside."""

    arrange: Callable[[Stage], Asked | None]
    """Brings the stack there, and gives what else is asked for."""
    code: int
    """The exit code."""
    status: str
    """The stack's, afterwards."""
    calls: Callable[[Stage], list[tuple[str, Json]]] = lambda _stage: []
    """All that may be changed, in this order."""
    approved: bool = False
    """Whether it needs an approval, which is given."""
    verified: bool | None = None
    """Whether the proof is made."""


# --- getting there ------------------------------------------------------------------


def nobody_there(stage: Stage) -> None:
    pass


def deleted_since(stage: Stage) -> Asked:
    stage.create()
    stage_id = stage.id
    stage.fake.do("delete_stack", StackName=stage_id)
    stage.fake.settle()
    return {"stack": stage_id}


def shell(stage: Stage) -> None:
    stage.fake.do(
        "create_change_set",
        StackName="orders-staging",
        ChangeSetName="review-me",
        ChangeSetType="CREATE",
        TemplateBody=template(1),
    )


def in_window(stage: Stage) -> None:
    stage.create()
    stage.snapshot()
    stage.begin("update_stack", template(2), RollbackConfiguration=WINDOW)
    stage.fake.advance(30)


def shifting(stage: Stage) -> None:
    """An update that waits for CodeDeploy, and fails when that is stopped."""
    stage.create()
    stage.snapshot()
    stage.fake.world.deployments["d-ABCDEF123"] = {"status": "InProgress"}
    stage.fake.lifecycle.seconds = 60
    stage.begin("update_stack", template(2))
    reason = "CodeDeploy deployment d-ABCDEF123 is in progress"
    stage.fake.stack("orders-staging").events[-1]["ResourceStatusReason"] = reason

    def stopped(_call: object) -> None:
        stage.fake.script("Api", "update", "the deployment d-ABCDEF123 was stopped")

    stage.fake.on("stop_deployment", 1, stopped)


def cleaning_up(stage: Stage) -> None:
    """The update is done and its clean-up is not; then it is the state of B3."""
    deployed(stage)
    stage.fake.lifecycle.replaced.add("Topic")
    stack = stage.fake.stack("orders-staging")
    stage.fake.lifecycle.move(stack, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")

    def finish() -> Any:
        yield 20.0
        stage.fake.lifecycle.replaced.clear()
        stage.fake.lifecycle.move(stack, "UPDATE_COMPLETE")

    steps = finish()
    next(steps)
    stack.steps, stack.due = steps, stage.fake.clock.seconds + 20


def moving(stage: Stage) -> None:
    """An update without a window, which nobody may touch; it fails by itself."""
    stage.create()
    stage.snapshot()
    stage.fake.script("Topic", "update", "Invalid parameter")
    stage.begin("update_stack", template(2, Topic=other_topic()))


def other_topic() -> Json:
    return {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": "other"}}


def deployed(stage: Stage, readiness: Readiness | None = Readiness.GREEN) -> None:
    stage.create()
    stage.snapshot(readiness)
    stage.deploy()


def restored(stage: Stage) -> None:
    deployed(stage)
    stage.roll_back()


def restored_and_asked(stage: Stage) -> Asked:
    restored(stage)
    return {"diagnosis": Diagnosis(Health.ASKED)}


def restoring_failed(stage: Stage) -> None:
    deployed(stage)
    stage.fake.script("Api", "update", "Invalid parameter")
    stage.roll_back()


def restoring_stuck(stage: Stage) -> None:
    """The restoring failed, and CloudFormation could not take it back either."""
    stage.create()
    stage.snapshot()
    stage.deploy(template(2, Topic=other_topic()))
    stage.fake.script("Topic", "update", "Invalid parameter")
    stage.fake.script("Api", "rollback", "Rate exceeded")
    stage.roll_back()
    assert stage.status == STUCK


def deleted_by_id(stage: Stage) -> Asked:
    """The deletion was approved and is done; the id tells it from any other."""
    created_and_rolled_back(stage)
    stage.approved()
    return {"stack": stage.id}


def somebody_deployed(stage: Stage) -> None:
    deployed(stage)
    stage.deploy(template(3))


def somebody_else_than_named(stage: Stage) -> Asked:
    deployed(stage)
    named = stage.fake.stack("orders-staging").token
    stage.deploy(template(3))
    return {"deploy": Deploy(token=named)}


def failed_by_itself(stage: Stage) -> None:
    stage.create()
    stage.snapshot()
    stage.fake.script("Api", "update", "Invalid parameter")
    stage.deploy()


def stuck(stage: Stage, reason: str, logical_id: str = "Api") -> None:
    """A deploy failed, and so did its rollback."""
    stage.create()
    stage.snapshot()
    stage.fake.script(logical_id, "rollback", reason)
    stage.fake.script("Topic", "update", "Invalid parameter")
    stage.deploy(template(2, **changed(logical_id), Topic=other_topic()))
    assert stage.status == "UPDATE_ROLLBACK_FAILED"


def lost(stage: Stage) -> None:
    """A security group was deleted by hand, and its id is never given again."""
    with_group(stage, "AWS::EC2::SecurityGroup", "GroupDescription")
    stage.fake.script("Other", "rollback", "The security group 'sg-1' does not exist")
    failing(stage, "AWS::EC2::SecurityGroup", "GroupDescription")


def migrated(stage: Stage) -> None:
    """A custom resource did not want to go back."""
    with_group(stage, "Custom::Migration", "Release")
    stage.fake.script("Other", "rollback", CUSTOM)
    failing(stage, "Custom::Migration", "Release")


def with_group(stage: Stage, kind: str, name: str) -> None:
    """A release with one resource more, and its snapshot."""
    more = {"Other": {"Type": kind, "Properties": {name: "1"}}}
    stage.create(template(1, **more))
    stage.snapshot()


def failing(stage: Stage, kind: str, name: str) -> None:
    """A deploy that changes that resource, and fails after it."""
    stage.fake.script("Topic", "update", "Invalid parameter")
    more = {"Other": {"Type": kind, "Properties": {name: "2"}}}
    body = json.loads(template(2, Topic=other_topic()))
    body["Resources"] = more | body["Resources"]
    stage.deploy(json.dumps(body))
    assert stage.status == "UPDATE_ROLLBACK_FAILED"


def changed(logical_id: str) -> Json:
    """A change to the resource that the rollback is to fail at."""
    if logical_id != "Orders":
        return {}
    keys = [{"AttributeName": "id", "KeyType": "HASH"}]
    properties = {"KeySchema": keys, "BillingMode": "PAY_PER_REQUEST"}
    return {"Orders": {"Type": "AWS::DynamoDB::Table", "Properties": properties}}


def artifact_deleted(stage: Stage) -> None:
    stage.create()
    stage.snapshot()
    stage.fake.script("Topic", "update", "Invalid parameter")
    stage.fake.world.store("artifacts", "orders/1.zip", None)
    stage.deploy(template(2, Topic=other_topic()))
    assert stage.status == "UPDATE_ROLLBACK_FAILED"


def busy(stage: Stage) -> None:
    """It stays so for two more attempts."""
    stuck(stage, "Rate exceeded")
    stage.fake.script("Api", "continue", "Rate exceeded", times=2)


def update_failed(stage: Stage) -> None:
    stage.create()
    stage.snapshot()
    stage.fake.script("Api", "update", "Invalid parameter")
    stage.deploy(DisableRollback=True)


def update_failed_scaled(stage: Stage) -> None:
    stage.create(template(1, Clicks=stream(2)))
    stage.snapshot()
    stage.fake.script("Api", "update", "Invalid parameter")
    stage.deploy(template(2, Clicks=stream(4)), DisableRollback=True)


def update_failed_express(stage: Stage) -> None:
    """The code is new already; what failed came after it."""
    stage.create()
    stage.snapshot()
    stage.fake.script("Topic", "update", "Invalid parameter")
    body = template(2, Topic=other_topic())
    stage.deploy(body, DisableRollback=True, DeploymentConfig={"Mode": "EXPRESS"})


def create_failed(stage: Stage) -> None:
    stage.fake.script("Topic", "create", "Invalid parameter")
    stage.create(DisableRollback=True)


def created_and_rolled_back(stage: Stage) -> None:
    stage.fake.script("Topic", "create", "Invalid parameter")
    stage.create()


def undeletable(stage: Stage) -> None:
    stage.create()
    stage.fake.script("Topic", "delete", "Invalid parameter")
    stage.fake.do("delete_stack", StackName="orders-staging")
    stage.fake.settle()
    assert stage.status == "DELETE_FAILED"


def unrollable_with_data(stage: Stage) -> None:
    stage.seed("ROLLBACK_FAILED")


def front_broken(stage: Stage) -> Asked:
    deployed(stage)
    front = Front("prj_shop", "dpl_before", broken=True)
    return {"front": front}


def of(health: Health) -> Callable[[Stage], Asked]:
    """A deploy that went through, and the health of what it brought."""

    def arrange(stage: Stage) -> Asked:
        deployed(stage)
        return {"diagnosis": Diagnosis(health)}

    return arrange


def first_release(stage: Stage) -> None:
    stage.snapshot_of_nothing()
    stage.create()


def unknown_before(stage: Stage) -> None:
    stage.create()
    stage.deploy()


def unreadable(stage: Stage) -> None:
    """The live template may not be read, so that nobody can compare it."""
    deployed(stage)
    stage.fake.on("get_template", 0, denied)


def upgraded(stage: Stage) -> None:
    """The release also upgrades a database, which nobody has judged beforehand."""
    stage.create(template(1, Db=database("14.9")))
    stage.snapshot()
    stage.deploy(template(2, Db=database("16.3")))


def database(version: str) -> Json:
    kept = {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}
    engine = {"Engine": "postgres", "EngineVersion": version}
    return {"Type": "AWS::RDS::DBInstance", **kept, "Properties": engine}


def scaled_in_window(stage: Stage) -> None:
    """The release also scales a stream, which AWS does a few times a day alone."""
    stage.create(template(1, Clicks=stream(2)))
    stage.snapshot()
    body = template(2, Clicks=stream(4))
    stage.begin("update_stack", body, RollbackConfiguration=WINDOW)
    stage.fake.advance(30)


def stream(shards: int) -> Json:
    return {"Type": "AWS::Kinesis::Stream", "Properties": {"ShardCount": shards}}


def judged(readiness: Readiness | None) -> Callable[[Stage], None]:
    return lambda stage: deployed(stage, readiness)


def amber(stage: Stage) -> None:
    """The release also adds a topic, which stays."""
    stage.create()
    stage.snapshot(Readiness.AMBER)
    stage.deploy(template(2, Extra={"Type": "AWS::SNS::Topic"}))


def unchanged(stage: Stage) -> None:
    stage.create()
    stage.deploy()
    stage.snapshot()


def unchanged_and_another(stage: Stage) -> Asked:
    """The deploy never reached CloudFormation."""
    stage.create()
    stage.snapshot()
    stage.mine = template(2)
    return {"diagnosis": Diagnosis(Health.GOOD)}


def overtaken(stage: Stage) -> None:
    """One deploy stayed, the next one was rolled back by CloudFormation."""
    deployed(stage)
    stage.fake.script("Api", "update", "Invalid parameter")
    stage.deploy(template(3))


def taken_back_to_a_failed_one(stage: Stage) -> None:
    """One deploy stayed and failed, as is known; CloudFormation took the next one
    back to it."""
    overtaken(stage)
    stack = stage.fake.stack("orders-staging")
    events = Operations(stage.aws).events(stack.id)
    assert isinstance(events, Present)
    failed = journal.live(journal.operations(events.value, stack.id))
    assert failed
    assert stage.before
    known = FailedDeploy(failed.id, ours=True)
    stage.before = replace(stage.before, failed=(known,))


def and_cannot_be_restored(stage: Stage) -> None:
    taken_back_to_a_failed_one(stage)
    assert stage.before
    stage.before = replace(stage.before, readiness=Readiness.RED)


def tested_another(stage: Stage) -> Asked:
    """The last deploy came while the smoke tests were run."""
    deployed(stage)
    now = stage.fake.stack("orders-staging").updated
    stage.deploy(template(3))
    return {"measured": (now, "")}


def works_and_is_another(stage: Stage) -> Asked:
    deployed(stage)
    stage.mine = template(3)
    return {"diagnosis": Diagnosis(Health.GOOD)}


def same_again(stage: Stage) -> None:
    """The deploy left nothing that CloudFormation would change."""
    stage.create()
    stage.snapshot()
    stack = stage.fake.stack("orders-staging")
    was = stack.release, dict(stack.resources)
    stage.deploy(template(1, Extra={"Type": "AWS::SNS::Topic"}))
    stack.release, stack.resources = was


def import_stuck(stage: Stage) -> None:
    stage.seed("IMPORT_ROLLBACK_FAILED")


# --- what is called -----------------------------------------------------------------


def call(operation: str, **more: Any) -> Callable[[Stage], list[tuple[str, Json]]]:
    """One call, with the stack's id."""
    return lambda stage: [(operation, {"StackName": stage.id, **more})]


CONTINUE = call("continue_update_rollback")
ROLL_BACK_STACK = call("rollback_stack", RetainExceptOnCreate=True)
DELETE = call("delete_stack")


def restore(stage: Stage, **more: Any) -> list[tuple[str, Json]]:
    """A change set, made and executed."""
    plan = stage.plan
    assert stage.before
    assert stage.before.original
    version = stage.before.original.version_id
    where = f"https://snapshots.s3.eu-central-1.amazonaws.com/{stage.name}/original"
    name = f"flowguard-rollback-{plan}"
    made = {
        "StackName": stage.id,
        "ChangeSetName": name,
        "ChangeSetType": "UPDATE",
        "TemplateURL": f"{where}?versionId={version}",
        "Parameters": [{"ParameterKey": "Stage", "ParameterValue": "staging"}],
        "Tags": [],
        "Capabilities": [],
        "NotificationARNs": [],
        "RollbackConfiguration": {"RollbackTriggers": [], "MonitoringTimeInMinutes": 0},
        **more,
    }
    return [("create_change_set", made), ("execute_change_set", executed(stage, name))]


def executed(stage: Stage, name: str) -> Json:
    return {
        "StackName": stage.id,
        "ChangeSetName": name,
        "DisableRollback": False,
        "RetainExceptOnCreate": True,
    }


def replay(stage: Stage) -> list[tuple[str, Json]]:
    """The same in EXPRESS mode, which takes no rollback."""
    calls = restore(stage, DeploymentConfig={"Mode": "EXPRESS"})
    calls[1][1]["DisableRollback"] = True
    return calls


def restore_code(stage: Stage) -> list[tuple[str, Json]]:
    """The release that runs, with the code from before."""
    calls = restore(stage)
    body = template(1, Extra={"Type": "AWS::SNS::Topic"})
    made = {k: v for k, v in calls[0][1].items() if k != "TemplateURL"}
    made["TemplateBody"] = body.replace(": ", ":").replace(", ", ",")
    made["Parameters"] = [{"ParameterKey": "Stage", "UsePreviousValue": True}]
    return [("create_change_set", made), calls[1]]


def restore_code_alone(stage: Stage) -> list[tuple[str, Json]]:
    """The same, with the database as it is now."""
    calls = restore_code(stage)
    body = template(1, Db=database("16.3"))
    calls[0][1]["TemplateBody"] = body.replace(": ", ":").replace(", ", ",")
    return calls


def try_and_drop(stage: Stage) -> list[tuple[str, Json]]:
    made, done = restore(stage)
    named = {k: done[1][k] for k in ("StackName", "ChangeSetName")}
    return [made, ("delete_change_set", named)]


def undelete(stage: Stage) -> list[tuple[str, Json]]:
    where = {"Bucket": "artifacts", "Key": "orders/1.zip"}
    dropped = {**where, "VersionId": stage.marker}
    return [("delete_object", dropped), *CONTINUE(stage)]


def many(*calls: Callable[[Stage], list[tuple[str, Json]]]) -> Callable[[Stage], Any]:
    return lambda stage: [row for each in calls for row in each(stage)]


BACK = "UPDATE_ROLLBACK_COMPLETE"
STUCK = "UPDATE_ROLLBACK_FAILED"
DONE = "UPDATE_COMPLETE"

SCENARIOS: Mapping[str, Scenario] = {
    "A9n": Scenario(nobody_there, 3, ""),
    "A9": Scenario(deleted_since, 1, "DELETE_COMPLETE"),
    "A8": Scenario(shell, 0, "DELETE_COMPLETE", DELETE, approved=True, verified=True),
    "B1": Scenario(in_window, 0, BACK, call("cancel_update_stack"), verified=True),
    "B1i": Scenario(
        scaled_in_window,
        0,
        BACK,
        call("cancel_update_stack"),
        approved=True,
        verified=True,
    ),
    "B2": Scenario(
        shifting,
        0,
        BACK,
        lambda _: [
            (
                "stop_deployment",
                {"deploymentId": "d-ABCDEF123", "autoRollbackEnabled": True},
            )
        ],
        verified=True,
    ),
    "B6": Scenario(cleaning_up, 0, DONE, restore, verified=True),
    "A1": Scenario(moving, 0, BACK, verified=True),
    "B11": Scenario(restored, 5, DONE, verified=True),
    "B11f": Scenario(restoring_failed, 5, BACK, verified=False),
    "B11h": Scenario(restoring_stuck, 5, STUCK),
    "R0": Scenario(restored_and_asked, 0, DONE, verified=True),
    "R1": Scenario(deleted_by_id, 0, "DELETE_COMPLETE", verified=True),
    "B10": Scenario(somebody_else_than_named, 3, DONE),
    "B10e": Scenario(somebody_deployed, 3, DONE),
    "N0": Scenario(unchanged, 0, DONE),
    "N0x": Scenario(unchanged_and_another, 3, "CREATE_COMPLETE"),
    "A2o": Scenario(overtaken, 3, BACK),
    "B10m": Scenario(tested_another, 3, DONE),
    "B0u": Scenario(works_and_is_another, 3, DONE),
    "A2l": Scenario(
        taken_back_to_a_failed_one, 0, DONE, restore, approved=True, verified=True
    ),
    "A2m": Scenario(and_cannot_be_restored, 3, BACK),
    "A2": Scenario(failed_by_itself, 0, BACK, verified=True),
    "A3a": Scenario(artifact_deleted, 0, BACK, undelete, approved=True, verified=True),
    "A3b": Scenario(
        lambda s: stuck(s, "Function not found: orders-api"),
        0,
        BACK,
        CONTINUE,
        approved=True,
        verified=True,
    ),
    "A3bl": Scenario(
        lost,
        5,  # what was skipped is not what it was
        BACK,
        call("continue_update_rollback", ResourcesToSkip=["Other"]),
        approved=True,
        verified=False,
    ),
    "A3k": Scenario(
        lambda s: stuck(s, "The security token included in the request is expired"),
        0,
        BACK,
        CONTINUE,
        verified=True,
    ),
    "A3l": Scenario(
        lambda s: stuck(s, ONCE_A_DAY, "Orders"),
        0,
        BACK,
        CONTINUE,
        approved=True,
        verified=True,
    ),
    "A3g": Scenario(
        lambda s: stuck(
            s, "Alias with weights can not be used with Provisioned Concurrency"
        ),
        0,
        BACK,
        CONTINUE,
        approved=True,
        verified=True,
    ),
    "A3u": Scenario(migrated, 0, BACK, CONTINUE, approved=True, verified=True),
    "A3bd": Scenario(lambda s: stuck(s, "Table not found", "Orders"), 3, STUCK),
    "A3c": Scenario(
        lambda s: stuck(s, "User is not authorized to perform lambda:GetFunction"),
        0,
        BACK,
        CONTINUE,
        approved=True,
        verified=True,
    ),
    "A3d": Scenario(busy, 0, BACK, many(CONTINUE, CONTINUE, CONTINUE), verified=True),
    "A3e": Scenario(
        lambda s: stuck(s, COGNITO),
        5,  # what was skipped is not what it was
        BACK,
        call("continue_update_rollback", ResourcesToSkip=["Api"]),
        approved=True,
        verified=False,
    ),
    "A3f": Scenario(lambda s: stuck(s, "Something odd"), 3, STUCK),
    "A4x": Scenario(
        update_failed_express,
        0,
        DONE,
        replay,
        approved=True,
        verified=True,
    ),
    "A4": Scenario(update_failed, 0, BACK, ROLL_BACK_STACK, verified=True),
    "A4i": Scenario(
        update_failed_scaled, 0, BACK, ROLL_BACK_STACK, approved=True, verified=True
    ),
    "A5": Scenario(
        create_failed, 3, "ROLLBACK_COMPLETE", ROLL_BACK_STACK, approved=True
    ),
    "A6": Scenario(
        created_and_rolled_back,
        0,
        "DELETE_COMPLETE",
        DELETE,
        approved=True,
        verified=True,
    ),
    "A7r": Scenario(unrollable_with_data, 3, "ROLLBACK_FAILED"),
    "A7": Scenario(
        undeletable,
        0,
        "DELETE_COMPLETE",
        call("delete_stack", RetainResources=["Topic"]),
        approved=True,
        verified=True,
    ),
    "B8": Scenario(front_broken, 0, DONE),
    "B0": Scenario(of(Health.GOOD), 0, DONE),
    "B9": Scenario(of(Health.PRE_EXISTING), 1, DONE),
    "B9q": Scenario(of(Health.UNCLEAR), 3, DONE),
    "B7": Scenario(first_release, 1, "CREATE_COMPLETE"),
    "B3n": Scenario(unknown_before, 3, DONE),
    "B5": Scenario(judged(Readiness.RED), 3, DONE),
    "B4": Scenario(amber, 0, DONE, restore_code, verified=True),
    "B3iq": Scenario(unreadable, 3, DONE),
    "B3i": Scenario(
        upgraded, 0, DONE, restore_code_alone, approved=True, verified=True
    ),
    "B3": Scenario(judged(Readiness.GREEN), 0, DONE, restore, verified=True),
    "B3u": Scenario(judged(None), 0, DONE, restore, approved=True, verified=True),
    "B3e": Scenario(same_again, 0, DONE, try_and_drop, verified=True),
    "S10": Scenario(import_stuck, 3, "IMPORT_ROLLBACK_FAILED"),
}
"""By the id of the row, and a few words where a row has more than one."""
