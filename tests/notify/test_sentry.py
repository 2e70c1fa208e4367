"""Deploys marked in Sentry, and its issues as a gate, by a server that does as it does.

What it answers follows https://docs.sentry.io/api/releases/ and Sentry's own source
(release_deploys.py): a deploy of a release that is not there is a 404.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from report.sample_smoke import ROLLED_BACK, SMOKE
from smoke_servers.serving import Answer, Asked, serving

from flowguard.model.notifications import SentryProject
from flowguard.model.questions import Present, Unknown, UnknownKind
from flowguard.model.results import Verdict
from flowguard.notify import NotSent, Sent, notify
from flowguard.notify.sentry import Gate

SINCE = datetime(2026, 1, 18, 9, 30, tzinfo=UTC)
TOKEN = "sntrys_CANARY"
JOB = {
    "SENTRY_AUTH_TOKEN": TOKEN,
    "GITHUB_SHA": "4f2a91c0ffee",
    "GITHUB_SERVER_URL": "https://github.com",
    "GITHUB_REPOSITORY": "acme/shop",
    "GITHUB_RUN_ID": "42",
}
ROOT = "/api/0/organizations/acme/"


@dataclass
class Sentry:
    """The organization `acme`, with its releases, deploys and issues."""

    releases: dict[str, list[dict[str, object]]] = field(default_factory=dict)
    """Each with its deploys, the newest release first."""
    issues: list[dict[str, str]] = field(default_factory=list)
    queries: list[dict[str, str]] = field(default_factory=list)
    scopes: tuple[str, ...] = ("project:releases", "event:read")

    def __call__(self, asked: Asked) -> Answer:
        """Answer as Sentry's API does."""
        parts = urlsplit(asked.target)
        if asked.headers.get("authorization") != f"Bearer {TOKEN}":
            return _json(401, {"detail": "Invalid token"})
        if not parts.path.startswith(ROOT):
            return _json(404, {"detail": "The requested resource does not exist"})
        path = parts.path.removeprefix(ROOT).strip("/").split("/")
        match asked.method, [unquote(part) for part in path]:
            case "GET", ["issues"]:
                return self._found(dict(_single(parts.query)))
            case "GET", ["releases"]:
                return _json(200, [self._release(v) for v in self.releases])
            case "POST", ["releases"]:
                version = json.loads(asked.body)["version"]
                known = version in self.releases
                self.releases = {version: [], **self.releases}
                return _json(208 if known else 201, self._release(version))
            case "GET", ["releases", version] if version in self.releases:
                return _json(200, self._release(version))
            case "POST", ["releases", version, "deploys"] if version in self.releases:
                self.releases[version].insert(0, json.loads(asked.body))
                return _json(201, self.releases[version][0])
            case _:
                return _json(404, {"detail": "The requested resource does not exist"})

    def _found(self, query: dict[str, str]) -> Answer:
        self.queries.append(query)
        if "event:read" not in self.scopes:
            return _json(403, {"detail": "You do not have permission"})
        return _json(200, self.issues)

    def _release(self, version: str) -> dict[str, object]:
        deploys = self.releases[version]
        return {"version": version, "lastDeploy": deploys[0] if deploys else None}


def _json(status: int, body: object) -> Answer:
    return Answer(status, json.dumps(body).encode())


def _single(query: str) -> list[tuple[str, str]]:
    return [(name, values[0]) for name, values in parse_qs(query).items()]


@dataclass(frozen=True)
class Wanted:
    """A configuration of Sentry alone."""

    sentry: SentryProject | None
    notify: tuple[()] = ()


def project(url: str) -> SentryProject:
    """The one that the service reports to."""
    return SentryProject("acme", "shop", "${env.SENTRY_AUTH_TOKEN}", url)


# --- marks --------------------------------------------------------------------------


def test_a_deploy_is_marked() -> None:
    sentry = Sentry()
    good = replace(SMOKE, command="verify", verdict=Verdict.PASS)
    with serving(sentry) as url:
        said = notify(good, Wanted(project(url)), JOB)

    assert said == (Sent("Sentry"),)
    assert sentry.releases == {
        "4f2a91c0ffee": [
            {
                "environment": "prod",
                "projects": ["shop"],
                "url": "https://github.com/acme/shop/actions/runs/42",
                "dateStarted": "2026-01-18T09:30:15Z",
                "dateFinished": "2026-01-18T09:30:27Z",
            }
        ]
    }


def test_a_rollback_is_a_deploy_of_the_release_before() -> None:
    sentry = Sentry(
        {
            "newer-elsewhere": [{"environment": "staging"}],
            "the-good-one": [{"environment": "prod"}],
            "older": [{"environment": "prod"}],
        }
    )
    with serving(sentry) as url:
        notify(ROLLED_BACK, Wanted(project(url)), JOB)

    assert len(sentry.releases["4f2a91c0ffee"]) == 1
    back = sentry.releases["the-good-one"][0]
    assert back["name"] == "rollback of 4f2a91c0ffee"
    assert back["environment"] == "prod"


def test_a_rollback_to_what_sentry_never_saw_is_marked_all_the_same() -> None:
    sentry = Sentry()
    with serving(sentry) as url:
        notify(ROLLED_BACK, Wanted(project(url)), JOB)

    names = [deploy.get("name") for deploy in sentry.releases["4f2a91c0ffee"]]
    assert names == ["rollback of 4f2a91c0ffee", None]


def test_smoke_tests_by_themselves_are_no_deploy() -> None:
    sentry = Sentry()
    with serving(sentry) as url:
        said = notify(SMOKE, Wanted(project(url)), JOB)

    assert said == ()
    assert sentry.releases == {}


def test_a_refused_token_is_told_and_not_shown() -> None:
    with serving(Sentry()) as url:
        environment = {**JOB, "SENTRY_AUTH_TOKEN": "CANARYwrong"}
        said = notify(ROLLED_BACK, Wanted(project(url)), environment)

    assert said == (NotSent("Sentry", "the token is not valid (HTTP status 401)"),)


# --- the gate -----------------------------------------------------------------------


def test_new_issues_of_the_release_are_counted() -> None:
    sentry = Sentry({"4f2a91c0ffee": []}, [{"id": "1"}, {"id": "2"}])
    with serving(sentry) as url:
        found = Gate(project(url), JOB).new_issues(SINCE, stage="prod")

    assert found == Present(2)
    assert sentry.queries == [
        {
            "project": "-1",
            "query": 'is:unresolved project:shop firstRelease:"4f2a91c0ffee" '
            "firstSeen:>=2026-01-18T09:30:00Z",
            "limit": "100",
            "environment": "prod",
        }
    ]


def test_none_is_an_answer_too() -> None:
    with serving(Sentry({"4f2a91c0ffee": []})) as url:
        assert Gate(project(url), JOB).new_issues(SINCE) == Present(0)


def test_a_release_that_sentry_never_heard_of_is_no_evidence() -> None:
    with serving(Sentry()) as url:
        found = Gate(project(url), JOB).new_issues(SINCE)

    assert found == Unknown(
        UnknownKind.UNSUPPORTED,
        "Sentry knows no release '4f2a91c0ffee': the service must name it in its events",
    )


@pytest.mark.parametrize(
    ("environment", "scopes", "kind"),
    [
        (JOB, ("project:releases",), UnknownKind.DENIED),
        ({**JOB, "SENTRY_AUTH_TOKEN": "CANARYwrong"}, (), UnknownKind.DENIED),
        ({"GITHUB_SHA": "4f2a91c0ffee"}, (), UnknownKind.UNSUPPORTED),
    ],
)
def test_what_nobody_may_see_is_neither_good_nor_bad(
    environment: dict[str, str], scopes: tuple[str, ...], kind: UnknownKind
) -> None:
    with serving(Sentry({"4f2a91c0ffee": []}, scopes=scopes)) as url:
        found = Gate(project(url), environment).new_issues(SINCE)

    assert isinstance(found, Unknown)
    assert found.kind is kind
    assert "CANARY" not in found.reason


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (Answer(200, b"garbage"), UnknownKind.UNREACHABLE),
        (Answer(200, b'{"no": "list"}'), UnknownKind.UNREACHABLE),
        (Answer(429), UnknownKind.THROTTLED),
        (Answer(599), UnknownKind.UNREACHABLE),
    ],
)
def test_what_is_not_sentry_is_neither_good_nor_bad(
    answer: Answer, kind: UnknownKind
) -> None:
    with serving(lambda _: answer) as url:
        found = Gate(project(url), JOB).new_issues(SINCE)

    assert isinstance(found, Unknown)
    assert found.kind is kind


def test_a_redirect_takes_no_token_along() -> None:
    took: list[Asked] = []

    def take(asked: Asked) -> Answer:
        took.append(asked)
        return Answer(200, b"[]")

    with serving(take) as elsewhere:
        redirect = Answer(302, headers={"Location": elsewhere})
        with serving(lambda _: redirect) as url:
            found = Gate(project(url), JOB).new_issues(SINCE)

    assert isinstance(found, Unknown)
    assert took == []
