"""The part of a snapshot that says what stacks nested in the stack are made from."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from flowguard.aws.session import Aws
from flowguard.aws.snapshot_values import looks_secret
from flowguard.aws.stacks import stack_named, template_at
from flowguard.lookups import StackNamed, StackResource
from flowguard.model.questions import AccountState, Present
from flowguard.model.snapshot import WITHHELD
from flowguard.plan.deployed import deployed_resources
from flowguard.rollback import likeness
from flowguard.template import Resource

NESTED = "AWS::CloudFormation::Stack"
Texts = Mapping[str, str]
"""Templates after their transforms, by the path of the nested stack: `Jobs.Mail`."""


def templates(aws: Aws, rows: Iterable[StackResource]) -> Texts:
    """Those that can be read; of the others nothing is said."""
    wanted = [r for r in rows if r.resource_type == NESTED and r.physical_id]
    answers = aws.map(
        lambda row: template_at(aws, row.physical_id, "Processed"), wanted
    )
    return {
        row.logical_id: answer.value
        for row, answer in zip(wanted, answers, strict=True)
        if isinstance(answer, Present)
    }


def digests(texts: Texts) -> tuple[tuple[str, str], ...]:
    """What each is known by."""
    return tuple(
        (path, hashlib.sha256(text.encode()).hexdigest())
        for path, text in texts.items()
    )


def exports(
    aws: Aws, rows: Iterable[StackResource]
) -> tuple[tuple[str, str], ...] | None:
    """What they export, without the values that look secret; None where AWS does not
    tell it of all of them."""
    found = []
    for row in rows:
        if row.resource_type != NESTED or not row.physical_id:
            continue
        stack = stack_named(aws, StackNamed(aws.place, row.physical_id))
        if not isinstance(stack, Present):
            return None
        found += [
            (export, WITHHELD if looks_secret(key, value) else value)
            for key, value, export in stack.value.outputs
            if export
        ]
    return tuple(found)


def resources(
    aws: Aws, texts: Texts, rows: Iterable[StackResource]
) -> dict[str, Resource]:
    """The resources in them, by their paths, with the parameters of each stack."""
    ids = {row.logical_id: row.physical_id for row in rows}
    found = {}
    for path, text in texts.items():
        stack = stack_named(aws, StackNamed(aws.place, ids[path]))
        known = deployed_resources(Present(text), stack, aws.place, AccountState({}))
        for name, resource in (known or {}).items():
            whole = f"{path}.{name}"
            found[whole] = replace(resource, logical_id=whole)
    return found


def inline(texts: Texts, rows: Iterable[StackResource]) -> Iterator[str]:
    """The functions in them whose code stands in the template."""
    documents = {path: likeness.read(text) for path, text in texts.items()}
    for row in rows:
        path, _, name = row.logical_id.rpartition(".")
        if document := documents.get(path):
            code = likeness.code_of(document, name)
            if isinstance(code, dict) and "ZipFile" in code:
                yield row.logical_id
