"""Lambda functions, their versions and their code are kept as AWS keeps them."""

from __future__ import annotations

from typing import Any

import pytest
from demo.functions import (
    alias,
    digest,
    function,
    inline,
    invoked,
    uploaded,
    version,
    versions,
)
from demo.stacks import (
    GONE,
    cloudformation,
    create,
    events,
    queue,
    settled,
    template,
)

from flowguard.demo.controls import Controls, Fault
from flowguard.demo.server import EmbeddedAccount

pytestmark = pytest.mark.usefixtures("account")


def update(**resources: Any) -> str:
    """Update the stack `s`; the status in which it settles."""
    cloudformation().update_stack(StackName="s", TemplateBody=template(**resources))
    return settled("s")


def test_versions_rise_and_retained_ones_stay() -> None:
    kept = version(DeletionPolicy="Retain")
    create("s", template(F=function(inline("one")), V1=kept, A=alias("V1")))

    assert update(F=function(inline("two")), V2=kept, A=alias("V2")) == (
        "UPDATE_COMPLETE"
    )

    assert versions() == ["1", "2"]
    assert (invoked("1"), invoked("live")) == ("one", "two")
    assert ("V1", "DELETE_SKIPPED", "") in events("s")


def test_version_that_is_not_retained_goes() -> None:
    create("s", template(F=function(inline("one")), V1=version()))

    update(F=function(inline("two")), V2=version())

    assert versions() == ["2"]


def test_number_is_never_used_twice() -> None:
    """Not even by a function of the same name that is made later."""
    create("s", template(F=function(inline("one")), V1=version()))
    cloudformation().delete_stack(StackName="s")
    assert settled("s") == GONE

    create("s", template(F=function(inline("two")), V2=version()))

    assert versions() == ["2"]


def test_emptied_account_knows_no_numbers(account: EmbeddedAccount) -> None:
    create("s", template(F=function(inline("one")), V1=version()))
    cloudformation().delete_stack(StackName="s")
    assert settled("s") == GONE
    account.reset()

    create("s", template(F=function(inline("two")), V2=version()))

    assert versions() == ["1"]


def test_same_inline_code_has_another_digest_at_each_upload() -> None:
    create("s", template(F=function(inline("one"))))
    first = digest()

    update(F=function(inline("two")))
    update(F=function(inline("one")))

    assert invoked() == "one"
    assert digest() != first


def test_inline_code_is_not_uploaded_again_for_another_setting() -> None:
    create("s", template(F=function(inline("one"))))
    first = digest()

    update(F=function(inline("one"), Timeout=9))

    assert digest() == first


def test_archive_has_the_same_digest_again_and_is_had_by_its_version() -> None:
    one, two = uploaded("f.zip", "one"), uploaded("f.zip", "two")
    create("s", template(F=function(one)))
    first = digest()

    update(F=function(two))
    assert invoked() == "two"
    update(F=function(one))

    assert (invoked(), digest()) == ("one", first)


def test_archive_that_is_not_there_fails_the_function() -> None:
    gone = {"S3Bucket": "code", "S3Key": "gone.zip"}
    uploaded("f.zip", "one")

    assert create("s", template(F=function(gone))) == "ROLLBACK_COMPLETE"

    [reason] = [why for _, what, why in events("s") if what == "CREATE_FAILED"]
    assert "S3 Error Code: NoSuchKey" in reason


def test_rolled_back_update_restores_code_settings_and_alias(
    account: EmbeddedAccount,
) -> None:
    kept = version(DeletionPolicy="Retain")
    code = uploaded("1/f.zip", "one")
    before = function(code, Environment={"Variables": {"RELEASE": "1"}})
    create("s", template(F=before, V1=kept, A=alias("V1")))
    first = digest()
    account.control(Controls(faults=(Fault(operation="create", match="q"),)))

    assert update(
        F=function(uploaded("2/f.zip", "two"), Timeout=9),
        V2=kept,
        A=alias("V2"),
        Q=queue("q", DependsOn="A"),
    ) == ("UPDATE_ROLLBACK_COMPLETE")

    assert (invoked(), invoked("live"), digest()) == ("one", "one", first)
    assert versions() == ["1", "2"], "the retained version of the bad release stays"
