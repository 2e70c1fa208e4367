"""Reports to render: one with everything, one with nothing, one hostile."""

from datetime import UTC, datetime
from textwrap import dedent

from flowguard.model.places import Location, Severity
from flowguard.model.questions import UnknownKind
from flowguard.model.results import (
    Claims,
    Coverage,
    Finding,
    NotLookedInto,
    Outcome,
    Report,
    RuleResult,
    Suppressed,
    Target,
    Unanswered,
    Verdict,
)

TEMPLATE = "infra/resources.yml"
STARTED = datetime(2026, 1, 18, 9, 30, 15, 250_000, tzinfo=UTC)

EXISTS = Finding(
    rule_id="existing-resource",
    severity=Severity.ERROR,
    message="table 'shop-staging-migrations' exists already and belongs to no stack; "
    "CloudFormation will refuse to create it",
    location=Location(TEMPLATE, 5, 18, 5, 41),
    help="adopt it with an import, never delete it:\n"
    "  aws cloudformation create-change-set --change-set-type IMPORT \\\n"
    "    --resources-to-import file://import.json",
    logical_id="MigrationsTable",
    related_locations=(("the table's key", Location(TEMPLATE, 7, 9)),),
    evidence=(("items", "17"), ("created", "2025-11-02")),
)
RETAIN = Finding(
    rule_id="stateful-without-retain",
    severity=Severity.WARNING,
    message="table has no DeletionPolicy: removing it from the template deletes its data",
    location=Location(TEMPLATE, 2, 3, 8, 1),
    help="add DeletionPolicy: Retain",
    logical_id="MigrationsTable",
)
NAMING = Finding(
    rule_id="odd-name",
    severity=Severity.INFO,
    message="service 'shop-staging-v2' has a temporary suffix and a stage in its name",
    location=Location("serverless.yml", 1, 10, 1, 25),
)

RICH = Report(
    command="preflight",
    target=Target("shop-staging", "staging", "eu-central-1", "123456789012"),
    results=(
        RuleResult(
            "existing-resource",
            Outcome.FAILED,
            findings=(EXISTS,),
            unknowns=tuple(
                Unanswered(
                    f"the table shop-staging-{name}",
                    UnknownKind.DENIED,
                    "AccessDeniedException: not authorized",
                    "dynamodb:DescribeTable",
                )
                for name in ("orders", "carts", "users", "payments")
            ),
        ),
        RuleResult(
            "stateful-without-retain",
            Outcome.FAILED,
            findings=(RETAIN,),
            suppressed=(
                Suppressed(
                    Finding(
                        "stateful-without-retain",
                        Severity.WARNING,
                        "bucket has no DeletionPolicy",
                        Location(TEMPLATE, 9, 3),
                        logical_id="ScratchBucket",
                    ),
                    "holds nothing that matters",
                ),
            ),
        ),
        RuleResult("odd-name", Outcome.FAILED, findings=(NAMING,)),
        RuleResult(
            "export-still-used",
            Outcome.INCONCLUSIVE,
            unknowns=(
                Unanswered(
                    "who imports shop-staging-api",
                    UnknownKind.THROTTLED,
                    "ThrottlingException: Rate exceeded",
                ),
                Unanswered(
                    "the owner of ${Queue.Arn}",
                    UnknownKind.KNOWN_AFTER_DEPLOY,
                    "Queue is made by this deploy",
                ),
            ),
        ),
        RuleResult("stack-state", Outcome.PASSED),
        RuleResult("same-name-twice", Outcome.PASSED),
        RuleResult(
            "missing-reference",
            Outcome.PASSED,
            unknowns=(
                Unanswered(
                    "the parameter of another account",
                    UnknownKind.UNSUPPORTED,
                    "it is in another account",
                ),
            ),
        ),
        RuleResult("hosted-zone", Outcome.CRASHED, error="KeyError: 'Name'"),
    ),
    coverage=Coverage(
        asked=25,
        answered=18,
        unknown=5,
        not_knowable=2,
        not_looked_into=(
            NotLookedInto(
                "the nested stack Network",
                "FlowGuard does not read the templates of nested stacks",
                Location(TEMPLATE, 12, 3),
            ),
        ),
    ),
    started_at=STARTED,
    duration=1.23456,
    flowguard_version="1.2.3",
    verdict=Verdict.BLOCK,
    accepted=("same-name-twice",),
    claims=Claims(
        names=(("AWS::DynamoDB::Table", "shop-staging-migrations", "MigrationsTable"),),
        exports_added=("shop-staging-api",),
        exports_removed=("shop-staging-old",),
        imports=("network-vpc",),
    ),
    sources={
        TEMPLATE: dedent("""\
            Resources:
              MigrationsTable:
                Type: AWS::DynamoDB::Table
                Properties:
                  TableName: shop-staging-migrations
                  KeySchema:
                    - AttributeName: id
                      KeyType: HASH
              ScratchBucket:
                Type: AWS::S3::Bucket
            """),
        "serverless.yml": "service: shop-staging-v2\n",
    },
)

EMPTY = Report(
    command="preflight",
    target=Target("shop", None, "eu-central-1", None),
    results=(),
    coverage=Coverage(),
    started_at=STARTED,
    duration=0.0,
    flowguard_version="1.2.3",
    verdict=Verdict.PASS,
)


def report_with(text: str, *, number: int = 1) -> Report:
    """Make a report that says `text` in every place that takes text."""
    location = Location(text, 1, 2, 1, 4)
    finding = Finding(
        rule_id=text,
        severity=Severity.ERROR,
        message=text,
        location=location,
        help=text,
        logical_id=text,
        related_locations=((text, location),),
        evidence=((text, text),),
    )
    unknowns = tuple(
        Unanswered(text, kind, text, text if kind is UnknownKind.DENIED else "")
        for kind in UnknownKind
    )
    return Report(
        command="preflight",
        target=Target(text, text, text, text),
        results=(
            RuleResult(
                text,
                Outcome.FAILED,
                (finding,) * number,
                unknowns,
                (Suppressed(finding, text),),
            ),
            RuleResult(text, Outcome.INCONCLUSIVE, unknowns=unknowns),
            RuleResult(text, Outcome.PASSED),
            RuleResult(text, Outcome.CRASHED, error=text),
        ),
        coverage=Coverage(5, 0, 3, 2, (NotLookedInto(text, text, location),)),
        started_at=STARTED,
        duration=75,
        flowguard_version="1.2.3",
        verdict=Verdict.BLOCK,
        accepted=(text,),
        claims=Claims(((text, text, text),), (text,), (text,), (text,)),
        sources={text: text},
    )
