"""The user's own `resources:`, merged into what the framework generates.

Facts: osls 4, lib/plugins/aws/package/lib/merge-custom-provider-resources.js.
"""

from __future__ import annotations

from flowguard.errors import TemplateError
from flowguard.model.questions import Unresolved
from flowguard.template.document import Node
from flowguard.template.serverless.service import mergeable
from flowguard.template.serverless.stack import Stack
from flowguard.template.serverless.values import merged, present, without_nulls

_REPLACED = {
    "Condition",
    "CreationPolicy",
    "DeletionPolicy",
    "UpdatePolicy",
    "UpdateReplacePolicy",
}


def whole_template(stack: Stack) -> Node:
    """The template that is deployed: generated and own resources as one."""
    root = Node(
        {"Resources": stack.resources, "Outputs": stack.outputs},
        stack.service.config.location,
        {"Resources": stack.resources.location, "Outputs": stack.outputs.location},
    )
    own = mergeable(stack.service.config, "resources")
    extensions = None
    if own is not None and isinstance(own.value, dict):
        extensions = present(own, "extensions")
        sections = {k: v for k, v in own.mapping.items() if k != "extensions"}
        kept = {k: v for k, v in sections.items() if _is_known(v)}
        root = merged(root, Node(dict(kept), own.location, own.keys))
    resources = root.get("Resources")
    if resources is not None and extensions is not None:
        for logical_id, extension in extensions.mapping.items():
            _extend(resources, logical_id, extension, extensions)
    if resources is not None:
        _leave_out_unknown(resources)
        _strip(resources)
    return root


def _is_known(section: Node) -> bool:
    return not (section.value is None or isinstance(section.value, Unresolved))


def _leave_out_unknown(resources: Node) -> None:
    """Leave out resources of which not even the type is known."""
    for logical_id, resource in list(resources.mapping.items()):
        kind = resource.get("Type")
        parts = [resource.value, kind.value if kind else None]
        if any(isinstance(part, Unresolved) for part in parts):
            del resources.mapping[logical_id]


def own_ids(stack: Stack) -> set[str]:
    """The logical ids that the user wrote under `resources:`."""
    own = mergeable(stack.service.config, "resources")
    resources = own.get("Resources") if own else None
    return set(resources.mapping) if resources else set()


def _extend(resources: Node, logical_id: str, extension: Node, section: Node) -> None:
    """Change a generated resource as `resources.extensions` says."""
    at = section.keys.get(logical_id, extension.location)
    resource = resources.get(logical_id)
    if resource is None:
        raise TemplateError(
            f"cannot extend {logical_id}: the framework generates no such resource",
            help="look up its logical id in .serverless/ after packaging",
            location=at,
        )
    body, keys = dict(resource.mapping), dict(resource.keys)
    for attribute, value in extension.mapping.items():
        keys[attribute] = extension.keys.get(attribute, value.location)
        old = body.get(attribute)
        if attribute in _REPLACED:
            body[attribute] = value
        elif attribute in {"Properties", "Metadata"}:
            body[attribute] = Node(
                {**(old.mapping if old else {}), **value.mapping},
                old.location if old else value.location,
                {**(old.keys if old else {}), **value.keys},
            )
        elif attribute == "DependsOn":
            before = (old.items or [old]) if old else []
            body[attribute] = Node([*before, *value.items], value.location)
        else:
            raise TemplateError(
                f"cannot extend {logical_id}: {attribute} cannot be extended",
                location=keys[attribute],
            )
    resources.mapping[logical_id] = Node(body, resource.location, keys)


def _strip(resources: Node) -> None:
    """Take the nulls out of every resource's properties."""
    for logical_id, resource in resources.mapping.items():
        properties = resource.get("Properties")
        if properties is None:
            continue
        body = dict(resource.mapping)
        body["Properties"] = without_nulls(properties)
        if properties.value is None:
            del body["Properties"]
        resources.mapping[logical_id] = Node(body, resource.location, resource.keys)
