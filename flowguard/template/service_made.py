"""Resources that an AWS service makes by itself, told by their names."""

from __future__ import annotations

_MADE: dict[str, tuple[tuple[str, str], ...]] = {
    "AWS::Athena::WorkGroup": (("=primary", "Athena"),),
    "AWS::Backup::BackupVault": (
        ("=Default", "Backup"),
        ("=aws/efs/automatic-backup-vault", "EFS"),
    ),
    "AWS::CloudWatch::Alarm": (("TargetTracking-", "Application Auto Scaling"),),
    "AWS::EC2::SecurityGroup": (("=default", "EC2"),),
    "AWS::ECS::Cluster": (("=default", "ECS"),),
    "AWS::Events::EventBus": (("=default", "EventBridge"),),
    "AWS::Events::Rule": (
        ("AutoScalingManagedRule", "Auto Scaling"),
        ("StepFunctionsGetEventsFor", "Step Functions"),
    ),
    "AWS::IAM::Role": (("AWSServiceRoleFor", "the service it is named after"),),
    "AWS::KMS::Alias": (("alias/aws/", "the service it is named after"),),
    "AWS::Logs::LogGroup": (
        ("/aws/lambda/", "Lambda"),
        ("/aws/lambda-insights", "Lambda Insights"),
        ("/aws/amazonmq/", "Amazon MQ"),
        ("/aws/apigateway/", "API Gateway"),
        ("API-Gateway-Execution-Logs_", "API Gateway"),
        ("/aws/appsync/apis/", "AppSync"),
        ("/aws/apprunner/", "App Runner"),
        ("/aws/batch/job", "Batch"),
        ("/aws/codebuild/", "CodeBuild"),
        ("/aws/containerinsights/", "Container Insights"),
        ("/aws/docdb/", "DocumentDB"),
        ("/aws/ecs/containerinsights/", "Container Insights"),
        ("/aws/eks/", "EKS"),
        ("/aws/elasticbeanstalk/", "Elastic Beanstalk"),
        ("/aws/glue/", "Glue"),
        ("/aws-glue/", "Glue"),
        ("/aws/imagebuilder/", "EC2 Image Builder"),
        ("/aws/neptune/", "Neptune"),
        ("/aws/rds/", "RDS"),
        ("/aws/sagemaker/", "SageMaker"),
        ("/aws/transfer/", "Transfer Family"),
        ("=RDSOSMetrics", "RDS"),
        ("airflow-", "MWAA"),
        ("dms-tasks-", "DMS"),
        ("sns/", "SNS"),
    ),
    "AWS::Scheduler::ScheduleGroup": (("=default", "EventBridge Scheduler"),),
    "AWS::S3::Bucket": (
        ("cf-templates-", "the CloudFormation console"),
        ("codepipeline-", "the CodePipeline console"),
        ("elasticbeanstalk-", "Elastic Beanstalk"),
    ),
}
"""By type: the beginning of a name (or, after "=", the whole) and who makes it.

`/aws/vendedlogs/` is not among them: those groups are made by who configures the
delivery, mostly the template itself.
"""


def service_made(resource_type: str, name: str) -> str | None:
    """The service that makes a resource of this name by itself, if there is one."""
    for pattern, service in _MADE.get(resource_type, ()):
        if pattern.startswith("=") and name == pattern[1:]:
            return service
        if not pattern.startswith("=") and name.startswith(pattern):
            return service
    return None
