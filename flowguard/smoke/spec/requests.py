"""What a spec says of requests: a step, its body, and how it is sent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flowguard.model.exchange import Tls
from flowguard.smoke.expectation import Expect
from flowguard.smoke.request import (
    KEPT_BY_CACHES,
    SAFE,
    Body,
    BodyKind,
    RequestSpec,
    Step,
)
from flowguard.smoke.spec.expectations import (
    CERTIFICATE_DAYS,
    DEPENDENCIES,
    DURATION,
    EXPECT,
    PAGE,
    SAVE,
)
from flowguard.smoke.spec.faults import Fault, FaultsError, key_place
from flowguard.smoke.spec.records import Field, OneOf, Record, Values
from flowguard.smoke.spec.scalars import Flag, Number, Text, Whatever
from flowguard.smoke.spec.shapes import Mapped, Repeated
from flowguard.template.document import Node

METHODS = ("get", "head", "options", "post", "put", "patch", "delete")
POLLED = ("get", "head", "options")
"""What may be sent again at will."""
BODIES = tuple(kind.value for kind in BodyKind)
_BODILESS = {"get", "head", "options"}

URL = Text(
    r"^(/|https?://|\$\{)", "a path that begins with `/`, or a URL with http(s)://"
)
SINGLE = Text(loose=True, wanted="text or a number")
PAIRS = Repeated(SINGLE)
# Names are tokens (RFC 9110, 5.1): another character would write another header.
HEADERS = Mapped(
    Text(r"^[^\r\n\0]*$", "text on one line", loose=True),
    r"^[A-Za-z0-9!#$%&'*+.^_`|~-]+$",
    "the name of a header",
)


def _tls(values: Values, node: Node) -> Tls:
    if "key" in values and "certificate" not in values:
        message = "the key 'certificate' is missing, which 'key' belongs to"
        raise FaultsError(Fault(key_place(node, "key"), message))
    names = {"ca": "ca_file", "certificate": "client_certificate", "key": "client_key"}
    return Tls(**{names.get(key, key): value for key, value in values.items()})


TLS = Record(
    "Tls",
    "How a server's certificate is taken, and which is shown to it.",
    (
        Field("verify", Flag(), "Whether the server's certificate must be valid."),
        Field("ca", Text(r"\S"), "A file (PEM) of authorities, beside the system's."),
        Field("certificate", Text(r"\S"), "A file (PEM) with the certificate to show."),
        Field("key", Text(r"\S"), "A file (PEM) with its key, if it is in another."),
    ),
    _tls,
)


def method_fields(methods: Iterable[str]) -> tuple[Field, ...]:
    """A key for each method."""
    return tuple(
        Field(name, URL, f"{name.upper()}: a path from `base`, or a URL.")
        for name in methods
    )


_SENT = (
    Field("query", PAIRS, "Beside what is in the path; a list repeats the name."),
    Field("headers", HEADERS, "Beside those of the suite, and in place of them."),
    Field("cookies", Mapped(SINGLE), "By their names."),
    Field("timeout", DURATION, "For all of it, redirects included."),
    Field(
        "redirects", Number(0, 20), "How many are followed; none where it is not said."
    ),
    Field("tls", TLS, "In place of the suite's."),
)
BODY_FIELDS = (
    Field("json", Whatever(), "The body, as JSON."),
    Field("form", PAIRS, "The body, as a form."),
    Field("text", Text(), "The body, as it stands."),
    Field("file", Text(r"\S"), "The file that is the body."),
    Field("multipart", PAIRS, "The body, as a form of parts; `@path` is a file."),
    Field("content_type", Text(r"\S"), "Of the body, where its kind does not tell."),
)
_AS = Field("as", Text(r"\S"), "The sign-in of `auth` with which it is sent.")
_EXPECT = Field("expect", EXPECT, "What must hold of the answer.")
_SAVE = Field("save", SAVE, "What is kept of the answer, by name.")
_DEPS = Field("deps", DEPENDENCIES, "What the health document must say works.")
_PAGE = Field("page", PAGE, "What the page must be.")
_CACHED = Field("cached", Flag(), "Whether an answer out of a cache counts.")
_UNTIL = Field("until", DURATION, "How long it is polled until `expect` holds.")

STEP_FIELDS = (
    *method_fields(METHODS),
    *_SENT,
    *BODY_FIELDS,
    _AS,
    _EXPECT,
    _DEPS,
    _PAGE,
    _SAVE,
    _CACHED,
    _UNTIL,
)
POLLED_FIELDS = (*method_fields(POLLED), *_SENT, _AS, _EXPECT, _DEPS, _PAGE, _CACHED)
LOGIN_FIELDS = (*method_fields(METHODS), *_SENT, *BODY_FIELDS, _EXPECT, _SAVE)

ONE_METHOD = OneOf(METHODS, required=True)
ONE_BODY = OneOf(BODIES)


def step(values: Values, node: Node) -> Step:
    """The step that the keys of a request say. Raises `FaultsError`."""
    method = next(name for name in METHODS if name in values)
    _refuse_body(method, values, node)
    if "until" in values and method.upper() not in SAFE:
        message = f"'until' would send a {method.upper()} again and again"
        hint = "poll with a GET in a step of its own"
        raise FaultsError(Fault(key_place(node, "until"), f"{message}: {hint}"))
    if "cached" in values and method.upper() not in KEPT_BY_CACHES:
        message = f"'cached' means nothing of a {method.upper()}, which no cache keeps"
        raise FaultsError(Fault(key_place(node, "cached"), message))
    return Step(
        request=RequestSpec(
            method=method.upper(),
            path=values[method],
            query=values.get("query", ()),
            headers=values.get("headers", ()),
            cookies=values.get("cookies", ()),
            body=_body(values),
            sign_in=values.get("as", ""),
            redirects=values.get("redirects", 0),
            timeout=values.get("timeout"),
            tls=values.get("tls"),
        ),
        expect=_expected(values, values[method]),
        save=values.get("save", ()),
        cached=values.get("cached"),
        until=values.get("until"),
        location=node.location,
    )


def _expected(values: Values, url: str) -> Expect:
    said: Mapping[str, Any] = values.get("expect", {})
    plain = url.startswith("http://")
    return Expect(
        **{"certificate_days": None if plain else CERTIFICATE_DAYS, **said},
        dependencies=values.get("deps", ()),
        page=values.get("page"),
    )


def _refuse_body(method: str, values: Values, node: Node) -> None:
    written = [key for key in (*BODIES, "content_type") if key in values]
    if method in _BODILESS and written:
        message = (
            f"{written[0]!r} would be the body of a {method.upper()}, which has none"
        )
        hint = "what must hold of the answer stands in `expect`"
        raise FaultsError(Fault(key_place(node, written[0]), f"{message}: {hint}"))
    if "content_type" in written and len(written) == 1:
        message = "'content_type' is said of a body, and there is none"
        raise FaultsError(Fault(key_place(node, "content_type"), message))


def _body(values: Values) -> Body | None:
    for kind in BodyKind:
        if kind in values:
            return Body(kind, values[kind], values.get("content_type", ""))
    return None


STEP = Record(
    "Step",
    "A request, what must hold of its answer, and what is kept of it.",
    STEP_FIELDS,
    step,
    (ONE_METHOD, ONE_BODY),
)
