"""The policy that is printed is what the questions need, and reads only."""

from __future__ import annotations

import json
import re

from aws.stubbed import PLACE

from flowguard.aws.observe import SOURCES
from flowguard.aws.permissions import actions, policy
from flowguard.lookups import (
    ContentsOf,
    ExportNamed,
    OwnerOf,
    SecretNamed,
    StackNamed,
)

# API Gateway's actions are called by the methods of HTTP.
READ = re.compile(
    r"[a-z0-9-]+:((BatchGet|Describe|Get|Head|List|Lookup|Search|View)\w+|GET)"
)


def test_the_policy_of_some_questions() -> None:
    assert policy([StackNamed, ExportNamed, SecretNamed]) == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "FlowGuardReads",
                "Effect": "Allow",
                "Action": [
                    "cloudformation:DescribeStacks",
                    "cloudformation:ListExports",
                    "secretsmanager:DescribeSecret",
                ],
                "Resource": "*",
            },
        ],
    }


def test_the_policy_of_all_questions_is_one_that_iam_takes() -> None:
    text = json.dumps(policy(SOURCES))

    assert len("".join(text.split())) <= 6144


def test_questions_need_less_than_their_types() -> None:
    asked = [ContentsOf(PLACE, "AWS::DynamoDB::Table", "orders"), OwnerOf(PLACE, "x")]

    assert actions(asked) < actions([ContentsOf, OwnerOf])
    assert "dynamodb:DescribeTable" in actions(asked)


def test_all_that_can_be_asked_is_read() -> None:
    assert [action for action in actions(SOURCES) if not READ.fullmatch(action)] == []


def test_no_secret_value_can_be_read() -> None:
    forbidden = {
        "secretsmanager:GetSecretValue",
        "secretsmanager:BatchGetSecretValue",
        "kms:Decrypt",
        "dynamodb:GetItem",
        "s3:GetObject",
    }

    assert not actions(SOURCES) & forbidden
