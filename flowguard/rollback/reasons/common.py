"""Causes that every service has, and those of custom resources."""

from __future__ import annotations

from flowguard.rollback.reason import Cause, Reason, Retry
from flowguard.rollback.reasons.sources import COVERAGE, GITHUB

CUSTOM_TYPES = r"Custom::.*|AWS::CloudFormation::CustomResource"

NO_ANSWER = Reason(
    "custom-no-answer",
    r"custom resource failed to stabili[sz]e in expected time"
    r"|did not receive a response from your custom resource",
    Cause.CUSTOM,
    "the function behind the custom resource gave no answer in time, an hour by default",
    (
        "read the log of that function: it crashed, timed out, or cannot reach S3",
        "find out what it has done already: continuing runs it again",
        "mend the function, then try again",
    ),
    Retry.MENDED,
    (
        f"{GITHUB}aws/aws-cdk/issues/2126",
        f"{GITHUB}aws/aws-cdk/issues/18746",
        f"{GITHUB}aws-samples/serverless-webapp-mono-repo-ci-cd-java/issues/166",
    ),
    CUSTOM_TYPES,
    skip="what its function has done stays done",
)
CUSTOM_SAYS = Reason(
    "custom-failed",
    r"received response status \[?failed\]? from custom resource",
    Cause.CUSTOM,
    "the function behind the custom resource reported a failure; its words are its own "
    "and not AWS's, and decide nothing",
    (
        "read the log of that function, and find out what it has done already",
        "mend what it ran into; continuing runs it again",
        "let it run again only if a second run of it does no harm",
    ),
    Retry.MENDED,
    (
        f"{GITHUB}aws-samples/bedrock-chat/issues/857",
        f"{GITHUB}aws-cloudformation/custom-resource-helper/issues/70",
    ),
    skip="what its function has done stays done",
)
"""What any reason of a custom resource stands for that is not AWS's own."""

EVERYWHERE: tuple[Reason, ...] = (
    Reason(
        "credentials-expired",
        r"ExpiredToken|security token included in the request is expired"
        r"|token (?:has|is) expired",
        Cause.CREDENTIALS,
        "the credentials that CloudFormation worked with expired while it did; a stack "
        "without a service role works with those of whoever began the operation",
        (
            "sign in again, and go on",
            "give the stack a service role (--role-arn), or the session more time",
        ),
        Retry.NOW,
        (
            f"{GITHUB}aws-samples/aws-saas-factory-ref-solution-serverless-saas/issues/26",
            f"{GITHUB}eksctl-io/eksctl/issues/5968",
        ),
    ),
    Reason(
        "role-unusable",
        r"is invalid or cannot be assumed|cannot be assumed",
        Cause.ACCESS,
        "the role that CloudFormation works with is deleted, or does not trust it",
        (
            (
                "make the role again under the same name, trusting cloudformation.amazonaws"
                ".com; or name another one with --role-arn"
            ),
            "then try again",
        ),
        Retry.MENDED,
        (
            f"{GITHUB}aws/aws-cdk/issues/10116",
            f"{GITHUB}awslabs/route53-dynamic-dns-with-lambda/issues/55",
        ),
    ),
    Reason(
        "access-denied",
        r"access ?denied|not authorized|unauthorized|UnrecognizedClient"
        r"|permissions error|add required .{0,40}permissions"
        r"|security token included in the request is invalid",
        Cause.ACCESS,
        "whoever CloudFormation works for may not do this, or no longer",
        (
            "give the right that these words name; or name another role with --role-arn",
            "then try again",
        ),
        Retry.MENDED,
        (
            f"{GITHUB}jenseickmeyer/github-commit-status-bot/issues/3",
            f"{GITHUB}aws-quickstart/quickstart-dotnetcore-cicd/issues/21",
        ),
    ),
    Reason(
        "throttled",
        r"throttl|rate exceeded|too ?many ?requests|request limit exceeded"
        r"|RequestLimitExceeded|SlowDown",
        Cause.BUSY,
        "AWS was asked too much at once",
        ("let fewer stacks move at a time, if it stays so",),
        Retry.NOW,
        (
            f"{GITHUB}aws/aws-cdk/issues/9882",
            f"{COVERAGE}573",
        ),
    ),
    Reason(
        "quota",
        r"Limits?Exceeded|limit (?:has been )?exceeded"
        r"|maximum number of .{0,100}reached|ServiceQuotaExceeded"
        r"|exceed(?:s|ed|ing)? .{0,60}(?:quota|limit)",
        Cause.BLOCKED,
        "a quota of the account is used up",
        (
            (
                "delete what nobody needs, or raise the quota: aws service-quotas "
                "request-service-quota-increase"
            ),
            "then try again",
        ),
        Retry.MENDED,
        (
            f"{GITHUB}aws-samples/open-on-demand-on-aws/issues/14",
            f"{GITHUB}aws-solutions/aws-waf-security-automations/issues/194",
        ),
    ),
    Reason(
        "log-group-exists",
        r"already exists",
        Cause.BLOCKED,
        "a log group of that name is there already: Lambda makes one by itself at the "
        "first call",
        (
            (
                "save its logs if somebody needs them; then delete it by hand, or import it "
                "into the stack"
            ),
            "then try again",
        ),
        Retry.MENDED,
        (
            f"{GITHUB}serverless/serverless/issues/3237",
            f"{GITHUB}serverless/serverless/issues/3168",
        ),
        "AWS::Logs::LogGroup",
    ),
    Reason(
        "exists-already",
        r"already exists|AlreadyExists",
        Cause.BLOCKED,
        "something of that name is there already, outside of this stack",
        (
            "find out whose it is; what holds data is not to be deleted",
            "import it into the stack, rename it, or delete it",
            "then try again",
        ),
        Retry.MENDED,
        (
            f"{GITHUB}serverless/serverless/issues/3237",
            f"{GITHUB}ministackorg/ministack/issues/1416",
        ),
    ),
    Reason(
        "not-stable",
        r"(?:not|failed to) stabili[sz]e|NotStabilized|exceeded attempts to wait"
        r"|timed out waiting",
        Cause.BUSY,
        "the resource took longer than CloudFormation waits",
        (
            "see in its own service whether it still works on the change, and why",
            "if it never comes to an end: mend that first",
        ),
        Retry.NOW,
        (
            f"{COVERAGE}125",
            f"{GITHUB}aws-samples/aws-modern-application-workshop/issues/120",
            f"{GITHUB}aws-cloudformation/cloudformation-cli-java-plugin/issues/210",
        ),
    ),
    Reason(
        "conflict",
        r"being (?:created|updated|deleted)|ResourceConflict|backfill"
        r"|concurrent update operation|(?:not|must be) in (?:an? )?available state"
        r"|(?:isn't|is not) available (?:for modification|to be modified)"
        r"|(?:update|operation) is (?:already )?in progress",
        Cause.BUSY,
        "another change of the same resource is not over yet",
        ("see who changes it beside the stack, if it stays so",),
        Retry.NOW,
        (
            f"{GITHUB}serverless/serverless/issues/4964",
            f"{GITHUB}aws/copilot-cli/issues/5296",
            f"{GITHUB}umotif-public/terraform-aws-elasticache-redis/issues/54",
        ),
    ),
    Reason(
        "handler-failure",
        r"internal ?failure|InternalFailure|service ?unavailable|ServiceInternalError",
        Cause.BUSY,
        "AWS failed, and does not say at what",
        ("ask AWS Support with the request token of these words, if it stays so",),
        Retry.NOW,
        (f"{COVERAGE}1240",),
    ),
)

GONE = Reason(
    "deleted-outside",
    r"does(?: not|n't) exist|(?:not|cannot be) found|NotFound|NonExistent",
    Cause.GONE,
    "the resource was deleted outside of CloudFormation",
    (
        "make it again, with the same name and properties",
        "then try again",
    ),
    Retry.MENDED,
    (
        f"{GITHUB}lumigo-io/SAR-Lambda-Janitor/issues/58",
        f"{GITHUB}aws-cloudformation/aws-cloudformation-resource-providers-kms/pull/4",
    ),
    skip="nothing is there, and the stack believes that it is",
)
NEEDED = Reason(
    "needed-deleted-outside",
    GONE.pattern,
    Cause.BLOCKED,
    "what these words name is not there: the resource needs it, and it was deleted "
    "outside of CloudFormation, or never made",
    (
        "bring back what these words name, under the same name or id",
        "where AWS gives it another id: name that in the next release",
        "then try again",
    ),
    Retry.MENDED,
    (
        f"{GITHUB}aws-amplify/amplify-cli/issues/4929",
        f"{GITHUB}panther-labs/panther/issues/2578",
    ),
)
"""Where the words tell of something else than of the resource itself."""
LOST = Reason(
    "deleted-for-good",
    GONE.pattern,
    Cause.LOST,
    "the resource was deleted outside of CloudFormation, and AWS gives nobody its id "
    "again, so that it cannot be made again",
    ("give it another logical id in the next release, so that a new one is made",),
    Retry.NEVER,
    (
        f"{GITHUB}lumigo-io/SAR-Lambda-Janitor/issues/58",
        f"{GITHUB}aws-cloudformation/aws-cloudformation-resource-providers-kms/pull/4",
    ),
    skip="nothing is there, and the stack believes that it is",
)
DATA_GONE = Reason(
    "data-deleted-outside",
    GONE.pattern,
    Cause.DATA_GONE,
    "the resource was deleted outside of CloudFormation, with the data that it held",
    (
        "restore its data from a backup to the same name; an empty one is no way back",
        "where AWS gives it another id: restore it into a new stack, and import it",
        "then try again by hand",
    ),
    Retry.MENDED,
    (
        f"{GITHUB}lumigo-io/SAR-Lambda-Janitor/issues/58",
        f"{GITHUB}aws-cloudformation/aws-cloudformation-resource-providers-kms/pull/4",
    ),
)
UNKNOWN = Reason(
    "unknown",
    "",
    Cause.UNKNOWN,
    "these words stand in no row of the table of causes",
    ("read them in the events of the stack, and mend the cause",),
    Retry.MENDED,
    (),
)
