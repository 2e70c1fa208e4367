"""The parts of a template that name a file: code, definitions, nested templates.

Before the deploy they are paths on disk, after it they are keys in S3 or images; what
they name is part of the release, and is not in the template.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from flowguard.release.canonical import named_resources

FUNCTION = "AWS::Lambda::Function"
SAM_FUNCTION = "AWS::Serverless::Function"
FUNCTIONS = frozenset({FUNCTION, SAM_FUNCTION})
NESTED = frozenset({"AWS::CloudFormation::Stack", "AWS::Serverless::Application"})

UPLOADED: Mapping[str, tuple[str, ...]] = {
    "AWS::ApiGateway::RestApi": ("BodyS3Location",),
    "AWS::ApiGatewayV2::Api": ("BodyS3Location",),
    "AWS::AppSync::FunctionConfiguration": (
        "CodeS3Location",
        "RequestMappingTemplateS3Location",
        "ResponseMappingTemplateS3Location",
    ),
    "AWS::AppSync::GraphQLSchema": ("DefinitionS3Location",),
    "AWS::AppSync::Resolver": (
        "CodeS3Location",
        "RequestMappingTemplateS3Location",
        "ResponseMappingTemplateS3Location",
    ),
    "AWS::CloudFormation::ModuleVersion": ("ModulePackage",),
    "AWS::CloudFormation::ResourceVersion": ("SchemaHandlerPackage",),
    "AWS::CloudFormation::Stack": ("TemplateURL",),
    "AWS::CloudFormation::StackSet": ("TemplateURL",),
    "AWS::CodeCommit::Repository": ("Code.S3",),
    "AWS::ElasticBeanstalk::ApplicationVersion": ("SourceBundle",),
    "AWS::Glue::Job": ("Command.ScriptLocation",),
    FUNCTION: ("Code",),
    "AWS::Lambda::LayerVersion": ("Content",),
    "AWS::Serverless::Api": ("DefinitionUri",),
    "AWS::Serverless::Application": ("Location",),
    SAM_FUNCTION: ("CodeUri", "ImageUri"),
    "AWS::Serverless::GraphQLApi": (
        "SchemaUri",
        "Functions.*.CodeUri",
        "Resolvers.*.*.CodeUri",
    ),
    "AWS::Serverless::HttpApi": ("DefinitionUri",),
    "AWS::Serverless::LayerVersion": ("ContentUri",),
    "AWS::Serverless::StateMachine": ("DefinitionUri",),
    "AWS::Serverless::WebFunction": ("CodeUri",),
    "AWS::StepFunctions::StateMachine": ("DefinitionS3Location",),
}
"""What `sam package` and `aws cloudformation package` upload, by type: the properties
(samcli/lib/utils/resources.py; awscli/customizations/cloudformation)."""

INCLUDE = "AWS::Include"
PURE = re.compile(
    r"^AWS::(Serverless-|LanguageExtensions$|SecretsManager-|CodeDeployBlueGreen$)"
)
"""AWS's own transforms whose result depends on the template alone."""


@dataclass(frozen=True, slots=True)
class Reference:
    """One place that names a file."""

    logical_id: str
    resource_type: str
    property_name: str
    value: Any
    """Canonical: a path, a key, an image, or what resolves to one."""
    conditional: bool = False

    @property
    def what(self) -> str:
        """In words."""
        if self.resource_type in FUNCTIONS:
            return f"code of {self.logical_id}"
        if self.resource_type == INCLUDE:
            return f"what {self.property_name} includes"
        return f"{self.property_name} of {self.logical_id}"


class Uploaded:
    """Stands in a template where a reference was; equal to itself alone."""

    def __deepcopy__(self, _memo: object) -> Uploaded:
        return self


MARK = Uploaded()


def split(
    template: Mapping[str, Any],
) -> tuple[dict[str, Any], dict[tuple[str, str], Reference]]:
    """A canonical template without its references, and these by id and property."""
    rest: dict[str, Any] = deepcopy(dict(template))
    found: dict[tuple[str, str], Reference] = {}
    shared = _shared(rest)
    for logical_id, resource in named_resources(rest.get("Resources")):
        for reference in _of_resource(logical_id, resource, shared):
            found[logical_id, reference.property_name] = reference
    for path, parameters in _transforms(rest, ""):
        value = parameters.get("Location")
        parameters["Location"] = MARK
        found[path, INCLUDE] = Reference(path, INCLUDE, path, value)
    return rest, found


def macros(template: Mapping[str, Any]) -> tuple[str, ...]:
    """The macros whose result nobody can know from the template, in order."""
    names = {
        name
        for name in _macro_names(template)
        if name != INCLUDE and not PURE.match(name)
    }
    return tuple(sorted(names))


def is_local(value: Any) -> bool:
    """Whether a reference names a file of the project, as far as can be seen."""
    return isinstance(value, str) and not re.match(r"^(s3|https?)://", value)


def _shared(template: dict[str, Any]) -> Any:
    """The code that SAM's functions have in common, taken out of Globals."""
    globals_ = template.get("Globals")
    common = globals_.get("Function") if isinstance(globals_, dict) else None
    return common.pop("CodeUri", None) if isinstance(common, dict) else None


def _of_resource(
    logical_id: str, resource: dict[str, Any], shared: Any
) -> Iterator[Reference]:
    kind = resource.get("Type")
    if not isinstance(kind, str) or kind not in UPLOADED:
        return
    properties = resource.setdefault("Properties", {})
    if not isinstance(properties, dict):
        return
    if kind == SAM_FUNCTION:
        _code_of_sam(properties, shared)
    for pattern in UPLOADED[kind]:
        for path, holder, key in _places(properties, pattern.split(".")):
            value = holder[key]
            if isinstance(value, dict) and "ZipFile" in value:
                continue  # the code stands in the template
            holder[key] = MARK
            conditional = "Condition" in resource
            yield Reference(logical_id, kind, path, value, conditional)


def _code_of_sam(properties: dict[str, Any], shared: Any) -> None:
    """Write down what SAM takes for a function's code, as `sam package` does."""
    if "InlineCode" in properties:
        properties.pop("CodeUri", None)
    elif "ImageUri" not in properties and properties.get("PackageType") != "Image":
        properties.setdefault("CodeUri", "." if shared is None else shared)


def _places(
    value: Any, path: list[str], begun: str = ""
) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Each place at a path with `*` in it: dotted, its mapping and its key."""
    if not isinstance(value, dict):
        return
    step, *rest = path
    for key in [*value] if step == "*" else [step] * (step in value):
        dotted = f"{begun}{key}"
        if rest:
            yield from _places(value[key], rest, f"{dotted}.")
        else:
            yield dotted, value, key


def _transforms(value: Any, path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The parameters of each AWS::Include, and where it stands."""
    if isinstance(value, dict):
        parameters = value.get("Parameters")
        if value.get("Name") == INCLUDE and isinstance(parameters, dict):
            yield path, parameters
        for key, inner in value.items():
            yield from _transforms(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _transforms(inner, f"{path}[{index}]")


def _macro_names(template: Mapping[str, Any]) -> Iterator[str]:
    """The names under `Transform` at the top, and under `Fn::Transform` anywhere."""
    yield from _named(template.get("Transform"))
    waiting: list[Any] = [template]
    while waiting:
        match waiting.pop():
            case dict() as value:
                yield from _named(value.get("Fn::Transform"))
                waiting.extend(value.values())
            case list() as value:
                waiting.extend(value)
            case _:
                pass


def _named(value: Any) -> Iterator[str]:
    for entry in value if isinstance(value, list) else [value]:
        name = entry.get("Name") if isinstance(entry, dict) else entry
        if name is not None:
            yield str(name)
