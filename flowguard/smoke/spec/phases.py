"""What a spec says of the phases around the checks, and of the gate."""

from __future__ import annotations

from flowguard.smoke.spec.expectations import DURATION
from flowguard.smoke.spec.faults import Fault, FaultsError, key_place
from flowguard.smoke.spec.records import Field, OneOf, Record, Values
from flowguard.smoke.spec.requests import POLLED, POLLED_FIELDS, method_fields, step
from flowguard.smoke.spec.scalars import Choice, Number, Share, Text
from flowguard.smoke.spec.shapes import Either, Listed, Made
from flowguard.smoke.suite import Gate, Policy, Release, Soak, Wait
from flowguard.template.document import Node

_NAMES = Listed(Text(r"\S"), alone=True)
_STABLE = Field("stable", Number(1, 100), "How many answers in a row must hold.")
_INTERVAL = Field("interval", DURATION, "The time between two; `1s`.")


def _wait(values: Values, node: Node) -> Wait:
    given = {k: values[k] for k in ("up", "stable", "interval") if k in values}
    return Wait(step(values, node), **given)


WAIT = Record(
    "Wait",
    "Start-up: a request that is polled until it answers; never evidence.",
    (
        *POLLED_FIELDS,
        Field("up", DURATION, "How long that may take; `90s`."),
        _STABLE,
        _INTERVAL,
    ),
    _wait,
    (OneOf(POLLED, required=True),),
)

_RELEASE_KEYS = ("functions", "code_sha256", "within", "stable", "interval")


def _release(values: Values, node: Node) -> Release:
    method = next((name for name in POLLED if name in values), None)
    given = {key: values[key] for key in _RELEASE_KEYS if key in values}
    if "code_sha256" in values and "functions" not in values:
        message = "the key 'functions' is missing, whose code 'code_sha256' is"
        raise FaultsError(Fault(key_place(node, "code_sha256"), message))
    if "functions" in values and "code_sha256" not in values:
        message = (
            "the key 'code_sha256' is missing: nothing says which code the functions "
            "must run"
        )
        raise FaultsError(Fault(key_place(node, "functions"), message))
    if method:
        return Release(step(values, node), **given)
    if "functions" not in values:
        message = (
            "nothing proves the release: write a request with `expect`, or `functions`"
        )
        raise FaultsError(Fault(node.location, message))
    ours = {*_RELEASE_KEYS, *(field.name for field in method_fields(POLLED))}
    for key in values:
        if key not in ours:
            message = f"{key!r} has no meaning without a request"
            raise FaultsError(Fault(key_place(node, key), message))
    return Release(**given)


RELEASE = Record(
    "Release",
    "What proves that the new code answers, before it is judged.",
    (
        *POLLED_FIELDS,
        Field("functions", _NAMES, "Lambda functions whose code must be the new one."),
        Field("code_sha256", Text(r"\S"), "The `CodeSha256` that they must have."),
        Field("within", DURATION, "How long that may take; `60s`."),
        _STABLE,
        _INTERVAL,
    ),
    _release,
    (OneOf(POLLED),),
)


# -- soak ------------------------------------------------------------------------


def _soak(values: Values, node: Node) -> Soak:
    known = ("errors", "throttles", "p95")
    metrics = tuple(
        (key, values[key] * 1000 if key == "p95" else float(values[key]))
        for key in known
        if key in values
    )
    if not metrics and "alarms" not in values:
        message = f"nothing is watched: name `alarms`, or one of {', '.join(known)}"
        raise FaultsError(Fault(node.location, message))
    return Soak(
        seconds=values["for"],
        alarms=values.get("alarms", ()),
        metrics=metrics,
        functions=values.get("functions", ()),
    )


def _errors(seconds: float) -> Soak:
    return Soak(seconds, metrics=(("errors", 0.0),))


SOAK = Either(
    "a time, or a mapping",
    single=Made(DURATION, _errors),
    mapping=Record(
        "Soak",
        "What is watched after the checks passed; a time alone allows no errors.",
        (
            Field("for", DURATION, "How long.", required=True),
            Field("alarms", _NAMES, "CloudWatch alarms that must not ring."),
            Field("errors", Number(), "How many errors the functions may have."),
            Field("throttles", Number(), "How many throttles they may have."),
            Field("p95", DURATION, "What 95 % of their runs must stay below."),
            Field("functions", _NAMES, "Which; those that changed otherwise."),
        ),
        _soak,
    ),
)


# -- gate ------------------------------------------------------------------------


def _as_written(values: Values, _node: Node) -> Values:
    return values


_POLICY = Choice({policy.value: policy for policy in Policy})

_SAMPLES = Record(
    "Samples",
    "How many requests are spent.",
    (
        Field("pass", Number(1, 1000), "How many answers of a check that passes."),
        Field("max", Number(1, 1000), "How many at most, until it is inconclusive."),
        Field("latency", Number(1, 1000), "How many, to compare latency."),
        Field("warmup", Number(0, 100), "How many before, whose time is not counted."),
    ),
    _as_written,
)
_VERDICT = Record(
    "Verdict",
    "What each outcome does.",
    (
        Field("failed", _POLICY, "Broken; `roll-back`."),
        Field("inconclusive", _POLICY, "Neither broken nor healthy; `stop`."),
        Field("errored", _POLICY, "Not measured; `stop`."),
        Field("slow", _POLICY, "Slower than it may be; `warn`."),
        Field("pre-existing", _POLICY, "Broken before the deploy too; `warn`."),
    ),
    _as_written,
)
_SAMPLE_NAMES = {
    "pass": "samples",
    "max": "max_samples",
    "latency": "latency_samples",
    "warmup": "warmup",
}


def _gate(values: Values, node: Node) -> Gate:
    plain = {k: v for k, v in values.items() if k not in {"samples", "verdict"}}
    samples = {_SAMPLE_NAMES[k]: v for k, v in values.get("samples", {}).items()}
    verdict = {k.replace("-", "_"): v for k, v in values.get("verdict", {}).items()}
    gate = Gate(**plain, **samples, **verdict)
    for key in ("flake", "broken", "false_rollback", "miss"):
        if not 0 < getattr(gate, key) < 1:
            raise FaultsError(
                Fault(key_place(node, key), f"{key!r} must be between 0% and 100%")
            )
    if gate.flake >= gate.broken:
        message = "'flake' must be below 'broken': the rate that is let pass is broken"
        place = "flake" if "flake" in values else "broken"
        raise FaultsError(Fault(key_place(node, place), message))
    return gate


GATE = Record(
    "Gate",
    "When the suite is broken, and what follows.",
    (
        Field("flake", Share(), "The rate of failing requests that is let pass; `5%`."),
        Field("broken", Share(), "The rate that must be caught; `50%`."),
        Field("false_rollback", Share(), "How often it may be wrong; `0.1%`."),
        Field("miss", Share(), "How often it may overlook `broken`; `5%`."),
        Field("spread", DURATION, "The time that the failures must span; `10s`."),
        Field("startup", DURATION, "The time to come up; three times `spread`."),
        Field("samples", _SAMPLES, "How many requests are spent."),
        Field("verdict", _VERDICT, "What each outcome does."),
    ),
    _gate,
)
