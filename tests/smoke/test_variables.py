"""What stands behind a `${…}`, and what an answer cannot do with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowguard.errors import ConfigError
from flowguard.model.questions import Unknown, UnknownKind
from flowguard.smoke.expectation import Expect
from flowguard.smoke.operators import holds, parse
from flowguard.smoke.request import Body, BodyKind, RequestSpec, Step
from flowguard.smoke.secrets import Secrets
from flowguard.smoke.variables import Unmeasurable, Variables, names_in
from flowguard.smoke.world import Value

BASE = "https://api.example.com/stage"


def outside(source: str, name: str) -> Value | Unknown:
    known = {
        "stack.ApiUrl": Value(BASE),
        "ssm./app/key": Value("hunter22", secret=True),
        "env.API_TOKEN": Value("tok-12345"),
        "env.STAGE": Value("dev"),
    }
    if source == "secret":
        return Unknown(UnknownKind.DENIED, "AccessDenied on GetSecretValue")
    return known[f"{source}.{name}"]


def variables(
    captures: Mapping[str, Any] | None = None, own: Mapping[str, str] | None = None
) -> Variables:
    return Variables(
        outside,
        Secrets(),
        captures or {},
        own or {},
        auth={"user": {"name": "smoke+1@example.com"}},
        checks={"log.in": {"token": "t"}},
    )


def test_a_value_is_filled_in_however_deep() -> None:
    value = {"a": ["${id}", ("x-${id}", {"${id}": "${vars.who}"})], "n": 1}

    filled = variables({"id": 7}, {"who": "on ${env.STAGE}"}).resolve(value)

    assert filled == {"a": [7, ("x-7", {"7": "on dev"})], "n": 1}


@pytest.mark.parametrize("captured", [7, 1.5, True, None, "text", [1, {"a": None}], {}])
def test_a_whole_text_keeps_the_type_that_was_captured(captured: Any) -> None:
    spec = RequestSpec("POST", "/", body=Body(BodyKind.JSON, {"id": "${id}"}))

    body = variables({"id": captured}).request(spec, BASE).body

    assert body == Body(BodyKind.JSON, {"id": captured})
    assert type(body.value["id"]) is type(captured)


def test_a_dollar_is_escaped_by_another() -> None:
    assert variables({"id": 1}).text("$${id} $1 ${id}$") == "${id} $1 1$"


def test_steps_are_filled_in_with_their_expectations() -> None:
    step = Step(
        RequestSpec("GET", "/"),
        Expect(json=(("items[?id=='${id}'].n", parse("== ${id}")),)),
    )

    filled = variables({"id": "it's"}).resolve(step)

    assert filled.expect.json == ((r"items[?id=='it\'s'].n", parse("== it's")),)
    assert filled.location == step.location


def test_a_captured_text_is_no_pattern() -> None:
    operator = variables({"id": "a.*(b+)+$"}).resolve(parse("~ ^${id}"))

    assert holds(operator, "a.*(b+)+$ and more", present=True)
    assert not holds(operator, "axxb", present=True)


@pytest.mark.parametrize("captured", [5, "5"], ids=["number", "text"])
@pytest.mark.parametrize("written", [">= ${id}", "length < ${id}"])
def test_a_number_of_the_environment_is_a_number(captured: Any, written: str) -> None:
    operator = variables({"id": captured}).resolve(parse(written))

    assert holds(operator, 6 if written.startswith(">") else "four", present=True)
    assert not holds(operator, 4 if written.startswith(">") else "fiver", present=True)


def doubled(leaf: str) -> dict[str, str]:
    """Variables that each refer twenty times to the next, nine deep."""
    own = {f"v{i}": f"${{vars.v{i + 1}}}" * 20 for i in range(9)}
    return {**own, "v9": leaf}


@pytest.mark.parametrize(
    ("leaf", "message"),
    [
        (
            "aaaaaaaaaa",
            "the variable 'v0' makes a text of more than 1,000,000 characters",
        ),
        ("", "the variable 'v0' looks up more than 10,000 variables"),
    ],
)
def test_what_variables_make_has_a_size(leaf: str, message: str) -> None:
    with pytest.raises(ConfigError) as raised:
        variables({}, doubled(leaf)).text("/${vars.v0}")

    assert raised.value.message == message


def test_what_answers_make_of_a_text_has_a_size_too() -> None:
    with pytest.raises(ConfigError) as raised:
        variables({"id": "x" * 600_000}).text("${id}${id}")

    assert raised.value.message == (
        "more than 1,000,000 characters are put together for ${id}${id}"
    )


@pytest.mark.parametrize(
    ("text", "message", "help_"),
    [
        ("${di}", "nothing was saved as 'di'; did you mean 'id'?", "save it"),
        ("${vars.hwo}", "no variable 'hwo'; did you mean 'who'?", "under 'vars'"),
        ("${evn.X}", "no source 'evn'; did you mean 'env'?", "use one of stack"),
        ("${auth.user.nam}", "no value 'nam'; did you mean 'name'?", ""),
        ("${auth.usr.name}", "'usr' has given nothing; did you mean 'user'?", ""),
        (
            "${checks.login.token}",
            "'login' has given nothing; did you mean 'log.in'",
            "",
        ),
        ("${vars.loop}", "the variable 'loop' is made of itself", ""),
        ("${vars.caught}", "the variable 'caught' cannot hold ${id}", "write ${id} in"),
    ],
)
def test_an_unknown_name_is_refused(text: str, message: str, help_: str) -> None:
    own = {"who": "me", "loop": "${vars.loop}", "caught": "${id}"}

    with pytest.raises(ConfigError) as raised:
        variables({"id": 1}, own).text(text)

    assert message in raised.value.message
    assert help_ in raised.value.help


def test_a_value_that_is_denied_says_nothing_of_the_service() -> None:
    with pytest.raises(Unmeasurable, match="AccessDenied on GetSecretValue"):
        variables().text("x ${secret.db}")


def test_secret_values_are_masked_from_then_on() -> None:
    filled = variables()
    filled.text("${ssm./app/key} ${env.API_TOKEN} ${env.STAGE}")

    assert filled.secrets.mask("hunter22 tok-12345 dev") == "*** *** dev"


def test_names_are_found_wherever_they_stand() -> None:
    spec = RequestSpec("GET", "/${a}", body=Body(BodyKind.JSON, {"${b}": ["$${c}"]}))

    assert names_in(spec) == {"a", "b"}


# -- URLs ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "captured", "url"),
    [
        ("/notes/${id}", 7, f"{BASE}/notes/7"),
        (
            "notes/${id}",
            "a/../b?c#d e&ü",
            f"{BASE}/notes/a%2F..%2Fb%3Fc%23d%20e%26%C3%BC",
        ),
        ("/notes/${id}", "..", f"{BASE}/notes/%2E%2E"),
        ("/s?q=${id}", "1&admin=true", f"{BASE}/s?q=1%26admin%3Dtrue"),
        ("?q=${id}", "x", f"{BASE}?q=x"),
        ("", "x", BASE),
        ("${stack.ApiUrl}/v1/${id}", "x", f"{BASE}/v1/x"),
        ("https://other.example/${id}", "@evil", "https://other.example/%40evil"),
        ("${id}", "/next?page=2", "https://api.example.com/next?page=2"),
        (
            "${id}",
            "https://API.example.com:443/n?p=2",
            "https://API.example.com:443/n?p=2",
        ),
        ("${auth.user.name}", "", "https://api.example.com/smoke+1@example.com"),
    ],
)
def test_a_url_is_what_the_spec_wrote(path: str, captured: Any, url: str) -> None:
    assert variables({"id": captured}).url(path, BASE) == url


@pytest.mark.parametrize(
    "captured",
    [
        "https://evil.example/x",
        "//evil.example/x",
        "http://api.example.com/x",
        "https://api.example.com:8443/x",
        "https://user@api.example.com/x",
        "https://api.example.com@evil.example/",
        "https://[",
        "javascript:alert(1)",
        "file:///etc/passwd",
    ],
)
def test_an_answer_never_leads_a_request_elsewhere(captured: str) -> None:
    with pytest.raises(Unmeasurable, match="another host"):
        variables({"id": captured}).url("${id}", BASE)


@pytest.mark.parametrize(
    "path", ["https://${id}/x", "https://api${id}", "https:${id}", "//${id}"]
)
def test_an_answer_is_never_a_host(path: str) -> None:
    with pytest.raises(ConfigError, match="cannot be a part of a host"):
        variables({"id": "evil.example"}).url(path, BASE)


@given(
    st.text(max_size=30)
    | st.sampled_from(["@evil.example", "\\\\evil", ":80@e", "\t//e"]),
    st.sampled_from(
        ["${id}", "/${id}", "${id}/x", "x${id}", "?${id}", "/a/${id}#${id}"]
    ),
)
def test_whatever_an_answer_holds_the_host_stays(captured: str, path: str) -> None:
    try:
        url = variables({"id": captured}).url(path, BASE)
    except Unmeasurable:
        return
    parts = urlsplit(url)

    assert parts.scheme == "https"
    assert parts.netloc.lower() in {"api.example.com", "api.example.com:443"}
