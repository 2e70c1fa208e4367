"""What real tools wrote, made small: projects, and what CloudFormation had of them.

osls 4.3.1, SAM CLI 1.170.0, AWS CLI 1.45.11 and CDK 2.276.0 deployed projects of ours
into the embedded account; each text here is the tool's own, but for what was cut.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flowguard.model.snapshot import FunctionState, Snapshot, StackParameter
from flowguard.release import Live

MAIN = 'def handler(e, c): return {"statusCode": 200}\n'
SAM_KEY = "d68e651f31224d9c0ab0305641e3cf0f"
"""SAM's key for a folder with `app.py`, which is `MAIN`."""
CLI_KEY = "f930fb63cccf78e5c221829690946325"
CDK_KEY = "8b16682c540c8d6c671fbe016ddba8376d9d5f30d2f2ef526dc6d7bfd458f418"
TIME = "1796118492315-2026-12-01T09:48:12.315Z"
LATER = "1796119120490-2026-12-01T09:58:40.490Z"
CODE = "1mNoHqGmkyb4rxEDnDn2MH0v2QGKGb15VjaWv5/kam0="

SAM_SOURCE = """\
AWSTemplateFormatVersion: '2010-09-09'
Transform: AWS::Serverless-2016-10-31
Parameters:
  Stage: {Type: String, Default: dev}
Globals:
  Function:
    Runtime: python3.11
    CodeUri: src/   # comments do not reach AWS
    Timeout: 030
Resources:
  Api:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.handler
      AutoPublishAlias: live
      Environment: {Variables: {STAGE: !Ref Stage, OLD: "yes", BOOL: yes}}
  Other:
    Type: AWS::Serverless::Function
    Metadata: {BuildMethod: python3.11}
    Properties:
      Handler: app.handler
      CodeUri: src
      Policies:
        - Version: 2012-10-17
          Statement: [{Effect: Allow, Action: s3:GetObject, Resource: !Sub "arn:aws:s3:::x-${Stage}/*"}]
  Inline:
    Type: AWS::Serverless::Function
    Properties:
      Handler: index.handler
      InlineCode: |
        def handler(e, c):
            return "hi"
  Layer:
    Type: AWS::Serverless::LayerVersion
    Properties: {ContentUri: src/}
Outputs:
  Arn: {Value: !GetAtt Api.Arn}
"""
_SAM_MADE = """\
AWSTemplateFormatVersion: '2010-09-09'
Transform: AWS::Serverless-2016-10-31
Parameters:
  Stage:
    Type: String
    Default: dev
Globals:
  Function:
    Runtime: python3.11
    CodeUri: src/
    Timeout: 24
Resources:
  Api:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.handler
      AutoPublishAlias: live
      Environment:
        Variables:
          STAGE:
            Ref: Stage
          OLD: 'yes'
          BOOL: true
      CodeUri: %(api)s
    Metadata:
      SamResourceId: Api
  Other:
    Type: AWS::Serverless::Function
    Metadata:
      BuildMethod: python3.11
      SamResourceId: Other
    Properties:
      Handler: app.handler
      CodeUri: %(other)s
      Policies:
      - Version: '2012-10-17'
        Statement:
        - Effect: Allow
          Action: s3:GetObject
          Resource:
            Fn::Sub: arn:aws:s3:::x-${Stage}/*
  Inline:
    Type: AWS::Serverless::Function
    Properties:
      Handler: index.handler
      InlineCode: "def handler(e, c):\\n    return \\"hi\\"\\n"
%(inline)s  Layer:
    Type: AWS::Serverless::LayerVersion
    Properties:
      ContentUri: %(layer)s
%(layer_id)sOutputs:
  Arn:
    Value:
      Fn::GetAtt:
      - Api
      - Arn
"""
_UPLOADED = f"s3://aws-sam-cli-managed-default-4cd92c97a68b3/{SAM_KEY}"
SAM_BUILT = _SAM_MADE % {
    "api": "Api",
    "other": "Other",
    "inline": "",
    "layer": "../../src",
    "layer_id": "",
}
SAM_LIVE = _SAM_MADE % {
    "api": _UPLOADED,
    "other": _UPLOADED,
    "inline": "      CodeUri: src/\n    Metadata:\n      SamResourceId: Inline\n",
    "layer": _UPLOADED,
    "layer_id": "    Metadata:\n      SamResourceId: Layer\n",
}
SAM_CONFIG = """\
version = 0.1
[default.deploy.parameters]
stack_name = "app"
parameter_overrides = "Stage=prod"
resolve_s3 = true
"""

CLI_SOURCE = """\
Parameters:
  Stage: {Type: String, Default: dev}
  Password: {Type: String, NoEcho: true}
Resources:
  Fn:
    Type: AWS::Lambda::Function
    DependsOn: Role
    Properties: {Runtime: python3.11, Handler: app.handler, Role: !GetAtt Role.Arn, Code: src}
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {Version: 2012-10-17, Statement: []}
"""
CLI_PACKAGED = f"""\
Parameters:
  Stage:
    Type: String
    Default: dev
  Password:
    Type: String
    NoEcho: true
Resources:
  Fn:
    Type: AWS::Lambda::Function
    DependsOn: Role
    Properties:
      Runtime: python3.11
      Handler: app.handler
      Role:
        Fn::GetAtt:
        - Role
        - Arn
      Code:
        S3Bucket: pkg
        S3Key: {CLI_KEY}
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: 2012-10-17
        Statement: []
"""

CDK_TEMPLATE: Mapping[str, Any] = {
    "Parameters": {
        "BootstrapVersion": {
            "Type": "AWS::SSM::Parameter::Value<String>",
            "Default": "/cdk-bootstrap/hnb659fds/version",
        }
    },
    "Resources": {
        "Fn9270CBC0": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "Code": {
                    "S3Bucket": {
                        "Fn::Sub": "cdk-hnb659fds-assets-${AWS::AccountId}-"
                        "${AWS::Region}"
                    },
                    "S3Key": f"{CDK_KEY}.zip",
                },
                "Handler": "app.handler",
                "Role": {"Fn::GetAtt": ["Role", "Arn"]},
                "Runtime": "python3.11",
            },
            "DependsOn": ["Role"],
            "Metadata": {
                "aws:cdk:path": "Shop/Fn/Resource",
                "aws:asset:path": f"asset.{CDK_KEY}",
                "aws:asset:is-bundled": False,
                "aws:asset:property": "Code",
            },
        },
        "Role": {"Type": "AWS::IAM::Role", "Properties": {}},
        "CDKMetadata": {
            "Type": "AWS::CDK::Metadata",
            "Properties": {"Analytics": "v2:deflate64:H4sIAAAA"},
            "Condition": "CDKMetadataAvailable",
        },
    },
    "Conditions": {"CDKMetadataAvailable": {"Fn::Equals": ["a", "a"]}},
}


def cdk_manifest(*stacks: tuple[str, str], within: tuple[str, ...] = ()) -> str:
    """The manifest of an assembly with these stacks: artifact, and stack name."""
    artifacts: dict[str, Any] = {
        name: {
            "type": "aws:cloudformation:stack",
            "environment": "aws://unknown-account/unknown-region",
            "properties": {"templateFile": f"{name}.template.json"}
            | ({"stackName": stack} if stack else {}),
        }
        for name, stack in stacks
    }
    for folder in within:
        properties = {"directoryName": folder}
        artifacts[folder] = {"type": "cdk:cloud-assembly", "properties": properties}
    return json.dumps({"version": "55.0.0", "artifacts": artifacts})


def osls(
    time: str = TIME, *, deployment: str = "1796118476147", code: str = CODE
) -> dict[str, Any]:
    """A template that osls compiled, at some time, with that code."""
    key = f"serverless/shop/prod/{time}"
    bucket = {"Ref": "ServerlessDeploymentBucket"}
    version = f"ApiLambdaVersion{code[:6].strip('/+=')}"
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "The AWS CloudFormation template for this Serverless application",
        "Resources": {
            "ServerlessDeploymentBucket": {"Type": "AWS::S3::Bucket"},
            "ApiLambdaFunction": {
                "Type": "AWS::Lambda::Function",
                "Properties": {
                    "Code": {"S3Bucket": bucket, "S3Key": f"{key}/shop.zip"},
                    "Handler": "src/main.handler",
                    "Runtime": "nodejs20.x",
                    "FunctionName": "shop-prod-api",
                    "MemorySize": 1024,
                    "Timeout": 6,
                    "Environment": {"Variables": {"GREETING": "hello"}},
                },
                "DependsOn": ["ApiLogGroup"],
            },
            "ApiLogGroup": {
                "Type": "AWS::Logs::LogGroup",
                "Properties": {"LogGroupName": "/aws/lambda/shop-prod-api"},
            },
            version: {
                "Type": "AWS::Lambda::Version",
                "DeletionPolicy": "Retain",
                "Properties": {
                    "FunctionName": {"Ref": "ApiLambdaFunction"},
                    "CodeSha256": code,
                },
            },
            f"ApiGatewayDeployment{deployment}": {
                "Type": "AWS::ApiGateway::Deployment",
                "Properties": {"StageName": "prod"},
                "DependsOn": ["ApiLambdaFunction"],
            },
            "UsagePlan": {
                "Type": "AWS::ApiGateway::UsagePlan",
                "DependsOn": f"ApiGatewayDeployment{deployment}",
            },
        },
        "Outputs": {"Version": {"Value": {"Ref": version}}},
    }


def osls_state(time: str = TIME, stage: str = "prod") -> str:
    """What osls writes beside it. Its provider does not know of `--stage`."""
    return json.dumps(
        {
            "service": {"service": "shop", "provider": {"stage": "dev"}},
            "package": {
                "artifactDirectoryName": f"serverless/shop/{stage}/{time}",
                "artifact": "shop.zip",
            },
        }
    )


def snapshot(name: str = "app", **fields: Any) -> Snapshot:
    """A stack as AWS has it now."""
    arn = f"arn:aws:cloudformation:eu-central-1:123456789012:stack/{name}/1"
    when = datetime(2026, 12, 1, tzinfo=UTC)
    taken = Snapshot(arn, name, "eu-central-1", "123456789012", when, "UPDATE_COMPLETE")
    return replace(taken, **fields)


def live(
    template: str | Mapping[str, Any],
    name: str = "app",
    *,
    codes: Mapping[str, str] | None = None,
    parameters: Mapping[str, str] | None = None,
    **fields: Any,
) -> Live:
    """What AWS says of a stack that was deployed with this template."""
    text = template if isinstance(template, str) else json.dumps(template)
    state = snapshot(
        name,
        functions=tuple(
            FunctionState(logical_id, logical_id.lower(), digest)
            for logical_id, digest in (codes or {}).items()
        ),
        parameters=tuple(StackParameter(*each) for each in (parameters or {}).items()),
        **fields,
    )
    return Live(text, text, state)


def write(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    """Files in a folder, which is given back."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


SAM_PROJECT: Mapping[str, str] = {
    "template.yaml": SAM_SOURCE,
    "samconfig.toml": SAM_CONFIG,
    "src/app.py": MAIN,
    ".aws-sam/build/template.yaml": SAM_BUILT,
    ".aws-sam/build/Api/app.py": MAIN,
    ".aws-sam/build/Other/app.py": MAIN,
}
CLI_PROJECT: Mapping[str, str] = {
    "template.yaml": CLI_SOURCE,
    "packaged.yaml": CLI_PACKAGED,
    "src/app.py": MAIN,
}
