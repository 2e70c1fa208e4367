"""Causes that functions and containers have."""

from __future__ import annotations

from flowguard.rollback.reason import Cause, Reason, Retry
from flowguard.rollback.reasons.sources import GITHUB

LAMBDA: tuple[Reason, ...] = (
    Reason(
        "runtime-retired",
        r"runtime(?: parameter)? .{0,80}no longer supported",
        Cause.IRREVERSIBLE,
        "AWS creates and changes no function with this runtime any more",
        ("deploy a release with a supported runtime",),
        Retry.NEVER,
        (
            f"{GITHUB}aws-samples/webauthn-with-amazon-cognito/issues/80",
            f"{GITHUB}alestic/lambdash/issues/13",
        ),
        skip="it keeps the code and the runtime that it has now",
    ),
    Reason(
        "alias-weights",
        r"alias with weights can ?not be used with provisioned concurrency"
        r"|already included in (?:the )?routing configuration",
        Cause.BLOCKED,
        "the alias still sends a share of the traffic to another version, which does "
        "not go together with provisioned concurrency or with the version it is set to",
        (
            "stop the CodeDeploy deployment that shifts the traffic, if one does",
            (
                "take the weights off: aws lambda update-alias --function-name FUNCTION "
                "--name ALIAS --routing-config AdditionalVersionWeights={}"
            ),
            "then try again",
        ),
        Retry.MENDED,
        (
            f"{GITHUB}aws/serverless-application-model/issues/1353",
            f"{GITHUB}serverless/serverless/issues/7329",
        ),
    ),
    Reason(
        "concurrency-gone",
        r"no provisioned concurrency config found|ProvisionedConcurrencyConfigNotFound",
        Cause.BLOCKED,
        "the provisioned concurrency of the alias was taken off outside of CloudFormation",
        (
            (
                "configure provisioned concurrency on the alias again: aws lambda "
                "put-provisioned-concurrency-config"
            ),
            "then try again",
        ),
        Retry.MENDED,
        (f"{GITHUB}serverless/serverless/issues/10897",),
    ),
    Reason(
        "concurrency-reserved",
        r"UnreservedConcurrentExecution below its minimum",
        Cause.BLOCKED,
        "the account has too little concurrency left to reserve as much for the function",
        (
            "see what is left: aws lambda get-account-settings",
            "reserve less for other functions, or raise the quota of the account",
            "then try again",
        ),
        Retry.MENDED,
        (
            f"{GITHUB}awslabs/amazon-neptune-tools/issues/324",
            f"{GITHUB}aws-samples/siem-on-amazon-opensearch-service/issues/290",
        ),
    ),
    Reason(
        "version-gone",
        r"function not found: \S+:\d+(?!\d*:)",
        Cause.IRREVERSIBLE,
        "the version of the function that the template points at is deleted, and the "
        "number of a version is never given again",
        ("deploy the last good release again, which publishes a new version",),
        Retry.NEVER,
        (f"{GITHUB}lumigo-io/SAR-Lambda-Janitor/issues/58",),
        skip="it points at the version that it points at now",
    ),
    Reason(
        "edge-replica",
        r"because it is a replicated function",
        Cause.LATER,
        "CloudFront still has replicas of the function at its edges",
        (
            "take the function off every CloudFront distribution",
            "wait until CloudFront has removed the replicas",
            "then try again",
        ),
        Retry.LATER,
        (
            f"{GITHUB}silvermine/serverless-plugin-cloudfront-lambda-edge/issues/6",
            f"{GITHUB}serverless/serverless/issues/3944",
        ),
        after="some hours, often less than one",
    ),
    Reason(
        "layer-gone",
        r"layer version \S+ does not exist",
        Cause.IRREVERSIBLE,
        "the version of the layer that the template names is not there, and the number "
        "of a version is never given again",
        ("deploy a release with a layer that exists",),
        Retry.NEVER,
        (
            f"{GITHUB}panther-labs/panther/issues/2578",
            f"{GITHUB}aws-amplify/amplify-cli/issues/4929",
        ),
        skip="it keeps the code and the layers that it has now",
    ),
    Reason(
        "image-gone",
        r"source image \S+ does not exist|trying to use a deleted image",
        Cause.ARTIFACT,
        "the container image that the template names is not in its repository",
        (
            "push that very image, under the tag and digest that the template names",
            (
                "keep images as long as a release may be taken back: see the lifecycle "
                "policy of the repository"
            ),
            "then try again",
        ),
        Retry.MENDED,
        (
            f"{GITHUB}CloudSnorkel/cdk-github-runners/pull/988",
            f"{GITHUB}aws-actions/aws-lambda-deploy/issues/68",
        ),
    ),
    Reason(
        "artifact-gone",
        r"NoSuchKey|NoSuchVersion|specified (?:key|version) does not exist",
        Cause.ARTIFACT,
        "a file that the template names is not in S3",
        (
            "bring it back where S3 keeps a version of it: the plan of a rollback does that",
            "else upload that very file under the same key",
            (
                "keep more releases: maxPreviousDeploymentArtifacts, or the lifecycle rules "
                "of the bucket"
            ),
        ),
        Retry.MENDED,
        (
            f"{GITHUB}serverless/serverless/issues/2239",
            f"{GITHUB}serverless/serverless/issues/2011",
        ),
    ),
)
CONTAINERS: tuple[Reason, ...] = (
    Reason(
        "no-capacity",
        r"do not have (?:sufficient|enough) .{0,60}capacity"
        r"|Insufficient\w*Capacity",
        Cause.LATER,
        "AWS has no free instances of this type in that Availability Zone now",
        (
            "try again after some time",
            (
                "if it stays so: name another zone or type in the next release, as these "
                "words propose"
            ),
        ),
        Retry.LATER,
        (
            f"{GITHUB}awslabs/aws-well-architected-labs/issues/210",
            f"{GITHUB}aws/eks-anywhere-build-tooling/pull/772",
            f"{GITHUB}hashicorp/terraform-provider-aws/issues/15183",
        ),
        after="minutes or hours: until AWS has capacity there again",
    ),
    Reason(
        "circuit-breaker",
        r"circuit breaker was triggered",
        Cause.BLOCKED,
        "the tasks of the service do not stay up, so that ECS gave up on it",
        (
            "see why: aws ecs describe-services, and the stopped tasks with their reasons",
            "mend that: the image, its health check, a secret, capacity in the cluster",
            "then try again",
        ),
        Retry.MENDED,
        (
            f"{GITHUB}aws/containers-roadmap/issues/1205",
            f"{GITHUB}aws/copilot-cli/issues/5586",
        ),
    ),
    Reason(
        "no-signal",
        r"received \d+ (?:success|failure) signal|unable to satisfy \d+% MinSuccessful"
        r"|failed to receive \d+ resource signal"
        r"|received \d+ conditions when expecting",
        Cause.BLOCKED,
        "the new instances did not report that they are up",
        (
            (
                "read the log of cfn-init on an instance, and whether it reaches "
                "CloudFormation at all"
            ),
            "mend what it shows, or suspend the rolling update of the group",
            "then try again",
        ),
        Retry.MENDED,
        (
            f"{GITHUB}F5Networks/f5-aws-cloudformation/issues/168",
            f"{GITHUB}buildkite/elastic-ci-stack-for-aws/issues/130",
        ),
    ),
    Reason(
        "service-not-stable",
        r"did not stabili[sz]e",
        Cause.BUSY,
        "the tasks of the service did not all start in time",
        (
            (
                "see why its tasks do not start: aws ecs describe-services, and the stopped "
                "tasks with their reasons"
            ),
            "make room for them, or mend what stops them, if it stays so",
        ),
        Retry.NOW,
        (
            f"{GITHUB}aws/amazon-ecs-agent/issues/1996",
            f"{GITHUB}convox/rack/issues/1111",
        ),
        "AWS::ECS::Service",
    ),
    Reason(
        "service-linked-role",
        r"unable to assume the service linked role",
        Cause.BUSY,
        "the role that the service makes for itself was not there yet",
        (
            (
                "if it stays so: aws iam create-service-linked-role "
                "--aws-service-name ecs.amazonaws.com"
            ),
        ),
        Retry.NOW,
        (
            f"{GITHUB}aws-samples/run-selenium-tests-at-scale-using-ecs-fargate/issues/2",
            f"{GITHUB}nathanpeck/aws-cloudformation-fargate/issues/3",
        ),
    ),
)
