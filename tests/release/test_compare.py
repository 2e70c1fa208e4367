"""What tells two releases apart, and what does not."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from release import recorded
from release.recorded import live, snapshot

from flowguard.model.questions import Unknown, UnknownKind
from flowguard.model.snapshot import Artifact as Stored
from flowguard.model.snapshot import StackParameter
from flowguard.release import Artifact, Likeness, Live, LocalRelease, Match, compare
from flowguard.release.difference import looks_the_same
from flowguard.release.ignored import IGNORED
from flowguard.release.references import UPLOADED

EQUAL, DIFFERENT, UNKNOWN = Likeness.EQUAL, Likeness.DIFFERENT, Likeness.UNKNOWN
DOCS = Path(__file__).parents[2] / "docs/rollback.md"
DIGEST = "0123456789abcdef" * 2


def template(
    kind: str = "AWS::SQS::Queue",
    *,
    more: Mapping[str, Any] | None = None,
    **properties: Any,
) -> dict[str, Any]:
    """One resource, and what else there is."""
    resource = {"Type": kind, "Properties": properties}
    return {"Resources": {"Thing": resource}, **(more or {})}


def match(
    mine: dict[str, Any], theirs: dict[str, Any] | None = None, **known: Any
) -> Match:
    """Held against the same, where no other is named."""
    return compare(
        LocalRelease("template.yaml", mine),
        live(mine if theirs is None else theirs, **known),
    )


# --- files ----------------------------------------------------------------------------


def key(name: str, **more: Any) -> dict[str, Any]:
    """Where code lies."""
    return {"S3Bucket": "code", "S3Key": name, **more}


@pytest.mark.parametrize(
    ("code", "likeness"),
    [
        ({"ZipFile": "def handler(e, c): return 1"}, EQUAL),
        (key(f"pre/{DIGEST}"), EQUAL),
        (key(f"{DIGEST}{DIGEST}.zip"), EQUAL),
        (key(f"app-{DIGEST}01234567.zip"), EQUAL),
        (key("app.zip", S3ObjectVersion="v7"), EQUAL),
        (
            {
                "ImageUri": f"1.dkr.ecr.eu-central-1.amazonaws.com/app@sha256:{DIGEST * 2}"
            },
            EQUAL,
        ),
        (
            {
                "ImageUri": {
                    "Fn::Sub": f"${{AWS::AccountId}}.dkr.ecr.x/app:{DIGEST * 2}"
                }
            },
            EQUAL,
        ),
        (
            {"ImageUri": "1.dkr.ecr.eu-central-1.amazonaws.com/app:fn-0123456789ab-v1"},
            EQUAL,
        ),
        (key("app.zip"), UNKNOWN),
        (key(f"{DIGEST}/app.zip"), UNKNOWN),
        (key("releases/1.2.3.zip"), UNKNOWN),
        (key("app.zip", S3ObjectVersion=""), UNKNOWN),
        (key("app.zip", S3ObjectVersion={"Ref": "Version"}), UNKNOWN),
        ({"S3Bucket": "code", "S3Key": {"Ref": "Key"}}, UNKNOWN),
        ({"S3Bucket": "code", "S3Key": {"Fn::Sub": f"{DIGEST}${{More}}"}}, UNKNOWN),
        ({"ImageUri": "1.dkr.ecr.eu-central-1.amazonaws.com/app:latest"}, UNKNOWN),
        ({"Fn::If": ["New", key(DIGEST), key(DIGEST)]}, UNKNOWN),
        ({}, UNKNOWN),
    ],
)
def test_code_is_equal_only_where_its_name_can_mean_one_content(
    code: dict[str, Any], likeness: Likeness
) -> None:
    assert match(template("AWS::Lambda::Function", Code=code)).likeness is likeness


@pytest.mark.parametrize("kind", sorted(UPLOADED))
def test_no_type_whose_file_is_elsewhere_is_equal_without_it(kind: str) -> None:
    """What is uploaded under a fixed name tells nothing."""
    [path, *_] = UPLOADED[kind]
    mine: Any = "s3://bucket/fixed.zip"
    for step in reversed(path.split(".")):
        mine = {step.replace("*", "Any"): mine}

    found = match({"Resources": {"Thing": {"Type": kind, "Properties": mine}}})

    assert found.likeness is UNKNOWN
    assert "Thing" in found.not_compared[0]


@pytest.mark.parametrize("kind", ["AWS::Lambda::Function", "AWS::Lambda::LayerVersion"])
def test_another_bucket_is_another_file(kind: str) -> None:
    name = "Code" if "Function" in kind else "Content"
    mine, theirs = template(kind), template(kind)
    mine["Resources"]["Thing"]["Properties"][name] = key(DIGEST)
    theirs["Resources"]["Thing"]["Properties"][name] = key(DIGEST) | {"S3Bucket": "b"}

    assert match(mine, theirs).likeness is DIFFERENT


def test_code_within_a_loop_is_looked_at() -> None:
    def loop(name: str) -> dict[str, Any]:
        function = {"Type": "AWS::Lambda::Function", "Properties": {"Code": key(name)}}
        body = {"Fn::ForEach::Each": ["Name", ["a", "b"], {"Fn${Name}": function}]}
        return {"Transform": "AWS::LanguageExtensions", "Resources": body}

    assert match(loop(DIGEST)).likeness is EQUAL
    assert match(loop("app.zip")).likeness is UNKNOWN
    assert match(loop(DIGEST), loop("app.zip")).likeness is DIFFERENT


def test_code_that_its_condition_leaves_out_needs_no_proof() -> None:
    mine = template("AWS::Lambda::Function", Code=key("app.zip"))
    mine["Resources"]["Thing"]["Condition"] = "Never"

    assert match(mine, resources=()).likeness is EQUAL
    there = (("Thing", "AWS::Lambda::Function", "thing"),)
    assert match(mine, resources=there).likeness is UNKNOWN
    gap = {"resources": Unknown(UnknownKind.DENIED, "denied")}
    assert match(mine, unknown=gap).likeness is UNKNOWN


def test_what_aws_did_not_tell_is_said() -> None:
    gap = {"functions:Thing": Unknown(UnknownKind.THROTTLED, "slow down")}
    mine = template("AWS::Lambda::Function", Code=key("app.zip"))

    found = match(mine, unknown=gap)

    assert found.not_compared == ("code of Thing: AWS did not tell what Lambda runs",)


def test_a_layer_is_known_by_what_lies_under_its_packages_key() -> None:
    """Not under a key that is written again: it may have come there afterwards."""
    etag = "5d41402abc4b2a76b9719d911017c592"

    def layer(name: str) -> dict[str, Any]:
        return template("AWS::Lambda::LayerVersion", Content=key(name))

    def found(mine: str, theirs: str) -> Match:
        local = LocalRelease(
            "x", layer(mine), (Artifact("Thing", "Content", names=(etag,)),)
        )
        stored = Stored("Thing", f"s3://code/{theirs}", digest=etag)
        return compare(local, live(layer(theirs), artifacts=(stored,)))

    old, new = (f"serverless/s/dev/{t}/l.zip" for t in (recorded.TIME, recorded.LATER))
    assert found(new, old).likeness is EQUAL
    assert found("layer.zip", "layer.zip").likeness is UNKNOWN


def test_a_digest_that_somebody_wrote_by_hand_proves_nothing() -> None:
    """A version's CodeSha256 is checked when it is made, and may be years old."""
    mine = template("AWS::Lambda::Function", Code=key("app.zip"))
    mine["Resources"]["V1"] = {
        "Type": "AWS::Lambda::Version",
        "Properties": {"FunctionName": {"Ref": "Thing"}, "CodeSha256": "YQ=="},
    }

    assert match(mine).likeness is UNKNOWN


# --- transforms -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("transform", "likeness"),
    [
        ("AWS::LanguageExtensions", EQUAL),
        (["AWS::LanguageExtensions", "AWS::Serverless-2016-10-31"], EQUAL),
        (
            {"Name": "AWS::Include", "Parameters": {"Location": f"s3://b/{DIGEST}"}},
            EQUAL,
        ),
        (
            {"Name": "AWS::Include", "Parameters": {"Location": "s3://b/x.yaml"}},
            UNKNOWN,
        ),
        ("Explode", UNKNOWN),
        (["AWS::LanguageExtensions", "Company::Tags"], UNKNOWN),
        ({"Name": "Company::Tags"}, UNKNOWN),
    ],
)
def test_what_a_transform_makes_must_be_in_the_template(
    transform: Any, likeness: Likeness
) -> None:
    assert match(template(more={"Transform": transform})).likeness is likeness
    if isinstance(transform, dict):
        within: dict[str, Any] = {"Fn::Transform": transform}
        assert match(template(**within)).likeness is likeness


def test_a_property_that_is_called_transform_is_none() -> None:
    assert (
        match(template("AWS::Glue::MLTransform", Transform="Explode")).likeness is EQUAL
    )


def test_a_release_that_is_expanded_is_held_against_the_expanded_template() -> None:
    mine = LocalRelease("x", template(Made="yes"), expanded=True)
    there = Live(json.dumps(template()), json.dumps(template(Made="yes")), snapshot())

    assert compare(mine, there).likeness is EQUAL
    assert compare(replace(mine, expanded=False), there).likeness is DIFFERENT


# --- letters --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mine", "shown", "same"),
    [
        ("grüß", "gr??", True),
        ("grüß?", "gr???", True),
        ("?ü?", "???", True),
        ("naïve 🎉!", "na?ve ??!", True),
        ("naïve 🎉!", "na?ve ?!", True),
        ("a\nü", "a\n?", True),
        ("grüß", "gr?", False),
        ("grüß", "gr????", False),
        ("grüß", "Gr??", False),
        ("what?", "what?", False),
        ("what?", "what!", False),
        ("🎉" * 60, "?" * 90 + "x", False),
        ("🎉?" * 60, "?" * 150, True),
    ],
)
def test_letters_as_aws_shows_them(mine: str, shown: str, same: bool) -> None:
    assert looks_the_same(mine, shown) is same


@pytest.mark.parametrize(
    ("mine", "likeness"),
    [
        (template(more={"Description": "für alle"}), EQUAL),
        (template(more={"Metadata": {"Team": "Müller"}}), EQUAL),
        (
            template(more={"Outputs": {"A": {"Value": "1", "Description": "für"}}}),
            EQUAL,
        ),
        (template(more={"Outputs": {"A": {"Value": "für"}}}), UNKNOWN),
        (template(Greeting="für"), UNKNOWN),
        (template("AWS::Lambda::Function", Code={"ZipFile": "# für"}), UNKNOWN),
        (
            template("AWS::Lambda::Function", Description="für", Code=key(DIGEST)),
            UNKNOWN,
        ),
    ],
)
def test_a_letter_that_aws_hides_may_be_another(
    mine: dict[str, Any], likeness: Likeness
) -> None:
    shown = json.dumps(mine, ensure_ascii=False).replace("ü", "?")

    found = compare(LocalRelease("x", mine), live(shown))

    assert found.likeness is likeness
    assert found.differences == ()
    assert "AWS shows `?`" in found.not_compared[0]


# --- parameters -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "state", "likeness"),
    [
        ("prod", StackParameter("P", "prod"), EQUAL),
        ("prod", StackParameter("P", "dev"), DIFFERENT),
        ("", StackParameter("P", "x"), DIFFERENT),
        ("a, b", StackParameter("P", "a,b", "CommaDelimitedList"), EQUAL),
        ("a, b", StackParameter("P", "a,b"), DIFFERENT),
        ("a,b", StackParameter("P", "b,a", "List<Number>"), DIFFERENT),
        ("grüß", StackParameter("P", "gr??"), UNKNOWN),
        ("x", StackParameter("P", "****", no_echo=True), EQUAL),
        ("x", StackParameter("P", "****", withheld=True), EQUAL),
        ("x", None, EQUAL),
        (None, StackParameter("P", "x"), EQUAL),
    ],
)
def test_a_parameter_that_is_known_must_be_the_same(
    given: str | None, state: StackParameter | None, likeness: Likeness
) -> None:
    mine = template(more={"Parameters": {"P": {"Type": "String"}}})
    known = {} if given is None else {"P": given}
    there = live(mine)
    there = replace(
        there, state=replace(there.state, parameters=(state,) if state else ())
    )

    found = compare(LocalRelease("x", mine, parameters=known), there)

    assert found.likeness is likeness
    told = [*found.compared, *found.differences, *found.not_compared]
    assert any(text.startswith("parameter P") for text in told)


def test_a_parameter_refutes_a_stamp() -> None:
    parts = {
        "Parameters": {"P": {"Type": "String"}},
        "Metadata": {"flowguard": {"release": "3f2c9d1"}},
    }
    mine = LocalRelease("x", template(more=parts), parameters={"P": "prod"})

    assert compare(mine, live(template(more=parts), parameters={"P": "dev"})) == Match(
        DIFFERENT,
        "x",
        ("stamp", "template"),
        ("parameter P has another value",),
    )


@pytest.mark.parametrize(
    ("word", "proves"),
    [
        ("3f2c9d1", True),
        ("3f2c9d1e" * 5, True),
        ("shop-1.4.2+3f2c9d1", True),
        (19462837465, True),
        ("v1", False),
        ("1.4.2", False),
        ("production", False),
        ("deadbeef", False),
        ("", False),
        (None, False),
        (["3f2c9d1"], False),
    ],
)
def test_a_stamp_that_may_stay_the_same_proves_nothing(
    word: Any, *, proves: bool
) -> None:
    more = {"Metadata": {"flowguard": {"release": word}}}

    found = match(template(more=more), template(Made="by a plugin", more=more))

    assert found.likeness is (EQUAL if proves else DIFFERENT)
    assert ("stamp" in found.compared) is proves
    if word and isinstance(word, str) and not proves:
        assert found.not_compared == ("the stamp: it names no commit",)


def test_tags_role_and_capabilities_never_refute() -> None:
    tags = (("STAGE", "prod"), ("owner", "them"))
    role = "arn:aws:iam::123456789012:role/other"

    assert (
        match(template(), tags=tags, role_arn=role, capabilities=("X",)).likeness
        is EQUAL
    )


def test_what_the_deploy_read_elsewhere_is_told() -> None:
    found = match(template(Url="{{resolve:secretsmanager:app:SecretString:url}}"))

    assert found.likeness is EQUAL
    assert "Secrets Manager" in found.not_compared[0]


# --- what is told ---------------------------------------------------------------------


def test_differences_are_named_by_path_and_counted() -> None:
    def fourteen(value: Any) -> dict[str, Any]:
        return template(**{f"P{i:02}": value for i in range(14)})

    found = match(fourteen("secret-one"), fourteen("secret-two"))

    assert found.differences[0] == "Resources.Thing.Properties.P00 differs"
    assert found.differences[-1] == "4 more"
    assert "secret" not in str(found)


def test_a_long_path_is_cut() -> None:
    long: dict[str, Any] = {"P" * 5000: "x"}

    found = match(template(), template(**long))

    assert len(found.differences[0]) < 200


def test_each_row_of_what_is_ignored_is_in_the_docs() -> None:
    text = DOCS.read_text()

    for row in IGNORED:
        assert row.path[-1].partition("*")[0].rstrip(":") in text, row
        assert row.tool in text


def test_what_is_ignored_by_type_is_compared_where_it_is_another() -> None:
    mine = template()
    mine["Resources"]["CDKMetadata"] = {"Type": "Custom::Own", "Properties": {"A": "1"}}
    theirs = copy.deepcopy(mine)
    theirs["Resources"]["CDKMetadata"]["Properties"]["A"] = "2"

    assert match(mine, theirs).likeness is DIFFERENT


def test_many_packages_in_one_template_take_no_time() -> None:
    """A hostile template: each of thousands of functions is of a package of its own."""
    resources = {
        f"F{i}": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "Code": key(f"a/{1790000000000 + i}-2026-12-01T09:48:12.315Z/b.zip")
            },
        }
        for i in range(4000)
    }

    assert match({"Resources": resources}).likeness is EQUAL
