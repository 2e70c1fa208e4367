"""Dynamic references: `{{resolve:ssm:/name:3}}`, where CloudFormation puts them.

It resolves them last, in the text that the functions have written, so this works
on values that are resolved already.
"""

from __future__ import annotations

import re

from flowguard.lookups import ParameterNamed, SecretNamed
from flowguard.model.questions import (
    Absent,
    Pending,
    Present,
    Unknown,
    UnknownKind,
    Unresolved,
)
from flowguard.template.document import Node
from flowguard.template.resolver import Resolver

MARK = "{{resolve:"
_REFERENCE = re.compile(r"\{\{resolve:(ssm|ssm-secure|secretsmanager):([^{}]+)\}\}")
_SECRET_ARN = re.compile(r"(arn:[^:]+:secretsmanager:[^:]*:[^:]*:secret:[^:]+)")

_Cause = Unknown | Pending


def put_in(resolver: Resolver, node: Node) -> Node:
    """`node` with what its dynamic references stand for, wherever they are in it."""
    value = node.value
    if isinstance(value, dict):
        entries = {key: put_in(resolver, inner) for key, inner in value.items()}
        return Node(entries, node.location, node.keys, node.tag)
    if isinstance(value, list):
        return Node([put_in(resolver, inner) for inner in value], node.location)
    if isinstance(value, str) and MARK in value:
        return _text(resolver, value, node)
    return node


def _text(resolver: Resolver, text: str, node: Node) -> Node:
    parts: list[str] = []
    end = 0
    for match in _REFERENCE.finditer(text):
        found = _answer(resolver, match[1], match[2], match[0], node)
        if not isinstance(found, str):
            return Node(Unresolved(text, node.location, found), node.location)
        parts += [text[end : match.start()], found]
        end = match.end()
    return resolver.text("".join([*parts, text[end:]]), node)


def _answer(
    resolver: Resolver, service: str, key: str, written: str, node: Node
) -> str | _Cause:
    place = resolver.inputs.place
    if service == "secretsmanager":
        arn = _SECRET_ARN.match(key)
        name = arn[1] if arn else key.partition(":")[0]
        secret = resolver.ask(SecretNamed(place, name), written, node.location)
        if isinstance(secret, Absent):
            return _after_deploy(f"there is no secret {name!r}")
        return _after_deploy("the value of a secret is never read")
    answer = resolver.ask(ParameterNamed(place, key), written, node.location)
    if isinstance(answer, Absent):
        return _after_deploy(f"there is no SSM parameter {key!r}")
    if service == "ssm-secure" or (
        isinstance(answer, Present) and answer.value.value is None
    ):
        return _after_deploy("the value of a SecureString is never read")
    return answer.value.value or "" if isinstance(answer, Present) else answer


def _after_deploy(reason: str) -> Unknown:
    return Unknown(UnknownKind.KNOWN_AFTER_DEPLOY, reason)
