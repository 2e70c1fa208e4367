"""The documents that expectations name: JSON Schemas, an OpenAPI document."""

from __future__ import annotations

import json
import pathlib

import pytest
from smoke.services import BASE, Service, only, said, suite

from flowguard.errors import ConfigError
from flowguard.model.exchange import Fault, Request, Response
from flowguard.model.smoke import SmokeOutcome, SmokeReport
from flowguard.smoke.runner import run

USER = {"type": "object", "required": ["name"]}
OPENAPI = {
    "openapi": "3.0.3",
    "info": {"title": "users", "version": "1"},
    "paths": {
        "/user": {
            "get": {
                "responses": {
                    "200": {
                        "description": "a user",
                        "content": {"application/json": {"schema": USER}},
                    }
                }
            }
        }
    },
}
BY_SCHEMA = "user: {get: /user, expect: {schema: schemas/user.json}}"
BY_OPENAPI = "user: {get: /user, expect: {openapi: true}}"
NAMED, NAMELESS = said(200, {"name": "Ada"}), said(200, {"id": 7})


def outcome_of(
    check: str, service: Service, folder: pathlib.Path, **rest: str
) -> SmokeOutcome:
    report: SmokeReport = run(suite(check, **rest), service.world, folder=folder)
    return report.results[0].outcome


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [(NAMED, SmokeOutcome.PASSED), (NAMELESS, SmokeOutcome.FAILED)],
)
@pytest.mark.parametrize("name", ["user.json", "user.yml"])
def test_a_schema_is_found_beside_the_spec(
    tmp_path: pathlib.Path, name: str, answer: Response, outcome: SmokeOutcome
) -> None:
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas" / name).write_text(json.dumps(USER))
    check = BY_SCHEMA.replace("user.json", name)

    assert outcome_of(check, Service(only("/user", answer)), tmp_path) is outcome


@pytest.mark.parametrize("text", [None, "[1]", "{", "[" * 100_000])
def test_a_schema_that_cannot_be_read_ends_the_run_before_it_begins(
    tmp_path: pathlib.Path, text: str | None
) -> None:
    (tmp_path / "schemas").mkdir()
    if text is not None:
        (tmp_path / "schemas" / "user.json").write_text(text)
    service = Service()
    with pytest.raises(ConfigError, match=r"JSON Schema .* cannot be read"):
        outcome_of(BY_SCHEMA, service, tmp_path)

    assert service.asked == []


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [(NAMED, SmokeOutcome.PASSED), (NAMELESS, SmokeOutcome.FAILED)],
)
def test_the_service_may_give_its_own_description(
    tmp_path: pathlib.Path, answer: Response, outcome: SmokeOutcome
) -> None:
    def answers(request: Request, now: float) -> Response | Fault | None:
        if request.url == f"{BASE}/openapi.json":
            return said(200, OPENAPI)
        return only("/user", answer)(request, now)

    found = outcome_of(
        BY_OPENAPI, Service(answers), tmp_path, openapi=f"{BASE}/openapi.json"
    )

    assert found is outcome


def test_without_its_description_nothing_was_measured(tmp_path: pathlib.Path) -> None:
    service = Service(only("/openapi.json", said(404)))
    found = outcome_of(BY_OPENAPI, service, tmp_path, openapi=f"{BASE}/openapi.json")

    assert found is SmokeOutcome.ERRORED
