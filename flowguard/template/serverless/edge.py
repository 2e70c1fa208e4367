"""Events of CloudFront: `cloudFront`, functions at the edge.

Facts: osls 4, lib/plugins/aws/package/compile/events/cloud-front.js. How the
distribution's behaviours are put together names nothing and is not worked out.
"""

from __future__ import annotations

from flowguard.errors import TemplateError
from flowguard.model.questions import Unknown, UnknownKind, Unresolved
from flowguard.template.serverless import naming
from flowguard.template.serverless.stack import Stack
from flowguard.template.serverless.values import Plain, concat

DISTRIBUTION = "CloudFrontDistribution"


def add_edge(stack: Stack) -> None:
    """The distribution of the `cloudFront` events, and the cache policies."""
    service = stack.service
    policies = service.setting("cloudFront", "cachePolicies")
    for key, config in policies.mapping.items() if policies else []:
        name = concat(service.prefix, "-", key)
        stack.add(
            f"CloudFrontCachePolicy{naming.resource(key)}",
            "AWS::CloudFront::CachePolicy",
            {"CachePolicyConfig": {**config.mapping, "Name": name}},
            policies.keys.get(key, config.location) if policies else config.location,
        )
    events = list(service.of("cloudFront"))
    if not events:
        return
    at = events[0][1].at
    if isinstance(service.region, str) and service.region != "us-east-1":
        raise TemplateError(
            "functions at CloudFront's edge are deployed to us-east-1 only",
            help="set provider.region to us-east-1",
            location=at,
        )
    arn: list[Plain] = [
        "",
        "arn:",
        {"Ref": "AWS::Partition"},
        ":cloudfront::",
        {"Ref": "AWS::AccountId"},
        ":distribution/",
        {"Ref": DISTRIBUTION},
    ]
    for function, event in events:
        stack.add(
            f"{function.logical_id}InvokePermission",
            "AWS::Lambda::Permission",
            {
                "FunctionName": {"Ref": naming.version(function.key)},
                "Action": "lambda:InvokeFunction",
                "Principal": "edgelambda.amazonaws.com",
                "SourceArn": {"Fn::Join": ["", arn]},
            },
            event.at,
        )
    stack.principals.append("edgelambda.amazonaws.com")
    logs = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]
    everywhere: Plain = {"Fn::Sub": "arn:${AWS::Partition}:logs:*:*:*"}
    stack.allow([*logs, "logs:TagResource"], [everywhere])
    unknown = Unresolved(
        "the distribution's behaviours",
        at,
        Unknown(UnknownKind.UNSUPPORTED, "the framework puts them together"),
    )
    stack.add(
        DISTRIBUTION,
        "AWS::CloudFront::Distribution",
        {"DistributionConfig": unknown},
        at,
    )
    stack.output(
        DISTRIBUTION,
        {"Ref": DISTRIBUTION},
        at,
        description="CloudFront Distribution Id",
    )
    stack.output(
        f"{DISTRIBUTION}DomainName",
        {"Fn::GetAtt": [DISTRIBUTION, "DomainName"]},
        at,
        description="CloudFront Distribution Domain Name",
    )
