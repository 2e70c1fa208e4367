"""The keys of a whole spec, and the suite that they make."""

from __future__ import annotations

from dataclasses import replace

from flowguard.smoke.spec.checks import CHECKS
from flowguard.smoke.spec.expectations import DURATION, NAME
from flowguard.smoke.spec.faults import key_place
from flowguard.smoke.spec.phases import GATE, RELEASE, SOAK, WAIT
from flowguard.smoke.spec.records import Field, Record, Values
from flowguard.smoke.spec.requests import HEADERS, SINGLE, TLS
from flowguard.smoke.spec.scalars import Number, Text
from flowguard.smoke.spec.shapes import Mapped
from flowguard.smoke.spec.sign_ins import SIGN_INS
from flowguard.smoke.suite import Check, Suite
from flowguard.template.document import Node

_URL = Text(r"^(https?://|\$\{)", "a URL with http:// or https://")


_RENAMED = frozenset({"version", "checks", "auth", "vars"})


def _suite(values: Values, node: Node) -> Suite:
    return Suite(
        checks=_checks(values, node),
        sign_ins=dict(values.get("auth", ())),
        variables=dict(values.get("vars", ())),
        **{key: value for key, value in values.items() if key not in _RENAMED},
    )


def _checks(values: Values, node: Node) -> tuple[Check, ...]:
    written = node.mapping["checks"]
    return tuple(
        replace(check, name=name, location=key_place(written, name))
        for name, check in values["checks"]
    )


SUITE = Record(
    "Suite",
    "Smoke tests: what must hold after a deploy.",
    (
        Field("version", Number(1, 1), "The version of this format."),
        Field("base", _URL, "What the paths of requests stand behind."),
        Field(
            "vars",
            Mapped(SINGLE, NAME, "a name of letters, digits, `_` and `-`"),
            "Texts to use as `${vars.name}`.",
        ),
        Field("auth", SIGN_INS, "Sign-ins by name, for `as`."),
        Field("headers", HEADERS, "Sent with every request."),
        Field("tls", TLS, "How certificates are taken."),
        Field("timeout", DURATION, "Of one request; `10s`."),
        Field("connect_timeout", DURATION, "Until a connection stands; `5s`."),
        Field("budget", DURATION, "Of the whole run but the soak; `5m`."),
        Field("concurrency", Number(1, 100), "How many requests at once; 20."),
        Field(
            "openapi", Text(r"\S"), "The service's OpenAPI document: a path or a URL."
        ),
        Field("control", _URL, "What answers while this runner is online."),
        Field("wait", WAIT, "Start-up, which is no evidence."),
        Field("release", RELEASE, "What proves that the new code answers."),
        Field("checks", CHECKS, "What is judged, by name.", required=True),
        Field("soak", SOAK, "What is watched after the checks passed."),
        Field("gate", GATE, "When the suite is broken, and what follows."),
    ),
    _suite,
)
