"""However a hidden value is put together with others, no report has it."""

from __future__ import annotations

import json
import os
import pathlib
import tempfile
from contextlib import chdir, redirect_stderr, redirect_stdout
from io import StringIO
from typing import Any
from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st

from flowguard.cli import main
from flowguard.report import FORMATS

SECRET = "cnryVal-5e1fb7"
ARN = "arn:aws:sns:eu-central-1:123456789012:cnryarn-5e1fb7"
WORDS = ("5e1fb7", "cnry", "y25ye", "zqx")
"""Parts of them, in base64 too, and of the stand-ins."""

LEAVES = st.sampled_from(
    (
        *(
            "${env:S}",
            "${env:A}",
            "x-${env:S}-y",
            "${self:custom.s}",
            "${file(raw.txt)}",
        ),
        *("{{resolve:ssm:${env:S}}}", "${ssm:/a/${env:S}}", "${cf:${env:S}.Out}"),
        *("${file(${env:S}.yml), 'n'}", "${self:custom.${env:S}, env:S}"),
    )
)


def combined(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(
        st.builds(lambda v: {"Fn::Sub": ["${v}-z", {"v": v}]}, inner),
        st.builds(lambda v: {"Fn::Join": ["-", [v, "b"]]}, inner),
        st.builds(lambda v: {"Fn::Join": [v, ["a", "b"]]}, inner),
        st.builds(lambda v: {"Fn::Select": [0, [v]]}, inner),
        st.builds(lambda v: {"Fn::Select": [0, {"Fn::Split": ["-", v]}]}, inner),
        st.builds(lambda v: {"Fn::Base64": v}, inner),
        st.builds(lambda v, w: {"Fn::If": ["Is", v, w]}, inner, inner),
        st.builds(lambda v: {"Fn::FindInMap": ["M", v, "b"]}, inner),
        st.builds(lambda v: {"Fn::ImportValue": v}, inner),
        st.just({"Ref": "P"}),
        st.just({"Fn::Sub": "a-${self:custom.s}-${AWS::Region}-${P}"}),
    )


VALUES = st.recursive(LEAVES, combined, max_leaves=4)
NAMES = {
    "AWS::SQS::Queue": "QueueName",
    "AWS::DynamoDB::Table": "TableName",
    "AWS::S3::Bucket": "BucketName",
    "AWS::IAM::Role": "RoleName",
    "AWS::Lambda::Function": "FunctionName",
    "AWS::SSM::Parameter": "Name",
    "AWS::CloudFormation::Stack": "TemplateURL",
}
EVENTS = st.sampled_from(
    [
        {"s3": "b-${env:S}"},
        {"sns": "${env:A}"},
        {"sqs": "${env:A}"},
        {"http": {"path": "/${env:S}", "method": "get"}},
        {"httpApi": {"path": "/p/${env:S}", "method": "get"}},
        {"schedule": "${env:S}"},
        {"eventBridge": {"eventBus": "${env:S}", "pattern": {"source": ["${env:S}"]}}},
        {"websocket": "${env:S}"},
        {"cognitoUserPool": {"pool": "${env:S}", "trigger": "PreSignUp"}},
        {"cloudwatchLog": "/aws/${env:S}"},
    ]
)


@st.composite
def projects(draw: st.DrawFn) -> dict[str, Any]:
    """A configuration that reads what is hidden in many places."""
    resources = {
        f"R{index}": {
            "Type": kind,
            "Properties": {
                NAMES[kind]: draw(VALUES),
                "Tags": [{"Key": "k", "Value": draw(VALUES)}],
            },
        }
        for index, kind in enumerate(draw(st.permutations(sorted(NAMES)))[:4])
    }
    return {
        "service": draw(st.sampled_from(["app", "a${env:S}"])),
        "provider": {
            "name": "aws",
            "region": "eu-central-1",
            "stage": draw(st.sampled_from(["dev", "${env:S}"])),
        },
        "custom": {"s": "${env:S}"},
        "functions": {
            "f": {"handler": "a.b", "name": draw(LEAVES), "events": [draw(EVENTS)]}
        },
        "resources": {
            "Parameters": {
                "P": {"Type": "String", "Default": "${env:S}", "AllowedPattern": "a"}
            },
            "Mappings": {"M": {"a": {"b": "c"}}},
            "Conditions": {"Is": {"Fn::Equals": ["${env:S}", "a"]}},
            "Resources": resources,
            "Outputs": {"O": {"Value": draw(VALUES), "Export": {"Name": draw(VALUES)}}},
        },
    }


@settings(max_examples=25, deadline=None)
@given(document=projects())
def test_no_composition_of_it_is_told(document: dict[str, Any]) -> None:
    with tempfile.TemporaryDirectory() as name, chdir(name):
        folder = pathlib.Path(name)
        (folder / ".git").mkdir()
        (folder / "raw.txt").write_text("cnryraw-5e1fb7")
        (folder / "serverless.yml").write_text(json.dumps(document))
        outputs = [f"--output={name}=out.{name}" for name in FORMATS]
        printed = StringIO()
        with (
            patch.dict(os.environ, {"S": SECRET, "A": ARN}),
            redirect_stdout(printed),
            redirect_stderr(printed),
        ):
            code = main(["preflight", "--offline", "--verbose", *outputs])
        written = "".join(path.read_text() for path in folder.glob("out.*"))

    told = (printed.getvalue() + written).lower()
    assert code in {0, 1}
    assert [word for word in WORDS if word in told] == []
