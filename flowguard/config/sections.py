"""What `flowguard.yml` may say, section by section.

Imported only once a configuration is read or its schema is asked for: pydantic
is slow to import.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    Discriminator,
    Field,
    JsonValue,
    Tag,
    TypeAdapter,
)

from flowguard.config.notifications import NotifySection, SentrySection
from flowguard.config.section import Section
from flowguard.model.hidden import is_secret_name

Word = Literal["off", "info", "warning", "error"]
REGION = r"^[a-z]{2,}(-[a-z]+)+-\d+$"
ACCOUNT = r"^\d{12}$"
Region = Annotated[str, Field(pattern=REGION)]


def suggestion(word: str, known: Iterable[str]) -> str:
    """A question that follows an unknown `word`, where one is close to it."""
    close = difflib.get_close_matches(word, [*known], n=1, cutoff=0.5)
    return f"; did you mean {close[0]!r}?" if close else ""


def _pattern_of(*placeholders: str) -> Callable[[str], str]:
    known = [f"{{{name}}}" for name in placeholders]

    def check(pattern: str) -> str:
        rest = re.sub(r"\{[^{}]*\}", "", pattern)
        if "{" in rest or "}" in rest:
            raise ValueError("a brace has no other half")
        for found in re.findall(r"\{[^{}]*\}", pattern):
            if found not in known:
                hint = suggestion(found, known)
                message = f"{found} is none of the placeholders {', '.join(known)}"
                raise ValueError(f"{message}{hint}")
        return pattern

    return check


class StageSection(Section):
    """One environment of the project."""

    aliases: list[str] = Field(
        default=[],
        description="Other names by which the stage is called.",
        examples=[["prod", "live"]],
    )
    account_id: str | None = Field(
        default=None,
        pattern=ACCOUNT,
        description="The AWS account of the stage, in quotes.",
        examples=["123456789012"],
    )
    region: str | None = Field(
        default=None,
        pattern=REGION,
        description="The AWS region of the stage, where none is given otherwise.",
        examples=["eu-central-1"],
    )


class NamingSection(Section):
    """How the project names things; learnt from the account where it is not said."""

    stack: Annotated[str, AfterValidator(_pattern_of("service", "stage"))] | None = (
        Field(
            default=None,
            min_length=1,
            description="The pattern of the stacks' names.",
            examples=["{service}-{stage}"],
        )
    )
    resources: (
        Annotated[str, AfterValidator(_pattern_of("service", "stage", "name"))] | None
    ) = Field(
        default=None,
        min_length=1,
        description="The pattern of the resources' physical names.",
        examples=["{service}-{stage}-{name}"],
    )


Filled = AfterValidator(_pattern_of("stage", "region", "account_id"))


class TargetSection(Section):
    """A stack of the repository, in each of its stages and regions."""

    name: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$",
        description="What the target is called; from its stack or folder otherwise.",
        examples=["orders"],
    )
    template: str = Field(
        min_length=1,
        description="The template, from the root of the repository.",
        examples=["services/orders/serverless.yml"],
    )
    stack_name: Annotated[str, Filled] | None = Field(
        default=None,
        min_length=1,
        description="The stack's name, where the template does not say it; {stage}, "
        "{region} and {account_id} stand for those of the deploy.",
        examples=["orders-{stage}"],
    )
    stage: str | None = Field(
        default=None,
        min_length=1,
        description="The one stage that it is deployed to.",
        examples=["prod"],
    )
    stages: list[Annotated[str, Field(min_length=1)]] | None = Field(
        default=None,
        min_length=1,
        description="The stages that it is deployed to; all where none is named.",
        examples=[["staging", "prod"]],
    )
    region: Region | None = Field(
        default=None,
        description="The one region that it is deployed to.",
        examples=["eu-central-1"],
    )
    regions: list[Region] | None = Field(
        default=None,
        min_length=1,
        description="The regions that it is deployed to; the stage's otherwise.",
        examples=[["eu-central-1", "us-east-1"]],
    )
    account_id: str | None = Field(
        default=None,
        pattern=ACCOUNT,
        description="The AWS account, in quotes; the stage's otherwise.",
        examples=["123456789012"],
    )
    role_to_assume: Annotated[str, Filled] | None = Field(
        default=None,
        min_length=1,
        description="The role to ask AWS with; placeholders as in stack_name.",
        examples=["arn:aws:iam::{account_id}:role/flowguard"],
    )
    parameters: dict[str, str] = Field(
        default={},
        description="The template's parameters; placeholders as in stack_name.",
        examples=[{"Stage": "{stage}"}],
    )
    config: str | None = Field(
        default=None,
        min_length=1,
        description="Another flowguard.yml that its preflight goes by.",
        examples=["services/orders/flowguard.yml"],
    )


class RollbackSection(Section):
    """What is done about a bad deploy."""

    unproven: Literal["ask", "act"] = Field(
        default="ask",
        description="What follows where a bad deploy is not proven to be of this "
        "pipeline: `ask` prints the plan and its hash, `act` rolls it back all the "
        "same. That is wise only where one pipeline alone deploys the stack, one run "
        "at a time.",
        examples=["ask"],
    )


class RuleSection(Section):
    """How the findings of a rule are taken."""

    severity: Word | None = Field(
        default=None,
        description="The severity of its findings; `off` does not run the rule.",
    )
    ignore: list[str] = Field(
        default=[],
        description="Logical ids, or patterns of them, whose findings are suppressed.",
        examples=[["LegacyTable", "Scratch*"]],
    )
    reason: str = Field(
        default="", description="Why; it stands in the report beside what is ignored."
    )


RuleEntry = Annotated[
    Annotated[Word, Tag("word")] | Annotated[RuleSection, Tag("section")],
    Discriminator(lambda value: "word" if isinstance(value, str) else "section"),
]


def _not_secret(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z_*?][A-Za-z0-9_*?]*", name):
        raise ValueError("must be the name of a variable, or a pattern of names")
    if not re.search(r"[A-Za-z0-9]{2}", name):
        raise ValueError("must say more of the names than wildcards do")
    if is_secret_name(name):
        raise ValueError("is called as a secret is")
    return name


_PATH: JsonValue = {"type": "string", "minLength": 1}


class File(Section):
    """The configuration of FlowGuard, which knows before you deploy."""

    version: int = Field(
        default=1, ge=1, le=1, description="The version of this format.", examples=[1]
    )
    service: str | None = Field(
        default=None,
        min_length=1,
        description="What the project's stacks are of; taken from their names otherwise.",
        examples=["shop-backend"],
    )
    stages: dict[str, StageSection | None] | None = Field(
        default=None, description="The environments of the project, by name."
    )
    targets: list[TargetSection] | None = Field(
        default=None,
        description="The stacks of the repository, for `flowguard targets`.",
    )
    naming: NamingSection | None = Field(
        default=None,
        description="How the project names things; learnt from the account otherwise.",
    )
    rules: dict[str, RuleEntry] | None = Field(
        default=None,
        description="Severities and ignores, by rule; `flowguard rules` lists them.",
    )
    shown: list[Annotated[str, AfterValidator(_not_secret)]] = Field(
        default=[],
        description="Variables of the environment, or patterns of them, whose values "
        "`${env:…}` may bring into a report, beside those that are shown anyway; of the "
        "others the expression is shown.",
        examples=[["TEAM", "APP_*"]],
    )
    smoke: Any = Field(
        default=None,
        description="The smoke tests, or the path of their file from the root.",
        examples=["smoke.yml"],
        json_schema_extra={"anyOf": [_PATH, {"type": "object"}, {"type": "null"}]},
    )

    rollback: RollbackSection | None = Field(
        default=None, description="What is done about a bad deploy."
    )
    notify: list[NotifySection] | None = Field(
        default=None, description="Who is told what became of a deploy."
    )
    sentry: SentrySection | None = Field(
        default=None, description="Where deploys and rollbacks are marked in Sentry."
    )

    @property
    def all_stages(self) -> dict[str, StageSection]:
        """The stages, also those of which only the name is given."""
        stages = self.stages or {}
        return {name: section or StageSection() for name, section in stages.items()}

    @property
    def all_rules(self) -> dict[str, RuleSection]:
        """The rules, also those of which only the severity is given."""
        return {
            rule_id: RuleSection(severity=entry) if isinstance(entry, str) else entry
            for rule_id, entry in (self.rules or {}).items()
        }


def file_schema(smoke: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The JSON Schema of the file, with the rules that there are.

    `smoke` is that of the section of this name, whose definitions are taken over.
    """
    from flowguard.rules import EVERY

    schema = TypeAdapter(File).json_schema()
    rules = next(
        part for part in schema["properties"]["rules"]["anyOf"] if "type" in part
    )
    entry = rules["additionalProperties"]
    rules["properties"] = {
        rule.id: {"description": _summary(rule), **entry} for rule in EVERY
    }
    rules["additionalProperties"] = False
    if smoke:
        _take_over("smoke", smoke, schema)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:flowguard:config:1",
        **schema,
        "title": "flowguard.yml",
    }


def _take_over(name: str, section: Mapping[str, Any], schema: dict[str, Any]) -> None:
    """Put the schema of a section that is read elsewhere in place of any object."""
    inner = {key: value for key, value in section.items() if key[0] != "$"}
    options = schema["properties"][name]["anyOf"]
    options[options.index({"type": "object"})] = {"$ref": f"#/$defs/{inner['title']}"}
    schema["$defs"] |= {**section.get("$defs", {}), inner["title"]: inner}


def _summary(rule: object) -> str:
    return " ".join((rule.__doc__ or "").split("\n\n", 1)[0].split())
