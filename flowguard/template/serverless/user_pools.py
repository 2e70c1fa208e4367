"""Events of user pools: `cognitoUserPool`, of a pool that the stack makes or not.

Facts: osls 4, lib/plugins/aws/package/compile/events/cognito-user-pool.js.
"""

from __future__ import annotations

from flowguard.errors import TemplateError
from flowguard.template.document import Node
from flowguard.template.serverless import naming
from flowguard.template.serverless.custom_resources import (
    add_custom_resource,
    add_handler,
    handler_id,
)
from flowguard.template.serverless.service import Event, Function
from flowguard.template.serverless.stack import Stack
from flowguard.template.serverless.values import Plain, known

HANDLER = "custom-resource-existing-cup"
_SENDERS = {"CustomSMSSender", "CustomEmailSender"}


def add_user_pools(stack: Stack) -> None:
    """The pools of the events, and what tells existing ones to call."""
    pools: dict[str, list[tuple[Function, Event]]] = {}
    for function, event in stack.service.of("cognitoUserPool"):
        name = known(event.get("pool"))
        if name is not None and not event.get("existing"):
            pools.setdefault(name, []).append((function, event))
    for name, events in pools.items():
        _add_pool(stack, name, events)
    _add_existing(stack)


def _trigger(event: Event) -> str:
    return known(event.get("trigger")) or ""


def _add_pool(stack: Stack, name: str, events: list[tuple[Function, Event]]) -> None:
    logical_id = f"CognitoUserPool{naming.alphanumeric(name)}"
    triggers: dict[str, Plain] = {}
    depends: list[Plain] = []
    for function, event in events:
        trigger, version = _trigger(event), event.get("lambdaVersion")
        if trigger in _SENDERS:
            triggers[trigger] = {
                "LambdaArn": function.target,
                "LambdaVersion": version or "V1_0",
            }
            triggers["KMSKeyID"] = event.get("kmsKeyId")
        elif trigger == "PreTokenGeneration" and version:
            triggers["PreTokenGenerationConfig"] = {
                "LambdaArn": function.target,
                "LambdaVersion": version,
            }
        else:
            triggers[trigger] = function.target
        depends.append(function.after or function.logical_id)
        source = naming.alphanumeric(trigger)
        stack.permission(
            f"{function.id}LambdaPermissionCognitoUserPool"
            f"{naming.alphanumeric(name)}TriggerSource{source}",
            function,
            "cognito-idp.amazonaws.com",
            event.at,
            {"Fn::GetAtt": [logical_id, "Arn"]},
        )
    first = events[0][1]
    stack.add(
        logical_id,
        "AWS::Cognito::UserPool",
        {"UserPoolName": first.get("pool"), "LambdaConfig": triggers},
        first.at,
        DependsOn=depends,
    )


def _add_existing(stack: Stack) -> None:
    """One custom resource for each function that an existing pool calls."""
    statements: list[Plain] = []
    order: list[tuple[Node, Function, list[Event]]] = []
    for function in stack.service.functions.values():
        events = [e for e in function.of("cognitoUserPool") if e.get("existing")]
        pools = [pool for event in events if (pool := event.get("pool"))]
        if not pools:
            continue
        if any(pool.plain() != pools[0].plain() for pool in pools):
            raise TemplateError(
                f"more than one existing user pool calls the function {function.key}",
                help="give each pool a function of its own",
                location=events[-1].at,
            )
        order.append((pools[0], function, events))
        key = events[0].get("kmsKeyId")
        if _trigger(events[0]) in _SENDERS and key:
            statements.append(
                {"Effect": "Allow", "Resource": key, "Action": ["kms:CreateGrant"]}
            )
    if not order:
        return
    names = list(dict.fromkeys(str(pool.plain()) for pool, _, _ in order))
    order.sort(key=lambda entry: names.index(str(entry[0].plain())))
    before: str | None = None
    for pool, function, events in order:
        before = _call(stack, pool, function, events, before)
    at = order[0][2][0].at
    add_handler(stack, HANDLER, [*statements, *_statements()], at)


def _call(
    stack: Stack,
    pool: Node,
    function: Function,
    events: list[Event],
    before: str | None,
) -> str:
    configs: list[Plain] = []
    for event in events:
        sender = _trigger(event) in _SENDERS
        version = event.get("lambdaVersion")
        configs.append(
            {
                "Trigger": event.get("trigger"),
                "LambdaVersion": version or ("V1_0" if sender else None),
                "KMSKeyID": event.get("kmsKeyId") if sender else None,
            }
        )
    logical_id = f"{function.id}CustomCognitoUserPool1"
    waits = (function.logical_id, function.after, handler_id(HANDLER), before)
    add_custom_resource(
        stack,
        logical_id,
        "Custom::CognitoUserPool",
        {
            "FunctionName": function.name,
            "FunctionQualifier": function.alias.name if function.alias else None,
            "UserPoolName": pool,
            "UserPoolConfigs": configs,
        },
        handler=HANDLER,
        at=events[0].at,
        after=[name for name in waits if name],
    )
    return logical_id


def _statements() -> list[Plain]:
    """What the handler needs to change a pool."""
    functions = "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}"
    arn: Plain = {"Fn::Sub": f"{functions}:function:*"}
    principal = {"lambda:Principal": "cognito-idp.amazonaws.com"}
    return [
        {
            "Effect": "Allow",
            "Resource": "*",
            "Action": [
                "cognito-idp:ListUserPools",
                "cognito-idp:DescribeUserPool",
                "cognito-idp:UpdateUserPool",
            ],
        },
        {
            "Effect": "Allow",
            "Resource": arn,
            "Action": ["lambda:AddPermission"],
            "Condition": {"StringEquals": principal},
        },
        {"Effect": "Allow", "Resource": arn, "Action": ["lambda:RemovePermission"]},
        {
            "Effect": "Allow",
            "Resource": {"Fn::Sub": "arn:${AWS::Partition}:iam::*:role/*"},
            "Action": ["iam:PassRole"],
        },
    ]
