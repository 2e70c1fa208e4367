"""Causes that lie between resources and stacks: who uses what, and what is guarded."""

from __future__ import annotations

from flowguard.rollback.reason import Cause, Reason, Retry
from flowguard.rollback.reasons.sources import AWS, COVERAGE, GITHUB

BETWEEN_STACKS: tuple[Reason, ...] = (
    Reason(
        "export-in-use",
        r"export \S+ cannot be (?:deleted|updated) as it is in use by"
        r"|cannot (?:delete|update) export \S+ as it is in use by",
        Cause.BLOCKED,
        "another stack imports an export that would be removed or changed",
        (
            "deploy the importing stacks, which these words name, without the import",
            "aws cloudformation list-imports --export-name EXPORT lists none then",
            "then try again",
        ),
        Retry.MENDED,
        (
            f"{GITHUB}rlister/stax/issues/40",
            f"{GITHUB}linz/geostore/issues/630",
        ),
    ),
    Reason(
        "domain-name-in-use",
        r"CNAMEAlreadyExists"
        r"|CNAMEs? you provided (?:is|are) already associated with a different resource",
        Cause.BLOCKED,
        "another distribution has the domain name, maybe one of another account, or of a "
        "service that makes distributions, such as Amplify",
        (
            (
                "find it: aws cloudfront list-conflicting-aliases --distribution-id {id} "
                "--alias NAME"
            ),
            "take the name off it, with whoever it belongs to; its visitors come here then",
            "then try again",
        ),
        Retry.MENDED,
        (
            f"{GITHUB}jogold/cloudstructs/issues/169",
            f"{GITHUB}serverless-nextjs/serverless-next.js/issues/324",
            f"{GITHUB}aws-amplify/amplify-hosting/issues/1420",
        ),
    ),
    Reason(
        "alarm-trigger",
        r"went to (?:state )?ALARM|in (?:the )?ALARM state|rollback trigger",
        Cause.BLOCKED,
        "an alarm that is a rollback trigger of the stack sounded, or is not there",
        (
            "see whether the alarm tells of this deploy, or of something from before it",
            "deploy again once it is silent, or without that trigger",
        ),
        Retry.MENDED,
        (
            f"{AWS}AWSCloudFormation/latest/UserGuide/using-cfn-rollback-triggers.html",
            f"{AWS}AWSCloudFormation/latest/APIReference/API_RollbackTrigger.html",
        ),
    ),
    Reason(
        "stack-policy",
        r"denied by stack policy",
        Cause.BLOCKED,
        "the policy of the stack forbids the change of this resource",
        (
            "see what it protects: aws cloudformation get-stack-policy",
            "allow this change: aws cloudformation set-stack-policy",
            "then try again, and set the policy from before again afterwards",
        ),
        Retry.MENDED,
        (f"{AWS}AWSCloudFormation/latest/UserGuide/protect-stack-resources.html",),
    ),
    Reason(
        "termination-protection",
        r"TerminationProtection is enabled",
        Cause.BLOCKED,
        "the stack is protected from being deleted",
        (
            "make sure that it is to go, with whoever protected it",
            (
                "aws cloudformation update-termination-protection "
                "--no-enable-termination-protection --stack-name {id}"
            ),
            "then try again",
        ),
        Retry.MENDED,
        (f"{GITHUB}ekristen/aws-nuke/issues/821",),
    ),
)
DELETIONS: tuple[Reason, ...] = (
    Reason(
        "policies-attached",
        r"must (?:detach all|delete) policies first",
        Cause.BLOCKED,
        "the role, user or group has policies that are not of the stack: somebody else "
        "gave them to it",
        (
            (
                "see which; of a role: aws iam list-attached-role-policies and list-role-policies, "
                "both with --role-name {id}"
            ),
            "detach or delete those, by whoever gave them",
            "then try again",
        ),
        Retry.MENDED,
        (
            f"{GITHUB}aws-cloudformation/rain/issues/462",
            f"{GITHUB}waterbear-cloud/paco/issues/27",
            f"{GITHUB}convox/rack/issues/2672",
        ),
    ),
    Reason(
        "api-deployment-in-use",
        r"active stages pointing to this deployment",
        Cause.BLOCKED,
        "a stage of the API still serves this deployment, and API Gateway deletes none "
        "that is served",
        (
            "find it: aws apigateway get-stages --rest-api-id API --deployment-id {id}",
            "point that stage at another deployment, or delete it if nobody calls it",
            "then try again",
        ),
        Retry.MENDED,
        (
            f"{GITHUB}hashicorp/terraform/issues/22792",
            f"{GITHUB}pulumi/pulumi/issues/10662",
        ),
    ),
    Reason(
        "deletion-protection",
        r"deletion protection|protected against deletion|cannot delete protected",
        Cause.BLOCKED,
        "the resource is protected from being deleted",
        (
            "make sure that it is to go, and save what it holds",
            "switch its deletion protection off by hand",
            "then try again",
        ),
        Retry.MENDED,
        (
            f"{GITHUB}aws-cloudformation/rain/issues/187",
            f"{GITHUB}rebuy-de/aws-nuke/issues/1240",
            f"{GITHUB}aws/aws-cdk/pull/24581",
        ),
    ),
    Reason(
        "bucket-not-empty",
        r"bucket you tried to delete is not empty|BucketNotEmpty",
        Cause.BLOCKED,
        "S3 deletes no bucket that holds something",
        (
            "see what it holds: aws s3 ls s3://{id} --recursive, and its old versions",
            "save it; then empty the bucket by hand, if it is to go",
            "then try again",
        ),
        Retry.MENDED,
        (
            f"{GITHUB}F5Networks/f5-aws-cloudformation/issues/52",
            f"{GITHUB}serverless/serverless/issues/4893",
        ),
    ),
    Reason(
        "security-group-in-use",
        r"has a dependent object",
        Cause.BLOCKED,
        "something still uses the security group: a network interface, or a rule of "
        "another group",
        (
            (
                "find it: aws ec2 describe-network-interfaces "
                "--filters Name=group-id,Values={id}"
            ),
            "wait, if it is of a Lambda function: those go by themselves within the hour",
            "else delete what it belongs to, or the rule that names the group",
            "then try again",
        ),
        Retry.MENDED,
        (
            f"{GITHUB}binxio/cfn-postgresql-user-provider/issues/9",
            f"{GITHUB}aws/aws-cdk/issues/14456",
        ),
    ),
    Reason(
        "network-in-use",
        r"has dependencies and cannot be deleted|DependencyViolation",
        Cause.BLOCKED,
        "something that is not of the stack still lies in the subnet or VPC",
        (
            (
                "find it: aws ec2 describe-network-interfaces "
                "--filters Name=subnet-id,Values={id}"
            ),
            "delete what those interfaces belong to: load balancers, endpoints, functions",
            "then try again",
        ),
        Retry.MENDED,
        (
            f"{GITHUB}aws/copilot-cli/issues/5481",
            f"{GITHUB}eksctl-io/eksctl/issues/7589",
        ),
    ),
    Reason(
        "certificate-in-use",
        r"certificate .{0,300}\bin use",
        Cause.BLOCKED,
        "a load balancer, a distribution or a domain still uses the certificate; AWS "
        "takes some minutes to notice that one has gone",
        (
            "see which: aws acm describe-certificate --certificate-arn {id}, `InUseBy`",
            "take the certificate off it, and wait for some minutes",
            "then try again",
        ),
        Retry.MENDED,
        (
            f"{GITHUB}aws/aws-cdk/issues/36265",
            f"{GITHUB}amplify-education/serverless-domain-manager/issues/32",
        ),
    ),
    Reason(
        "zone-not-empty",
        r"HostedZoneNotEmpty|non-required resource record sets",
        Cause.BLOCKED,
        "the zone has records that are not of the stack, such as those that validate "
        "certificates",
        (
            "see which: aws route53 list-resource-record-sets --hosted-zone-id {id}",
            "delete those that nobody needs",
            "then try again",
        ),
        Retry.MENDED,
        (
            f"{GITHUB}rebuy-de/aws-nuke/issues/215",
            f"{COVERAGE}1603",
        ),
    ),
)
