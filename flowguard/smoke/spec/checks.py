"""What a spec says of checks: requests, steps, commands, and what AWS is asked."""

from __future__ import annotations

from typing import Any

from flowguard.smoke.spec.expectations import DURATION, JSON_OPERATORS, NAME
from flowguard.smoke.spec.faults import Fault, FaultsError, key_place
from flowguard.smoke.spec.records import Field, OneOf, Record, Values, Variants
from flowguard.smoke.spec.requests import (
    METHODS,
    ONE_BODY,
    ONE_METHOD,
    SINGLE,
    STEP,
    STEP_FIELDS,
    step,
)
from flowguard.smoke.spec.scalars import Flag, Number, Share, Text, Whatever
from flowguard.smoke.spec.shapes import Either, Listed, Made, Mapped
from flowguard.smoke.suite import Ask, Check, Command, Http, LatencyRule
from flowguard.template.document import Node

_TEXT = Text(r"\S")
_NAMES = Listed(_TEXT, alone=True)
_WORDS = Listed(Text(NAME, "a name of letters, digits, `_` and `-`"), alone=True)


# -- what every check has --------------------------------------------------------


def _rule(values: Values, _node: Node) -> LatencyRule:
    return LatencyRule(**values)


def _p95(seconds: float) -> LatencyRule:
    return LatencyRule(p95=seconds)


_LATENCY = Either(
    "a time, or a mapping",
    single=Made(DURATION, _p95),
    mapping=Record(
        "Latency",
        "When a check that works is slow.",
        (
            Field("p95", DURATION, "What 95 % of the answers must stay below."),
            Field("vs_baseline", Share(1000), "The shift that is let pass: `+25%`."),
        ),
        _rule,
    ),
)

_COMMON = (
    Field("critical", Flag(), "Whether its failure takes the deploy back; true."),
    Field("tags", _WORDS, "By which it can be selected."),
    Field("stages", _WORDS, "The stages that it is for; all where none is named."),
)
_MEASURED = (
    Field("touches", _NAMES, "Logical ids behind it, where the template is mute."),
    Field("latency", _LATENCY, "When it is slow."),
    Field("samples", Number(1, 1000), "How many answers are wanted where it passes."),
    Field("refusal", Flag(), "Whether it must be refused without its sign-in; true."),
)


def _check(values: Values, what: Http | Ask | Command) -> Check:
    given = {
        key: values[key]
        for key in ("critical", "touches", "latency", "samples")
        if key in values
    }
    return Check(
        name="",
        what=what,
        tags=frozenset(values.get("tags", ())),
        stages=frozenset(values.get("stages", ())),
        **given,
    )


# -- requests --------------------------------------------------------------------


def _request_check(values: Values, node: Node) -> Check:
    return _http(values, node, Http((step(values, node),)))


def _steps_check(values: Values, node: Node) -> Check:
    what = Http(values["steps"], values.get("finally", ()))
    return _http(values, node, what)


def _http(values: Values, node: Node, what: Http) -> Check:
    if "refusal" in values and not any(s.request.sign_in for s in what.steps):
        message = "'refusal' means nothing where no request has a sign-in (`as`)"
        raise FaultsError(Fault(key_place(node, "refusal"), message))
    if values.get("samples", 1) > 1 and not what.safe:
        message = "'samples' would send again what changes something"
        raise FaultsError(Fault(key_place(node, "samples"), message))
    made = Http(what.steps, what.cleanup, refusal=values.get("refusal", True))
    return _check(values, made)


_STEPS = Listed(STEP)

_REQUEST_CHECK = Record(
    "RequestCheck",
    "A check of one request.",
    (*STEP_FIELDS, *_COMMON, *_MEASURED),
    _request_check,
    (ONE_METHOD, ONE_BODY),
)
_STEPS_CHECK = Record(
    "StepsCheck",
    "A check of several requests, one after the other.",
    (
        Field("steps", _STEPS, "The requests, in their order.", required=True),
        Field("finally", _STEPS, "Sent afterwards, whatever happened."),
        *_COMMON,
        *_MEASURED,
    ),
    _steps_check,
)


# -- commands --------------------------------------------------------------------


def _command_check(values: Values, _node: Node) -> Check:
    argv, shell = values["command"]
    names = {"env": "environment"}
    given = {
        names.get(key, key): values[key]
        for key in ("timeout", "folder", "env", "junit")
        if key in values
    }
    return _check(values, Command(argv=argv, shell=shell, **given))


def _for_the_shell(text: str) -> tuple[tuple[str, ...], bool]:
    return (text,), True


def _as_it_is(argv: tuple[str, ...]) -> tuple[tuple[str, ...], bool]:
    return argv, False


_COMMAND_CHECK = Record(
    "CommandCheck",
    "A suite of your own, run as a process; it passes with exit code 0.",
    (
        Field(
            "command",
            Either(
                "a command, or a list of it and its arguments",
                Made(_TEXT, _for_the_shell),
                Made(Listed(SINGLE), _as_it_is),
            ),
            "For the shell; a list is a command and its arguments.",
            required=True,
        ),
        Field("timeout", DURATION, "When it is stopped; `10m` where it is not said."),
        Field("folder", _TEXT, "Where it is run, from the root of the repository."),
        Field("env", Mapped(SINGLE), "Variables beside those of the run."),
        Field("junit", _TEXT, "A pattern of the JUnit files that it writes."),
        *_COMMON,
        Field("touches", _NAMES, "Logical ids that it tests."),
    ),
    _command_check,
)


# -- AWS -------------------------------------------------------------------------

_EXPECT = Field("expect", JSON_OPERATORS, "Of its state, by JMESPath.")
_KINDS: tuple[tuple[str, str, tuple[Field, ...]], ...] = (
    ("table", "A DynamoDB table: active, and readable.", ()),
    ("bucket", "An S3 bucket that can be reached.", ()),
    ("user-pool", "A Cognito user pool.", ()),
    ("parameter", "A parameter of SSM's that is there.", ()),
    ("secret", "A secret of Secrets Manager's that is there; it is not read.", ()),
    (
        "queue",
        "An SQS queue.",
        (Field("max_depth", Number(0), "How many messages may wait in it."),),
    ),
    (
        "function",
        "A Lambda function, which is invoked.",
        (Field("payload", Whatever(), "What it is given, as JSON."),),
    ),
    ("alarm", "A CloudWatch alarm that must not ring.", ()),
)


def _asked(kind: str) -> Any:
    def build(values: Values, _node: Node) -> Ask:
        options = {k: v for k, v in values.items() if k not in {"name", "expect"}}
        return Ask(kind, values["name"], values.get("expect", ()), options)

    return build


def _named(kind: str) -> Any:
    def build(name: str) -> Ask:
        return Ask(kind, name)

    return build


def _migration(values: Values, _node: Node) -> Ask:
    return Ask(
        "migration",
        values["table"],
        values["expect"],
        {"key": dict(values["key"])},
    )


def _title(kind: str) -> str:
    return kind.replace("-", " ").title().replace(" ", "")


def _kind_field(kind: str, summary: str, fields: tuple[Field, ...]) -> Field:
    name = Field("name", _TEXT, "Its name.", required=True)
    record = Record(_title(kind), summary, (name, *fields, _EXPECT), _asked(kind))
    return Field(
        kind,
        Either("a name, or a mapping", Made(_TEXT, _named(kind)), None, record),
        summary,
    )


_MIGRATION = Record(
    "Migration",
    "An item of a table that says which migration ran last.",
    (
        Field("table", _TEXT, "The table.", required=True),
        Field("key", Mapped(SINGLE), "The item's key.", required=True),
        Field("expect", JSON_OPERATORS, "Of the item, by JMESPath.", required=True),
    ),
    _migration,
)
_ASK_FIELDS = (
    *(_kind_field(*row) for row in _KINDS),
    Field("migration", _MIGRATION, "Which migration ran last."),
)
_ASK_NAMES = tuple(field.name for field in _ASK_FIELDS)


def _ask_check(values: Values, _node: Node) -> Check:
    return _check(values, next(values[k] for k in _ASK_NAMES if k in values))


_ASK_CHECK = Record(
    "AskCheck",
    "A dependency that AWS is asked about, read-only.",
    (*_ASK_FIELDS, *_COMMON, Field("touches", _NAMES, "Logical ids behind it.")),
    _ask_check,
    (OneOf(_ASK_NAMES, required=True),),
)

CHECKS = Mapped(
    Variants(
        (
            (METHODS, _REQUEST_CHECK),
            (("steps",), _STEPS_CHECK),
            (("command",), _COMMAND_CHECK),
            (_ASK_NAMES, _ASK_CHECK),
        ),
        "nothing says what to check: write a request such as get: /health, `steps`, a "
        f"`command`, or one of {', '.join(_ASK_NAMES)}",
    ),
    NAME,
    "a name of letters, digits, `_` and `-`",
    least=1,
)
