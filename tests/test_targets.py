"""The targets of flowguard.yml, expanded into the jobs of a matrix."""

from __future__ import annotations

import json
import re
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from flowguard.config import Config, json_schema, parse
from flowguard.errors import ConfigError, UsageError
from flowguard.model.places import Location
from flowguard.targets import MOST, matrix, of_stage, table
from flowguard.template.text import parse as parse_document

WHOLE = dedent("""\
    stages:
      staging: {account_id: "111111111111", region: eu-central-1}
      prod: {account_id: "222222222222", region: eu-central-1, aliases: [live]}
    targets:
      - template: services/orders/serverless.yml
        role_to_assume: arn:aws:iam::{account_id}:role/flowguard
      - name: network
        template: network.yaml
        stack_name: net-{stage}
        stage: live
        regions: [eu-central-1, us-east-1]
        parameters: {Stage: "{stage}", Json: '{"a": 1}'}
        config: network/flowguard.yml
    """)


def read(text: str) -> Config:
    """The configuration that reads `text`."""
    return parse(text, "flowguard.yml")


def names(text: str) -> list[str]:
    """What the jobs of the configuration are called."""
    return [job.name for job in read(text).jobs]


def test_stages_times_regions() -> None:
    assert names(WHOLE) == [
        "orders-staging",
        "orders-prod",
        "network-live-eu-central-1",
        "network-live-us-east-1",
    ]


def test_what_a_target_does_not_say_its_stage_says() -> None:
    staging, prod, live, _ = read(WHOLE).jobs

    assert (staging.account_id, staging.region) == ("111111111111", "eu-central-1")
    assert prod.role_to_assume == "arn:aws:iam::222222222222:role/flowguard"
    assert (live.account_id, live.stack_name) == ("222222222222", "net-live")
    assert live.parameters == (("Stage", "live"), ("Json", '{"a": 1}'))
    assert live.location == Location("flowguard.yml", 7, 5)


def test_the_schema_takes_it() -> None:
    document = parse_document(WHOLE, "flowguard.yml", version="1.2").plain()

    Draft202012Validator(json_schema()).validate(document)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("targets: [{template: t.yaml}]", ["t"]),
        ("targets: [{template: a/t.yaml}, {template: b/t.yaml}]", ["a", "b"]),
        ("targets: [{template: a/t.yaml, stage: prod}]", ["a-prod"]),
        (
            "targets: [{template: t.yaml, stack_name: orders-prod, stage: prod}]",
            ["orders-prod"],
        ),
        ("targets: [{template: t.yaml, name: x, region: eu-west-1}]", ["x"]),
        ("targets: [{template: ö ö/t.yaml, stage: a/b}]", ["a-b"]),
    ],
)
def test_a_job_has_a_name_that_a_file_can_have(text: str, expected: list[str]) -> None:
    assert names(text) == expected


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        (
            "targets: [{template: t, stage: a, stages: [b]}]",
            "1:32",
            "targets.0 has stage and stages; leave one of them",
        ),
        (
            "targets: [{template: t, region: eu-west-1, regions: [eu-west-1]}]",
            "1:33",
            "targets.0 has region and regions; leave one of them",
        ),
        (
            "stages: {prod: }\ntargets: [{template: t, stages: [prd]}]",
            "2:34",
            "there is no stage 'prd' in `stages`; did you mean 'prod'?",
        ),
        (
            "targets: [{template: t, stack_name: 'x-{stage}'}]",
            "1:37",
            "{stage} is not known; say stage",
        ),
        (
            "stages: {qa: }\ntargets: [{template: t, role_to_assume: '{account_id}'}]",
            "2:41",
            "{account_id} is not known of the stage 'qa'; say account_id",
        ),
        (
            "targets: [{template: t, stack_name: '{stge}'}]",
            "1:37",
            (
                "targets.0.stack_name is '{stge}': {stge} is none of the placeholders "
                "{stage}, {region}, {account_id}; did you mean '{stage}'?"
            ),
        ),
        (
            "targets:\n  - {template: a/t}\n  - {template: A/u}",
            "3:5",
            "two targets are called 'A'; give one of them a name",
        ),
        (
            "targets: [{templte: t, template: t}]",
            "1:12",
            "unknown key 'templte'; did you mean 'template'?",
        ),
        (
            "targets: [{template: t, regions: [Frankfurt]}]",
            "1:35",
            "targets.0.regions.0 cannot be 'Frankfurt'",
        ),
        (
            "targets: [{template: t, name: 'a b'}]",
            "1:31",
            "targets.0.name cannot be 'a b'; write it like orders",
        ),
        ("targets: [{name: x}]", "1:11", "targets.0.template"),
    ],
)
def test_a_fault_has_its_place(text: str, place: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(text)

    assert str(caught.value).startswith(f"flowguard.yml:{place}: {message}")


# --- the matrix ------------------------------------------------------------------


def test_the_matrix_is_one_line_of_text_values() -> None:
    text = matrix(read(WHOLE).jobs)
    include = json.loads(text)["include"]

    assert "\n" not in text
    assert include[2] == {
        "name": "network-live-eu-central-1",
        "template": "network.yaml",
        "stack-name": "net-live",
        "stage": "live",
        "aws-region": "eu-central-1",
        "account-id": "222222222222",
        "role-to-assume": "",
        "parameter-overrides": 'Stage=live\nJson={"a": 1}',
        "config": "network/flowguard.yml",
    }


def test_more_than_github_takes_is_an_error() -> None:
    jobs = read("targets: [{template: t}]").jobs

    assert len(json.loads(matrix(jobs * MOST))["include"]) == MOST
    with pytest.raises(UsageError, match="make 257 jobs; GitHub takes 256"):
        matrix(jobs * (MOST + 1))


@pytest.mark.parametrize(
    ("stage", "count"), [(None, 4), ("staging", 1), ("prod", 3), ("LIVE", 3)]
)
def test_a_stage_is_chosen_by_its_name_or_alias(stage: str | None, count: int) -> None:
    config = read(WHOLE)

    assert len(of_stage(config.jobs, stage, config)) == count


def test_a_stage_without_targets_is_an_error() -> None:
    config = read(WHOLE)

    with pytest.raises(UsageError, match="no target has the stage 'qa'") as caught:
        of_stage(config.jobs, "qa", config)
    assert caught.value.help == "the stages are live, prod, staging"


def test_the_table_is_for_people() -> None:
    lines = table(read(WHOLE).jobs).splitlines()

    assert lines[0].split() == [
        "name",
        "template",
        "stack",
        "stage",
        "region",
        "account",
    ]
    assert lines[1].split()[:3] == [
        "orders-staging",
        "services/orders/serverless.yml",
        "-",
    ]


# --- whatever is written -----------------------------------------------------------

CHANGE = st.tuples(
    st.integers(0, len(WHOLE)),
    st.integers(0, 12),
    st.sampled_from(
        ["", " ", "\n", ":", "- ", "{", "]", '"', "null", "1", "true", "{stage}", "a/b"]
    ),
)


@given(changes=st.lists(CHANGE, min_size=1, max_size=4))
def test_a_broken_list_is_read_or_refused_with_a_place(
    changes: list[tuple[int, int, str]],
) -> None:
    """And the jobs that are read have names of their own, fit for files."""
    text = WHOLE
    for start, length, new in changes:
        text = text[:start] + new + text[start + length :]
    result = read_or_refuse(text)

    if isinstance(result, ConfigError):
        assert result.location
        assert result.location.path == "flowguard.yml"
    else:
        found = [job.name for job in result.jobs]
        assert len({name.lower() for name in found}) == len(found)
        assert all(re.fullmatch(r"[A-Za-z0-9._-]+", name) for name in found)


def read_or_refuse(text: str) -> Config | ConfigError:
    """Read `text`, or return the error that it ends in."""
    try:
        return read(text)
    except ConfigError as error:
        return error
