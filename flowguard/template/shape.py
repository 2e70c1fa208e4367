"""What every template must look like before anything can be worked out."""

from __future__ import annotations

from flowguard import spoken
from flowguard.errors import TemplateError
from flowguard.model.places import Location
from flowguard.model.questions import Unresolved
from flowguard.template.document import Node

_SECTIONS = ("Parameters", "Mappings", "Conditions", "Resources", "Outputs")
_LANGUAGE = "AWS::LanguageExtensions"
_SERVERLESS = "AWS::Serverless-"
"""How the name of SAM's transform begins; its version follows."""


def is_sam(document: Node) -> bool:
    """Whether the template goes through SAM's transform."""
    return any(name.startswith(_SERVERLESS) for name in _transforms(document))


def is_open_ended(document: Node) -> bool:
    """Whether the deploy may change the template, or add what is not written.

    Macros and modules do; what a name or a shape is wrong about may then be right.
    """
    macros = (
        name
        for name in _transforms(document)
        if name != _LANGUAGE and not name.startswith(_SERVERLESS)
    )
    resources = document.get("Resources")
    entries = resources.mapping if resources else {}
    kinds = (resource.get("Type") for resource in entries.values())
    modules = (
        kind for kind in kinds if kind and (kind.text or "").endswith("::MODULE")
    )
    return "Fn::Transform" in entries or any(macros) or any(modules)


def _transforms(document: Node) -> list[str]:
    """The names of the macros that the whole template goes through."""
    node = document.get("Transform")
    if node is None:
        return []
    named = (entry.get("Name") or entry for entry in node.items or [node])
    return [entry.text for entry in named if entry.text]


def check_shape(document: Node) -> None:
    """Raise `TemplateError`, with the place, for what is no template at all."""
    if not isinstance(document.value, dict):
        raise TemplateError(
            "a template is a mapping with a Resources section",
            location=document.location,
            help=f"name the template: {spoken.option('template', 'PATH')}",
        )
    for name in _SECTIONS:
        section = document.get(name)
        if section and not _may_be_mapping(section):
            raise TemplateError(
                f"{name} must be a mapping",
                location=document.keys.get(name, section.location),
                help=f"write what belongs to {name} under it, each with its name",
            )
    resources = document.get("Resources")
    if resources is None or not resources.mapping:
        raise TemplateError(
            "the template has no Resources",
            location=document.keys.get("Resources", document.location),
            help="add a resource, or name the template: "
            + spoken.option("template", "PATH"),
        )
    if is_open_ended(document):
        return
    for logical_id, resource in resources.mapping.items():
        if not logical_id.startswith("Fn::"):
            check_resource(logical_id, resource, resources.keys[logical_id])


def check_resource(logical_id: str, resource: Node, place: Location) -> None:
    """Raise `TemplateError` for what is no resource; `place` is its logical id's."""
    kind, properties = resource.get("Type"), resource.get("Properties")
    if not isinstance(resource.value, dict):
        problem, mend = "is no mapping", "write its Type and Properties under it"
    elif kind is None:
        problem, mend = "has no Type", "add a line such as `Type: AWS::S3::Bucket`"
    elif not kind.text:
        place = kind.location
        problem, mend = "has a Type that is no text", "write the name of a type"
    elif properties and not _may_be_mapping(properties):
        place = resource.keys.get("Properties", properties.location)
        problem, mend = "has Properties that are no mapping", "write names and values"
    else:
        return
    raise TemplateError(f"resource {logical_id} {problem}", location=place, help=mend)


def _may_be_mapping(node: Node) -> bool:
    """Whether it is a mapping, or empty, or not known yet (a variable)."""
    return node.value is None or isinstance(node.value, dict | Unresolved)
