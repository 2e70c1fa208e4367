"""action.yml: what GitHub reads of the Action, made of its inputs and outputs."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap

from flowguard.action.input import INPUTS
from flowguard.action.outputs import DESCRIPTIONS

_HEAD = """\
# Made from the code by `make docs`.
name: FlowGuard deploy guard
author: The FlowGuard authors
description: >-
  Know before you deploy, prove it afterwards, or take it back: CloudFormation, SAM,
  CDK and Serverless stacks, guarded.

branding:
  icon: shield
  color: orange
"""
_TAIL = """\
runs:
  using: docker
  image: Dockerfile
"""
_INDENT = " " * 6


def document() -> str:
    """The text of the file."""
    return "\n".join(
        (_HEAD, "inputs:", *_inputs(), "", "outputs:", *_outputs(), "", _TAIL)
    )


def _inputs() -> Iterator[str]:
    for entry in INPUTS:
        yield from _described(entry.name, entry.told)
        yield "    required: false"
        if entry.default:
            # GitHub takes text alone, and YAML would make something else of these.
            is_plain = entry.default in {"true", "false"} or entry.default.isdecimal()
            yield "    default: " + (
                f"'{entry.default}'" if is_plain else entry.default
            )


def _outputs() -> Iterator[str]:
    for name, text in DESCRIPTIONS.items():
        yield from _described(name.value, text)


def _described(name: str, text: str) -> Iterator[str]:
    yield f"  {name}:"
    yield "    description: >-"
    yield from wrap(
        text,
        86,
        initial_indent=_INDENT,
        subsequent_indent=_INDENT,
        break_long_words=False,
        break_on_hyphens=False,
    )
