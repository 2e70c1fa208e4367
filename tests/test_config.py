"""flowguard.yml is read, or refused with a place and a suggestion."""

import subprocess
import sys
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from flowguard.config import PLACES, Config, Stage, json_schema, load, parse
from flowguard.engine import Policy
from flowguard.errors import ConfigError
from flowguard.model.places import Location, Severity
from flowguard.naming import Convention
from flowguard.rules import BUILTIN
from flowguard.template import SHOWN
from flowguard.template.text import parse as parse_document

RULES = [rule.id for rule in BUILTIN]
VALIDATOR = Draft202012Validator(json_schema())

WHOLE = dedent("""\
    # yaml-language-server: $schema=flowguard.schema.json
    version: 1
    service: shop-backend

    stages:
      dev:
      staging: {aliases: [stg], region: eu-central-1}
      production:
        aliases: [prod, live]
        account_id: "012345678901"

    naming:
      stack: "{service}-{stage}"
      resources: "{service}-{stage}-{name}"

    rules:
      naming-drift: off
      stack-blocked: warning
      name-taken:
        severity: info
        ignore: [LegacyTable, Scratch*]
        reason: adopted by hand

    shown: [TEAM, APP_*]
    """)


def fault(text: str) -> ConfigError:
    """Read `text` and return the error that it ends in."""
    with pytest.raises(ConfigError) as caught:
        parse(text, "flowguard.yml", rule_ids=RULES)
    return caught.value


def test_everything_that_can_be_said() -> None:
    assert parse(WHOLE, "flowguard.yml", rule_ids=RULES) == Config(
        convention=Convention(
            stack="{service}-{stage}",
            resources="{service}-{stage}-{name}",
            service="shop-backend",
            stages=(
                ("dev", ()),
                ("staging", ("stg",)),
                ("production", ("prod", "live")),
            ),
        ),
        stages=(
            Stage("dev"),
            Stage("staging", ("stg",), region="eu-central-1"),
            Stage(
                "production",
                ("prod", "live"),
                account_id="012345678901",
            ),
        ),
        rules_off=frozenset({"naming-drift"}),
        policies={
            "stack-blocked": Policy(Severity.WARNING),
            "name-taken": Policy(
                Severity.INFO, ("LegacyTable", "Scratch*"), "adopted by hand"
            ),
        },
        shown=(*SHOWN, "TEAM", "APP_*"),
    )


@pytest.mark.parametrize(
    "text",
    ["", "# nothing\n\n---\n", "stages:\nnaming:\nrules:\n", "{}"],
    ids=["empty", "comments", "empty sections", "an empty mapping"],
)
def test_nothing_said_is_the_defaults(text: str) -> None:
    assert parse(text, "flowguard.yml") == Config()


def test_no_file_is_the_defaults(tmp_path: Path) -> None:
    assert load(None, tmp_path) == Config()


@pytest.mark.parametrize("name", PLACES)
def test_the_file_is_found(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("service: shop")

    assert load(None, tmp_path).convention.service == "shop"


def test_a_file_that_is_named_is_read(tmp_path: Path) -> None:
    path = tmp_path / "other" / "mine.yml"
    path.parent.mkdir()
    path.write_text("servce: shop")

    with pytest.raises(ConfigError) as caught:
        load(path, tmp_path)

    assert caught.value.location == Location("other/mine.yml", 1, 1, 1, 7)


def test_a_file_that_is_named_and_missing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"cannot read .*no\.yml: No such file"):
        load(tmp_path / "no.yml", tmp_path)


def test_a_file_that_is_no_text_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "flowguard.yml").write_bytes(b"a: 1\nb: \xff\n")

    with pytest.raises(ConfigError, match=r"^flowguard.yml:2:1: the text is not UTF-8"):
        load(None, tmp_path)


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("stagse: {}", "1:1", "unknown key 'stagse'; did you mean 'stages'?"),
        ("smok: {}", "1:1", "unknown key 'smok'; did you mean 'smoke'?"),
        ("smoke: 3", "1:8", "smoke must be a mapping, or the path of a file"),
        ("smoke: {}", "1:8", "smoke must be a mapping, or the path of a file"),
        (
            "stages:\n  prod:\n    alias: [live]",
            "3:5",
            "unknown key 'alias'; did you mean 'aliases'?",
        ),
        (
            "naming: {stak: x}",
            "1:10",
            "unknown key 'stak'; did you mean 'stack'?",
        ),
        (
            "rules:\n  name-taken: {sevrity: info}",
            "2:16",
            "unknown key 'sevrity'; did you mean 'severity'?",
        ),
        (
            "rules:\n  name-takn: off",
            "2:3",
            "there is no rule 'name-takn'; did you mean 'name-taken'?",
        ),
        (
            "rules:\n  name-taken: wran",
            "2:15",
            (
                "rules.name-taken is 'wran', not 'off', 'info', 'warning' or 'error'; "
                "did you mean 'warning'?"
            ),
        ),
        (
            "rules: {name-taken: [x]}",
            "1:21",
            "rules.name-taken must be a severity or a mapping, not ['x']",
        ),
        (
            "rules: {name-taken: {ignore: Legacy}}",
            "1:30",
            "rules.name-taken.ignore must be a list, not 'Legacy'",
        ),
        (
            "stages: {prod: {account_id: 123456789012}}",
            "1:29",
            "stages.prod.account_id must be text, not 123456789012; put it in quotes",
        ),
        (
            "stages: {prod: {region: frankfurt}}",
            "1:25",
            "stages.prod.region cannot be 'frankfurt'; write it like eu-central-1",
        ),
        (
            "naming: {stack: '{service}-{stage'}",
            "1:17",
            "naming.stack is '{service}-{stage': a brace has no other half",
        ),
        ("stages: [prod]", "1:9", "stages must be a mapping, not ['prod']"),
        (
            "stages: {prod: {aliases: [live, 5]}}",
            "1:33",
            "stages.prod.aliases.1 must be text, not 5; put it in quotes",
        ),
        (
            "stages: {prod: {aliases: [live]}, live: }",
            "1:27",
            "'live' is a name of the stage 'live' already",
        ),
        (
            "naming: {stack: '{service}-{stge}'}",
            "1:17",
            (
                "naming.stack is '{service}-{stge}': {stge} is none of the "
                "placeholders {service}, {stage}; did you mean '{stage}'?"
            ),
        ),
        (
            "shown: [DB_PASSWORD]",
            "1:9",
            "shown.0 is 'DB_PASSWORD': is called as a secret is",
        ),
        (
            "shown: ['*']",
            "1:9",
            "shown.0 is '*': must say more of the names than wildcards do",
        ),
        (
            "shown: [a-b]",
            "1:9",
            "shown.0 is 'a-b': must be the name of a variable, or a pattern of names",
        ),
        ("version: 2", "1:10", "version cannot be 2; write it like 1"),
        ("- stages", "1:1", "flowguard.yml must be a mapping, not ['stages']"),
        ("a: 1\na: 2", "2:1", "the key 'a' is written twice"),
    ],
)
def test_a_fault_has_its_place_and_a_suggestion(
    text: str, place: str, message: str
) -> None:
    assert str(fault(text)) == f"flowguard.yml:{place}: {message}"


def test_broken_yaml_has_a_place() -> None:
    assert str(fault("stages:\n  prod: [\n")).startswith("flowguard.yml:3:1: ")


def test_all_faults_are_told_at_once() -> None:
    error = fault("stagse: {}\nservice: 5\nrules: {no-rule-at-all: off}")

    assert error.message == "unknown key 'stagse'; did you mean 'stages'?"
    assert error.help.splitlines()[1:] == [
        "2 more to mend:",
        "  flowguard.yml:2:10: service must be text, not 5; put it in quotes",
        "  flowguard.yml:3:9: there is no rule 'no-rule-at-all'",
    ]


def test_any_rule_may_be_named_where_none_are_known() -> None:
    config = parse("rules: {mine: off}", "flowguard.yml")

    assert config.rules_off == {"mine"}


@pytest.mark.parametrize(
    ("word", "stage"),
    [
        ("production", "production"),
        ("prod", "production"),
        ("LIVE", "production"),
        ("stg", "staging"),
        ("qa", None),
        (None, None),
    ],
)
def test_a_stage_is_known_by_its_aliases(word: str | None, stage: str | None) -> None:
    found = parse(WHOLE, "flowguard.yml").stage(word)

    assert (found.name if found else None) == stage


# --- the schema ----------------------------------------------------------------


def plain(text: str) -> Any:
    """Read `text` as an editor does."""
    return parse_document(text, "flowguard.yml", version="1.2").plain()


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(json_schema())
    VALIDATOR.validate(plain(WHOLE))


def test_the_schema_names_the_rules() -> None:
    assert VALIDATOR.is_valid({"rules": {"name-taken": "off"}})
    assert not VALIDATOR.is_valid({"rules": {"no-rule": "off"}})


def test_the_schema_describes_every_key() -> None:
    schema = json_schema()
    sections = [schema, *schema["$defs"].values()]
    undescribed = [
        key
        for section in sections
        for key, field in section["properties"].items()
        if not field.get("description")
    ]

    assert not undescribed


CHANGE = st.tuples(
    st.integers(0, len(WHOLE)),
    st.integers(0, 12),
    st.sampled_from(["", " ", "\n", ":", "- ", "{", "]", '"', "&a", "*a", "!x ", "\0"])
    | st.sampled_from(
        ["null", "1", "true", "yes", ".inf", "off", "<<: ", "? ", "é\ud800"]
    )
    | st.text(max_size=4),
)


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """Break a good file in a few places."""
    text = WHOLE
    for start, length, new in draw(st.lists(CHANGE, min_size=1, max_size=4)):
        text = text[:start] + new + text[start + length :]
    return text


def read(text: str) -> Config | ConfigError:
    """Read `text`, or return the error that it ends in."""
    try:
        return parse(text, "flowguard.yml", rule_ids=RULES)
    except ConfigError as error:
        return error


@given(text=mutated())
@example(text=WHOLE.replace("version: 1", "version: true"))
@example(text=WHOLE.replace("version: 1", "version: 1.0"))
@example(text="&a {stages: *a}")
def test_a_broken_file_is_read_or_refused_with_a_place(text: str) -> None:
    """And what is read, the schema accepts."""
    result = read(text)

    if isinstance(result, ConfigError):
        assert result.location
        assert result.location.path == "flowguard.yml"
        assert result.help
    else:
        assert result == Config() or VALIDATOR.is_valid(plain(text))


def test_the_schema_library_is_loaded_when_a_file_is_read() -> None:
    code = "import sys, flowguard.config; print('pydantic' in sys.modules)"
    child = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    )

    assert child.stdout.strip() == "False"
