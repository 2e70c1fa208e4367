"""A repository of four stacks, for an account in which one of their names is taken."""

from __future__ import annotations

import pathlib

import boto3

NAMES = ["orders-staging", "carts-staging", "search-staging", "billing-staging"]
BLOCKED = "orders-staging"

CONFIG = """\
stages:
  staging: {account_id: "123456789012", region: eu-central-1}
targets:
  - {template: orders/template.yaml, stack_name: "orders-{stage}"}
  - {template: carts/template.yaml, stack_name: "carts-{stage}"}
  - template: search/template.yaml
    stack_name: search-{stage}
    parameters: {Index: "{stage}-index"}
  - {template: billing/template.yaml, stack_name: "billing-{stage}"}
"""
_TEMPLATE = """\
Parameters:
  Index: {{Type: String, Default: none}}
Resources:
  Table:
    Type: AWS::DynamoDB::Table
    DeletionPolicy: Retain
    UpdateReplacePolicy: Retain
    Properties:
      TableName: {name}
      BillingMode: PAY_PER_REQUEST
      KeySchema: [{{AttributeName: id, KeyType: HASH}}]
      AttributeDefinitions: [{{AttributeName: id, AttributeType: S}}]
"""


def template(table: str) -> str:
    """A template with a table of that name."""
    return _TEMPLATE.format(name=table)


def write(folder: pathlib.Path) -> None:
    """Write the four templates, and the configuration that lists them."""
    (folder / "flowguard.yml").write_text(CONFIG)
    for name in ("orders", "carts", "search", "billing"):
        (folder / name).mkdir()
        table = "!Ref Index" if name == "search" else name
        (folder / name / "template.yaml").write_text(template(table))


def take_a_name() -> None:
    """Make the table `orders` by hand, so that the stack that wants it is blocked."""
    boto3.client("dynamodb").create_table(
        TableName="orders",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )
