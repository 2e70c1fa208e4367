"""How many calls a run makes: as many as the APIs make necessary, and each once."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from flowguard import template
from flowguard.aws.observe import Observer
from flowguard.aws.session import connect
from flowguard.demo.server import EmbeddedAccount
from flowguard.model.results import Verdict
from flowguard.plan import Planner
from flowguard.prediction import predict
from flowguard.template import cloudformation

EACH = 25
TYPES = {
    "AWS::DynamoDB::Table": "TableName",
    "AWS::S3::Bucket": "BucketName",
    "AWS::Lambda::Function": "FunctionName",
    "AWS::IAM::Role": "RoleName",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::SQS::Queue": "QueueName",
    "AWS::SNS::Topic": "TopicName",
    "AWS::Events::Rule": "Name",
    "AWS::SSM::Parameter": "Name",
    "AWS::StepFunctions::StateMachine": "StateMachineName",
    "AWS::Kinesis::Stream": "Name",
    "AWS::CloudWatch::Alarm": "AlarmName",
}
POLICIES = {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}
CALLS = 16
"""One list for each type, and one more for the five APIs that answer in pages or
batches; what is asked of CloudFormation and S3 is counted apart."""


def many_names() -> str:
    resources = {
        f"R{kind}x{number}": {
            "Type": kind_name,
            "Properties": {name: f"shop-{number}"},
            **POLICIES,
        }
        for kind, (kind_name, name) in enumerate(TYPES.items())
        for number in range(EACH)
    }
    return json.dumps({"Resources": resources})


def test_300_names_of_12_types() -> None:
    calls: list[tuple[str, str]] = []

    def remember(service: str, operation: str, parameters: Mapping[str, Any]) -> None:
        calls.append((f"{service}.{operation}", json.dumps(parameters, sort_keys=True)))

    with EmbeddedAccount() as account, account.applied():
        aws = connect(region=account.region)
        aws.on_call = remember
        source = cloudformation.read_text(many_names(), "template.json")
        inputs = template.Inputs(place=aws.place, stack_name="shop")
        planner = Planner(source, inputs, datetime.now(UTC))
        report = predict(planner, Observer(aws))

    operations = Counter(operation for operation, _ in calls)
    names_asked = [
        operation
        for operation, _ in calls
        if not operation.startswith("cloudformation.") and operation != "s3.HeadBucket"
    ]
    assert report.verdict is Verdict.PASS
    assert report.coverage.unknown == 0
    assert len(report.claims.names) == EACH * len(TYPES)
    assert max(Counter(calls).values()) == 1
    # S3 alone must be asked for each name: other accounts' buckets are in no list.
    assert operations["s3.HeadBucket"] == EACH
    assert len(names_asked) <= CALLS
