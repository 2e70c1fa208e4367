"""Some of the checks are run, and never none."""

from collections.abc import Collection

import pytest

from flowguard.errors import ConfigError
from flowguard.smoke import spec

SUITE = spec.parse(
    """\
checks:
  health: {get: /health, tags: quick}
  login: {post: /login, save: {token: token}}
  users: {get: /users, headers: {X: "${checks.login.token}"}, tags: [users, slow]}
  seed: {post: /seed, stages: [dev, test], save: {id: id}}
  seeded: {get: "/seeds/${checks.seed.id}", tags: seeds}
""",
    "smoke.yml",
)


@pytest.mark.parametrize(
    ("stage", "tags", "names", "left"),
    [
        ("dev", [], [], "health login users seed seeded"),
        ("prod", ["quick"], [], "health"),
        (None, ["quick", "users"], [], "health login users"),
        ("dev", [], ["seed*"], "seed seeded"),
        ("prod", [], ["users"], "login users"),
        ("prod", ["slow"], ["users", "health"], "login users"),
    ],
)
def test_what_is_left(
    stage: str | None, tags: Collection[str], names: Collection[str], left: str
) -> None:
    found = spec.select(SUITE, stage=stage, tags=tags, names=names)

    assert [check.name for check in found.checks] == left.split()


@pytest.mark.parametrize(
    ("stage", "tags", "names", "message"),
    [
        ("dev", ["quik"], [], "no check with the tag 'quik' is left for the stage 'dev': nothing that is run proves nothing"),
        (None, [], ["seed"], "no check is left for a run without a stage: nothing that is run proves nothing"),
        ("dev", ["quick"], ["users"], "no check with the tag 'quick' is left for the stage 'dev': nothing that is run proves nothing"),
        ("dev", [], ["helth"], "there is no check 'helth'; did you mean 'health'?"),
        ("prod", ["seeds"], [], "the check 'seed' is not for the stage 'prod', and others need it"),
    ],
)  # fmt: skip
def test_nothing_is_never_a_pass(
    stage: str | None, tags: Collection[str], names: Collection[str], message: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        spec.select(SUITE, stage=stage, tags=tags, names=names)

    assert caught.value.message == message
    assert caught.value.location
    assert caught.value.help
