"""A stack with a history, in the fake account, and the world to roll it back in."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from cloudformation import Call, Fake

from flowguard.aws.operations import Operations
from flowguard.aws.session import Aws
from flowguard.aws.snapshot import take
from flowguard.aws.snapshot_keep import Nowhere
from flowguard.lookups import Stack as Described
from flowguard.model.ownership import Evidence, Source, Whose
from flowguard.model.readiness import Readiness
from flowguard.model.rollback import Accepted, RollbackReport, Step
from flowguard.model.snapshot import Kept, Snapshot
from flowguard.rollback.health import Diagnosis, Health
from flowguard.rollback.look import Wish
from flowguard.rollback.run import rollback
from flowguard.rollback.world import World

NAME = "orders-staging"
READS = ("describe_", "get_", "list_", "head_", "validate_")
TOKENS = {"ClientRequestToken", "ClientToken"}
BAD = Diagnosis(Health.BAD, ("health: 500",))

WHATEVER = "whatever is live"
"""What `Stage.mine` is where each deploy of a test is the pipeline's own."""

Json = dict[str, Any]


def template(release: int, **more: Any) -> str:
    """A release of the service: its function's code differs, and nothing else."""
    function = {
        "FunctionName": "orders-api",
        "Code": {"S3Bucket": "artifacts", "S3Key": f"orders/{release}.zip"},
    }
    resources = {
        "Api": {"Type": "AWS::Lambda::Function", "Properties": function},
        "Orders": {
            "Type": "AWS::DynamoDB::Table",
            "Properties": {"KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}]},
        },
        "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": "orders"}},
    }
    document = {
        "Parameters": {"Stage": {"Type": "String", "Default": "staging"}},
        "Resources": resources | more,
    }
    return json.dumps(document)


def without(body: str, *logical_ids: str) -> str:
    """The template without some of its resources."""
    document = json.loads(body)
    for logical_id in logical_ids:
        del document["Resources"][logical_id]
    return json.dumps(document)


@dataclass
class Stage:
    """The account, the stack in it, and what is asked for."""

    fake: Fake
    aws: Aws
    """How the account is reached: over HTTP, or without it."""
    before: Snapshot | None = None
    lines: list[str] = field(default_factory=list)
    fronts: list[Json] = field(default_factory=list)
    """The deployments that the frontend was set back to."""
    plan: str = ""
    """The hash of the last one."""
    mine: str = ""
    """The template that the pipeline deploys, where its folder is at hand."""
    name = NAME

    def __post_init__(self) -> None:
        for release in (1, 2, 3):
            code = f"release {release}".encode()
            self.fake.world.store("artifacts", f"orders/{release}.zip", code)
        self.fake.world.buckets.setdefault("snapshots", {})

    # --- its history ------------------------------------------------------------

    def create(self, body: str = "", **asked: Any) -> None:
        """The first release, up and running."""
        self.begin("create_stack", body or template(1), **asked)
        self.fake.settle()

    def deploy(self, body: str = "", **asked: Any) -> None:
        """Another release, as far as it gets."""
        self.begin("update_stack", body or template(2), **asked)
        self.fake.settle()

    def begin(self, operation: str, body: str, **asked: Any) -> None:
        """A deploy that has only begun."""
        self.fake.advance(60)
        self.fake.do(
            operation,
            StackName=NAME,
            TemplateBody=body,
            ClientRequestToken=f"deploy-{self.fake.clock.seconds:.0f}",
            **asked,
        )

    def snapshot(self, readiness: Readiness | None = Readiness.GREEN) -> Snapshot:
        """The rollback point, with its templates in a bucket."""
        self.fake.advance(60)
        taken = take(self.aws, NAME, Nowhere())
        body = self.fake.stack(NAME).release.body
        kept = self.keep(body, "original")
        self.before = replace(
            taken,
            taken_at=self.fake.clock.at(),
            original=kept,
            processed=kept,
            readiness=readiness,
        )
        return self.before

    def keep(self, text: str, name: str) -> Kept:
        """Put a text where a snapshot keeps it."""
        data = text.encode()
        digest = hashlib.sha256(data).hexdigest()
        version = self.fake.world.store("snapshots", f"{NAME}/{name}", data)
        where = f"s3://snapshots/{NAME}/{name}"
        return Kept(digest, len(data), where, version.id)

    def seed(self, status: str, body: str = "") -> None:
        """The stack, found in that state."""
        self.fake.seed(NAME, status, body or template(1))

    def snapshot_of_nothing(self) -> Snapshot:
        """The rollback point before the first deploy."""
        self.before = take(self.aws, NAME, Nowhere())
        return self.before

    # --- taking it back ---------------------------------------------------------

    def world(self) -> World:
        """FlowGuard's view of it."""
        account = Operations(self.aws, before=self.before)
        return World(
            account,
            self.fake.clock,
            self.front,
            self.lines.append,
            evidence=self.evidence,
        )

    def evidence(self, stack: Described) -> tuple[Evidence, ...]:
        """What the template at hand shows of the live release."""
        if not self.mine:
            return ()
        live = self.fake.stack(stack.name).release.body
        if self.mine in {live, WHATEVER}:
            return (Evidence(Source.CONTENT, Whose.OURS, "the templates are equal"),)
        text = "the templates differ"
        return (Evidence(Source.CONTENT, Whose.UNPROVEN, text, refutes=True),)

    def front(self, step: Step) -> Accepted:
        """Sets the frontend back."""
        self.fronts.append(dict(step.parameters))
        return Accepted()

    def wish(self, **asked: Any) -> Wish:
        """What is asked for: by default, because the smoke tests failed."""
        asked.setdefault("diagnosis", BAD)
        return Wish(asked.pop("stack", NAME), self.before, **asked)

    def roll_back(self, wish: Wish | None = None) -> RollbackReport:
        """Once; the record of calls begins with it."""
        self.fake.calls.clear()
        report = rollback(self.world(), wish or self.wish())
        self.plan = report.plan_hash or self.plan
        return report

    def approved(self, wish: Wish | None = None) -> RollbackReport:
        """With the approval of the plan that is printed without."""
        first = self.roll_back(wish)
        assert first.needs_approval, first
        assert not self.changed(), "nothing is done before the approval"
        return self.roll_back(replace(wish or self.wish(), approve=first.plan_hash))

    def changed(self) -> list[tuple[str, Json]]:
        """The recorded calls that change anything, without their tokens."""
        return [made(c) for c in self.fake.calls if not c.operation.startswith(READS)]

    @property
    def id(self) -> str:
        """The stack's."""
        return self.fake.stack(NAME).id

    @property
    def status(self) -> str:
        """The stack's."""
        return self.fake.stack(NAME).status

    @property
    def marker(self) -> str:
        """The id of the delete marker that hid the old code."""
        deleted = self.fake.asked("delete_object")[0]
        return str(deleted.parameters["VersionId"])

    def code(self) -> str:
        """The S3 key of the code that the stack runs."""
        key: str = self.fake.stack(NAME).resources["Api"].properties["Code"]["S3Key"]
        return key


def made(call: Call) -> tuple[str, Json]:
    """A call as a row of the table has it."""
    given: Mapping[str, Any] = call.parameters
    return call.operation, {k: v for k, v in given.items() if k not in TOKENS}
