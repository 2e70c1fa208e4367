"""Answers of CloudFormation, with what ministack leaves out of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, MutableMapping
from typing import Any
from xml.etree import ElementTree as ET

from flowguard.demo.strict import pin

Params = Mapping[str, Any]
Answer = tuple[int, dict[str, str], bytes]
Handler = Callable[[Params], Answer]

_NAMESPACE = "http://cloudformation.amazonaws.com/doc/2010-05-15/"
_SUMMARY = ("LastOperations",)
"""What ListStacks has of what is added to a stack; DescribeStacks has all of it."""


def value(params: Params, name: str, default: str = "") -> str:
    """A parameter of a request."""
    return str(pin.module(pin.HANDLERS)._p(params, name, default))


def tell_of_stacks(
    table: MutableMapping[str, Handler],
    elements: Callable[[Mapping[str, Any]], Mapping[str, Any]],
) -> None:
    """Add elements to what is told of stacks, their parameters and their events."""

    def describe(root: ET.Element) -> None:
        for member, stack in _stacks(root, "Stacks"):
            for name, content in elements(stack).items():
                _append(member, name, content)
            _tell_names(member, stack.get("_resolved_params", {}))

    def summarise(root: ET.Element) -> None:
        for member, stack in _stacks(root, "StackSummaries"):
            for name in _SUMMARY:
                _append(member, name, elements(stack)[name])

    def review(root: ET.Element) -> None:
        identifier = root.findtext(f".//{_tag('ChangeSetId')}", "")
        found = pin.module(pin.CLOUDFORMATION)._change_sets.get(identifier)
        if found:
            _tell_names(root, found["_resolved_params"])

    table["DescribeStacks"] = _rewriting(describe, table["DescribeStacks"])
    table["ListStacks"] = _rewriting(summarise, table["ListStacks"])
    table["DescribeChangeSet"] = _rewriting(review, table["DescribeChangeSet"])
    table["DescribeStackEvents"] = _rewriting(
        _tell_operations, table["DescribeStackEvents"]
    )


def _rewriting(rewrite: Callable[[ET.Element], None], handler: Handler) -> Handler:
    def handle(params: Params) -> Answer:
        status, headers, body = handler(params)
        if status != 200:  # noqa: PLR2004
            return status, headers, body
        root = ET.fromstring(body)  # noqa: S314 — ministack wrote it
        rewrite(root)
        ET.register_namespace("", _NAMESPACE)
        return status, headers, ET.tostring(root, "utf-8", xml_declaration=True)

    return handle


def _stacks(root: ET.Element, name: str) -> Iterator[tuple[ET.Element, dict[str, Any]]]:
    resolve = pin.module(pin.HANDLERS)._resolve_stack
    for member in root.iterfind(f".//{_tag(name)}/{_tag('member')}"):
        stack = resolve(member.findtext(_tag("StackId"), ""))
        if stack:
            yield member, stack


def _tell_names(root: ET.Element, resolved: Mapping[str, Any]) -> None:
    """Where a parameter names another in the Parameter Store, tell both.

    ministack tells what was found there as the parameter's own value.
    """
    for member in root.iterfind(f".//{_tag('Parameters')}/{_tag('member')}"):
        known = resolved.get(member.findtext(_tag("ParameterKey"), ""), {})
        told = member.find(_tag("ParameterValue"))
        if told is not None and "SsmName" in known:
            _append(member, "ResolvedValue", told.text or "")
            told.text = known["SsmName"]


def _tell_operations(root: ET.Element) -> None:
    """Give each event the id of its operation."""
    told = pin.module(pin.CLOUDFORMATION)._stack_events
    members = root.findall(f".//{_tag('StackEvents')}/{_tag('member')}")
    stacks = {member.findtext(_tag("StackId"), "") for member in members}
    operations = {
        event["EventId"]: event.get("OperationId", "")
        for stack_id in stacks
        for event in told.get(stack_id, ())
    }
    for member in members:
        identifier = member.findtext(_tag("EventId"), "")
        _append(member, "OperationId", operations.get(identifier, ""))


def _append(parent: ET.Element, name: str, content: Any) -> None:
    """Append an element, unless it is empty text; lists are of members."""
    if content == "":
        return
    element = ET.SubElement(parent, _tag(name))
    if isinstance(content, str):
        element.text = content
    elif isinstance(content, Mapping):
        for key, each in content.items():
            _append(element, key, each)
    else:
        for each in content:
            _append(element, "member", each)


def _tag(name: str) -> str:
    return f"{{{_NAMESPACE}}}{name}"
