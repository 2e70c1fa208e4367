"""Values that are not shown: their stand-ins, and what finds them again."""

import pytest

from flowguard.errors import UsageError
from flowguard.lookups import NamedResource, ParameterNamed, ResourceNamed
from flowguard.model import hidden
from flowguard.model.places import Place
from flowguard.model.questions import Present, Unknown, UnknownKind
from flowguard.model.veil import Veil

HERE = Place("123456789012", "eu-central-1")
ROLE = "arn:aws:iam::123456789012:role/ci/deploy-s3cret"


def test_a_stand_in_tells_nothing_and_stands_for_its_value() -> None:
    made = hidden.hide("s3cret-value", "${env:A}")

    assert made.isalnum()
    assert "s3cret" not in made
    assert hidden.real(f"x-{made}-y") == "x-s3cret-value-y"
    assert hidden.shown(f"x-{made}-y") == "x-${env:A}-y"
    assert hidden.hide("s3cret-value", "${env:A}") == made
    assert hidden.hide("s3cret-value", "${env:B}") != made


def test_whatever_case_it_is_put_in_it_stays_hidden() -> None:
    made = hidden.hide("s3cret-value", "${env:A}")

    for changed in (made.upper(), made.title(), made.capitalize()):
        assert hidden.shown(changed) == "${env:A}"


def test_what_says_nothing_is_left_as_it_is() -> None:
    assert [hidden.hide(text, "${env:A}") for text in ("", "true", "false")] == [
        "",
        "true",
        "false",
    ]


def test_an_arn_keeps_its_form_and_is_shown_as_one_expression() -> None:
    made = hidden.hide(ROLE, "${env:ROLE}")

    assert made.startswith("arn:aws:iam::123456789012:role/")
    assert "s3cret" not in made
    assert hidden.real(made) == ROLE
    assert hidden.shown(f"role {made}") == "role ${env:ROLE}"
    assert hidden.real(made.rpartition("/")[2]) == "deploy-s3cret"
    assert hidden.shown(made.rpartition("/")[2]) == "${env:ROLE}"


def test_what_is_made_of_a_hidden_text_is_hidden() -> None:
    made = hidden.through(str.upper, hidden.hide("s3cret-value", "${env:A}"))

    assert hidden.real(made) == "S3CRET-VALUE"
    assert hidden.shown(made) == "${env:A}"


def test_an_error_is_shown_as_people_may_see_it() -> None:
    made = hidden.hide("s3cret-value", "${env:A}")

    error = UsageError(f"no stack {made}", help=f"make {made}")

    assert (error.message, error.help) == ("no stack ${env:A}", "make ${env:A}")
    assert str(error) == "no stack ${env:A}"


def test_every_text_of_a_value_is_reached() -> None:
    made = hidden.hide("s3cret-value", "${env:A}")
    value = {made: [(made, 1), frozenset({made})], "at": ParameterNamed(HERE, made)}

    assert hidden.every(hidden.real, value) == {
        "s3cret-value": [("s3cret-value", 1), frozenset({"s3cret-value"})],
        "at": ParameterNamed(HERE, "s3cret-value"),
    }
    plain = {"a": [1, "b"]}
    assert hidden.every(hidden.real, plain) is plain


# --- what AWS answers ----------------------------------------------------------------


def veil(*texts: str, written: tuple[str, ...] = ()) -> Veil:
    made = Veil()
    made.learn(texts, written)
    return made


def test_an_answer_holds_the_stand_in_of_what_it_was_asked_for() -> None:
    name = f"t-{hidden.hide('7', '${env:N}')}"
    question = ResourceNamed(HERE, "AWS::DynamoDB::Table", (("TableName", name),))
    answer = Present(NamedResource("t-7", "arn:aws:dynamodb:eu:1:table/t-7"))

    seen = veil(name).conceal(answer, question)

    assert seen == Present(NamedResource(name, f"arn:aws:dynamodb:eu:1:table/{name}"))


def test_why_there_is_no_answer_is_concealed_too() -> None:
    name = hidden.hide("s3cret-value", "${env:A}")
    question = ParameterNamed(HERE, name)
    answer = Unknown(UnknownKind.DENIED, "no access to 's3cret-value'")

    assert veil(name).conceal(answer, question).reason == f"no access to {name!r}"


def test_another_name_is_not_taken_for_a_hidden_one() -> None:
    name = hidden.hide("orders", "${env:A}")

    seen = veil(name).conceal(("orders", "orders-billing", "role/orders"))

    assert seen == (name, "orders-billing", f"role/{name}")


def test_what_the_template_says_in_clear_stays_so_elsewhere() -> None:
    name = hidden.hide("orders", "${env:A}")

    assert veil(name, written=("orders",)).conceal(("orders",)) == ("orders",)


def test_a_long_value_is_found_within_words_when_a_report_leaves() -> None:
    name = f"x-{hidden.hide('s3cretvalue', '${env:A}')}"

    told = veil(name).shown(("prefixs3cretvalue", "x-s3cretvalue"))

    assert told == ("prefix${env:A}", "x-${env:A}")


@pytest.mark.parametrize(
    ("before", "after"),
    [("x-s3cretvalue", "x-${env:A}"), ("x-earlier", "x-${env:A} (another value)")],
)
def test_what_was_deployed_in_a_hidden_place_is_hidden(before: str, after: str) -> None:
    name = f"x-{hidden.hide('s3cretvalue', '${env:A}')}"

    seen = hidden.like({"Name": [before]}, {"Name": [name]})["Name"][0]

    assert (hidden.real(seen), hidden.shown(seen)) == (before, after)
    assert (seen == name) == (before == hidden.real(name))
