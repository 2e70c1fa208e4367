"""Whether a template can be deployed as it is, or its local files must go up first.

Source: the properties that `aws cloudformation package` uploads, in its reference.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

LOCAL: Mapping[str, tuple[str, ...]] = {
    "AWS::ApiGateway::RestApi": ("BodyS3Location",),
    "AWS::AppSync::FunctionConfiguration": (
        "RequestMappingTemplateS3Location",
        "ResponseMappingTemplateS3Location",
        "CodeS3Location",
    ),
    "AWS::AppSync::GraphQLSchema": ("DefinitionS3Location",),
    "AWS::AppSync::Resolver": (
        "RequestMappingTemplateS3Location",
        "ResponseMappingTemplateS3Location",
        "CodeS3Location",
    ),
    "AWS::CloudFormation::Stack": ("TemplateURL",),
    "AWS::CloudFormation::StackSet": ("TemplateURL",),
    "AWS::ElasticBeanstalk::ApplicationVersion": ("SourceBundle",),
    "AWS::Lambda::Function": ("Code",),
    "AWS::Lambda::LayerVersion": ("Content",),
    "AWS::Serverless::Api": ("DefinitionUri",),
    "AWS::Serverless::Application": ("Location",),
    "AWS::Serverless::Function": ("CodeUri", "ImageUri"),
    "AWS::Serverless::GraphQLApi": ("SchemaUri", "CodeUri"),
    "AWS::Serverless::HttpApi": ("DefinitionUri",),
    "AWS::Serverless::LayerVersion": ("ContentUri",),
    "AWS::Serverless::StateMachine": ("DefinitionUri",),
    "AWS::StepFunctions::StateMachine": ("DefinitionS3Location",),
}
"""Properties that may name a file or folder, which CloudFormation cannot read."""

_REMOTE = ("s3://", "http://", "https://")
_IMAGE = ".dkr.ecr."


def local_artifacts(template: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """The logical id, the property and the path of each local file that it names."""
    resources = template.get("Resources")
    for logical_id, row in resources.items() if isinstance(resources, dict) else ():
        properties = row.get("Properties") if isinstance(row, dict) else None
        if not isinstance(properties, dict):
            continue
        for name in LOCAL.get(str(row.get("Type")), ()):
            value = properties.get(name)
            if isinstance(value, str) and _is_local(value):
                yield logical_id, name, value


def _is_local(text: str) -> bool:
    return not text.startswith(_REMOTE) and _IMAGE not in text
