"""Seven incidents that were known by their numbers alone, tried anew.

`README.md` beside this names the sources, what was chosen, and what is right.
"""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from incidents.found.stuck import stuck
from incidents.world import OK, Answer, World
from rollback.stage import Json, template

RESTORED = ("create_change_set", "execute_change_set")
NO_SUCH_KEY = b"<Error><Code>NoSuchKey</Code></Error>"
WAIT = "wait: {get: /, up: 60s}\n"
CHECKS = "checks: {page: {get: /}, users: {get: /users}}"

# --- an edge that propagates ----------------------------------------------------------


def propagates(
    site: World, status: int, knows: Callable[[int], bool] = lambda _n: False
) -> None:
    """For six seconds after the deploy, only the edges answer that know of it.

    `knows` tells which, by how often an address has been asked for.
    """
    until = site.now + 6
    asked: dict[str, int] = {}

    def respond(path: str, _headers: object) -> Answer:
        asked[path] = asked.get(path, 0) + 1
        old = site.live(3) and site.now < until and not knows(asked[path])
        return (status, {"Content-Type": "text/xml"}, NO_SUCH_KEY) if old else OK

    site.respond = respond


@pytest.mark.parametrize("baseline", [True, False])
@pytest.mark.parametrize("status", [403, 404])
def test_an_edge_that_propagates(site: World, status: int, baseline: bool) -> None:
    """Of three edges, one knows the new release at once."""
    site.spec = CHECKS
    site.releases(3, baseline=baseline)
    propagates(site, status, lambda n: n % 3 == 1)

    told = site.verified()

    assert (told.code, told.acts) == (0, ())


@pytest.mark.parametrize("status", [403, 404])
def test_an_edge_that_propagates_after_the_wait(site: World, status: int) -> None:
    """None knows it, and the spec waits until one does."""
    site.spec = WAIT + CHECKS
    site.releases(3)
    propagates(site, status)

    told = site.verified()

    assert (told.code, told.acts) == (0, ())


@pytest.mark.parametrize("status", [403, 404])
def test_an_edge_that_propagates_without_a_wait(site: World, status: int) -> None:
    """None knows it, and nothing in the spec says that one has to wait."""
    site.spec = CHECKS
    site.releases(3)
    propagates(site, status)

    told = site.verified()

    if told.code:
        told.says(("`wait`", "wait:"))


# --- a third party --------------------------------------------------------------------


def test_a_third_party_that_is_down_is_no_fault_of_the_release(site: World) -> None:
    """The document is down because the identity provider is, and nothing else."""
    site.spec = "checks: {health: {get: /actuator/health}}"

    def respond(_path: str, _headers: object) -> Answer:
        up = not site.live(3)
        document = {
            "status": "UP" if up else "DOWN",
            "components": {
                "db": {"status": "UP"},
                "okta": {"status": "UP" if up else "DOWN"},
            },
        }
        body = json.dumps(document).encode()
        return (200 if up else 503), {"Content-Type": "application/json"}, body

    site.respond = respond
    site.releases(3)

    told = site.verified()

    assert (told.code, told.acts) == (3, ())
    told.says("okta")


# --- a rollback that is stuck -----------------------------------------------------------


def service(tasks: int) -> Json:
    """A service that keeps so many tasks running."""
    properties = {"ServiceName": "orders", "DesiredCount": tasks}
    return {"Type": "AWS::ECS::Service", "Properties": properties}


UNSTABLE = (
    'Resource handler returned message: "Error occurred during operation '
    "'ECS service arn:aws:ecs:eu-central-1:111122223333:service/shop/orders did not "
    "stabilize.'\" (HandlerErrorCode: NotStabilized)"
)


def test_a_service_that_did_not_stabilize_in_the_rollback(site: World) -> None:
    """There was no room for the old tasks, and by now there is."""
    stuck(site, "Service", service(2), service(4), UNSTABLE)

    told = site.rolled_back()

    assert (told.code, told.acts) == (0, ("continue_update_rollback",))
    assert "ResourcesToSkip" not in site.given("continue_update_rollback")
    told.says("Service", "did not stabilize")


def test_a_service_that_never_stabilizes(site: World) -> None:
    """There never is any room for them."""
    stuck(site, "Service", service(2), service(4), UNSTABLE)
    site.fake.script("Service", "continue", UNSTABLE, times=9)

    told = site.rolled_back()

    assert told.code == 5
    assert set(told.acts) == {"continue_update_rollback"}
    assert len(told.acts) <= 3
    calls = site.fake.asked("continue_update_rollback")
    assert not any("ResourcesToSkip" in call.parameters for call in calls)
    told.says("Service", "did not stabilize", "tasks")


def test_an_export_that_is_in_use(site: World) -> None:
    """The deploy removes an export that another stack imports."""
    with_export = json.loads(template(1))
    with_export["Outputs"] = {
        "Layer": {"Value": {"Ref": "Topic"}, "Export": {"Name": "orders-layer"}}
    }
    site.stage.create(json.dumps(with_export))
    imports = {"TopicArn": {"Fn::ImportValue": "orders-layer"}}
    user = {"Type": "AWS::SNS::Subscription", "Properties": imports}
    body = json.dumps({"Resources": {"User": user}})
    site.fake.do("create_stack", StackName="billing", TemplateBody=body)
    site.fake.settle()
    site.take_baseline()
    site.stage.snapshot()
    site.stage.deploy(template(3))
    assert site.status == "UPDATE_ROLLBACK_COMPLETE"

    told = site.verified()

    assert (told.code, told.acts) == (1, ())
    told.says("orders-layer", "in use by billing", "CloudFormation rolled it back")


def test_a_start_time_in_the_past(site: World) -> None:
    """The old start time is over by now: AWS takes it no more."""
    said = (
        "Given start time is in the past (Service: AmazonAutoScaling; Status Code: "
        "400; Error Code: ValidationError; Request ID: 1)"
    )
    kind = "AWS::AutoScaling::ScheduledAction"
    first, second = (
        {"Type": kind, "Properties": {"AutoScalingGroupName": "g", "StartTime": time}}
        for time in ("2025-01-06T06:00:00Z", "2031-01-06T06:00:00Z")
    )
    stuck(site, "Morning", first, second, said)

    told = site.rolled_back()

    assert (told.code, told.acts) == (3, ())
    told.says("Morning", "start time is in the past")
    assert told.rollback.needs_approval
    (step,) = [s.step for s in told.rollback.steps if s.step.service]
    assert step.parameters["ResourcesToSkip"] == ["Morning"]


def test_weights_of_an_alias_with_provisioned_concurrency(site: World) -> None:
    """The alias shifts its traffic by weights, which provisioned concurrency forbids."""
    said = (
        "Alias with weights can not be used with Provisioned Concurrency (Service: "
        "AWSLambdaInternal; Status Code: 400; Error Code: "
        "InvalidParameterValueException; Request ID: 1)"
    )
    named = {"FunctionName": {"Ref": "Api"}, "Name": "live", "FunctionVersion": "1"}
    kept = {"ProvisionedConcurrencyConfig": {"ProvisionedConcurrentExecutions": 100}}
    first, second = (
        {"Type": "AWS::Lambda::Alias", "Properties": named | more}
        for more in (kept, {})
    )
    stuck(site, "Live", first, second, said)

    told = site.rolled_back()

    assert (told.code, told.acts) == (3, ())
    told.says("Live", "Alias with weights can not be used", "weights")
    assert told.rollback.needs_approval


# --- an artifact that is gone -----------------------------------------------------------


def test_an_artifact_that_is_gone_at_a_restore(site: World) -> None:
    """The code of the release before is nowhere any more."""
    site.broken = {"orders/2.zip"}
    site.releases(2)
    del site.fake.world.buckets["artifacts"]["orders/1.zip"]

    told = site.verified()

    assert told.code == 1
    assert "execute_change_set" not in told.acts
    assert site.live(2)
    told.says("orders/1.zip")
    told.never_says("rolled back and verified")


def test_an_artifact_whose_deletion_can_be_undone(site: World) -> None:
    """The bucket keeps versions, and the code was only deleted."""
    site.broken = {"orders/2.zip"}
    site.releases(2)
    site.fake.world.store("artifacts", "orders/1.zip", None)

    told = site.verified()

    assert told.code == 4
    assert [act for act in told.acts if act not in RESTORED] in (
        ["delete_object"],
        ["copy_object"],
    )
    assert site.live(1)
