"""What makes a resource's name its own, type by type.

AWS's schemas say what identifies a resource, and often that is generated (a
queue's URL, a rule's ARN) while a *name* must be unique all the same. `NAMES`
says which properties that is. It also has the types whose schema would do, where
the ARN or the physical id that CloudFormation records follows from the name.

`NOT_UNIQUE` are the types whose name AWS accepts twice: a like-named one is no
conflict. Sources: the API reference's "already exists" errors of each create
call, and the "Return values" of each type's page in the CloudFormation guide.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Scope(StrEnum):
    """How far a name must be unique."""

    REGION = "region"
    """In one region of an account."""
    ACCOUNT = "account"
    """In all regions of an account."""
    EVERYBODY_IN_REGION = "everybody-in-region"
    """Among all accounts, in one region."""
    EVERYBODY = "everybody"
    """Among all accounts of a partition."""


class Form(StrEnum):
    """How AWS reads what a template writes."""

    AS_WRITTEN = "as-written"
    LOWER = "lower"
    """In lower case: `Orders` and `orders` are one name."""
    LAST = "last"
    """A name, or an ARN or path that ends in "/" and the name."""
    FUNCTION = "function"
    """A Lambda function's name or ARN; a version or alias stays with the name."""
    URL = "url"
    """A URL, known to AWS without its scheme."""
    DOMAIN = "domain"
    """A DNS name: in lower case, without the final dot."""


@dataclass(frozen=True, slots=True)
class Part:
    """A property that takes part in a name."""

    path: str
    """With "/" between names."""
    default: str | None = None
    """Its value where the template says nothing; None: then there is no name."""
    form: Form = Form.AS_WRITTEN
    instead: str = ""
    """Another property that may be written in its stead."""


@dataclass(frozen=True, slots=True)
class Naming:
    """What must be unique for a type, and what follows from it.

    In `arn` and `ids`, `{partition}`, `{region}`, `{account}`, `{suffix}` (of the
    partition's domain) and each property path stand for their values;
    `{EventBusName/}` and `{EventBusName|}` for a value with what separates it, and
    for nothing where it is the default.
    """

    key: tuple[Part, ...]
    """The name itself first."""
    arn: str = ""
    """Without `arn:{partition}:`; empty where it does not follow."""
    ids: tuple[str, ...] = ()
    """The physical id, as CloudFormation records it; `{arn}` stands for `arn`."""
    ref: str | None = None
    """The property whose value `Ref` returns."""
    scope: Scope = Scope.REGION


def named(
    *key: Part | str,
    arn: str = "",
    ids: tuple[str, ...] | None = None,
    ref: str | None = None,
    scope: Scope = Scope.REGION,
) -> Naming:
    """A row of `NAMES`; its physical id is the name unless `ids` says otherwise."""
    parts = tuple(Part(part) if isinstance(part, str) else part for part in key)
    name = parts[0].path
    if ids is None:
        ids, ref = (f"{{{name}}}",), ref or name
    return Naming(parts, arn, ids, ref, scope)


def lower(path: str) -> Part:
    """A name that AWS keeps in lower case."""
    return Part(path, form=Form.LOWER)


def last(path: str, default: str | None = None) -> Part:
    """A name that may be given as an ARN."""
    return Part(path, default, Form.LAST)


def function(path: str) -> Part:
    """A Lambda function."""
    return Part(path, form=Form.FUNCTION)


ARN = ("{arn}",)
"""The physical id is the ARN, and the ARN follows from the name."""
GENERATED: tuple[str, ...] = ()
"""The physical id does not follow from the name."""
ACCOUNT, EVERYBODY = Scope.ACCOUNT, Scope.EVERYBODY
EVERYBODY_IN_REGION = Scope.EVERYBODY_IN_REGION

# fmt: off
NAMES: dict[str, Naming] = {
    "AWS::AccessAnalyzer::Analyzer": named("AnalyzerName", arn="access-analyzer:{region}:{account}:analyzer/{AnalyzerName}", ids=ARN),
    "AWS::AmazonMQ::Broker": named("BrokerName", ids=GENERATED),
    "AWS::Amplify::Branch": named("BranchName", "AppId", arn="amplify:{region}:{account}:apps/{AppId}/branches/{BranchName}", ids=ARN),
    "AWS::ApiGateway::BasePathMapping": named(Part("BasePath", "(none)"), "DomainName", ids=("{DomainName}|{BasePath}",)),
    "AWS::ApiGateway::DomainName": named(Part("DomainName", form=Form.DOMAIN), arn="apigateway:{region}::/domainnames/{DomainName}", scope=EVERYBODY_IN_REGION),
    "AWS::ApiGateway::Method": named("HttpMethod", "ResourceId", "RestApiId", ids=GENERATED),
    "AWS::ApiGateway::Resource": named("PathPart", "ParentId", "RestApiId", ids=GENERATED),
    "AWS::ApiGateway::Stage": named("StageName", "RestApiId", arn="apigateway:{region}::/restapis/{RestApiId}/stages/{StageName}", ids=GENERATED, ref="StageName"),
    "AWS::ApiGatewayV2::DomainName": named(Part("DomainName", form=Form.DOMAIN), arn="apigateway:{region}::/domainnames/{DomainName}", scope=EVERYBODY_IN_REGION),
    "AWS::ApiGatewayV2::Route": named("RouteKey", "ApiId", ids=GENERATED),
    "AWS::ApiGatewayV2::Stage": named("StageName", "ApiId", arn="apigateway:{region}::/apis/{ApiId}/stages/{StageName}", ids=GENERATED, ref="StageName"),
    "AWS::AppRunner::Service": named("ServiceName", ids=GENERATED),
    "AWS::AppSync::ChannelNamespace": named("Name", "ApiId", ids=GENERATED),
    "AWS::AppSync::DataSource": named("Name", "ApiId", arn="appsync:{region}:{account}:apis/{ApiId}/datasources/{Name}", ids=ARN),
    "AWS::AppSync::Resolver": named("FieldName", "TypeName", "ApiId", arn="appsync:{region}:{account}:apis/{ApiId}/types/{TypeName}/resolvers/{FieldName}", ids=ARN),
    "AWS::ApplicationAutoScaling::ScalableTarget": named("ResourceId", "ScalableDimension", "ServiceNamespace", ids=("{ResourceId}|{ScalableDimension}|{ServiceNamespace}",)),
    "AWS::Athena::DataCatalog": named("Name", arn="athena:{region}:{account}:datacatalog/{Name}"),
    "AWS::Athena::WorkGroup": named("Name", arn="athena:{region}:{account}:workgroup/{Name}"),
    "AWS::AutoScaling::AutoScalingGroup": named("AutoScalingGroupName"),
    "AWS::AutoScaling::LaunchConfiguration": named("LaunchConfigurationName"),
    "AWS::Backup::BackupVault": named("BackupVaultName", arn="backup:{region}:{account}:backup-vault:{BackupVaultName}"),
    "AWS::Batch::ComputeEnvironment": named("ComputeEnvironmentName", arn="batch:{region}:{account}:compute-environment/{ComputeEnvironmentName}", ids=ARN),
    "AWS::Batch::JobQueue": named("JobQueueName", arn="batch:{region}:{account}:job-queue/{JobQueueName}", ids=ARN),
    "AWS::Batch::SchedulingPolicy": named("Name", arn="batch:{region}:{account}:scheduling-policy/{Name}", ids=ARN),
    "AWS::Bedrock::Agent": named("AgentName", ids=GENERATED),
    "AWS::Bedrock::Guardrail": named("Name", ids=GENERATED),
    "AWS::Bedrock::KnowledgeBase": named("Name", ids=GENERATED),
    "AWS::Budgets::Budget": named("Budget/BudgetName", arn="budgets::{account}:budget/{Budget/BudgetName}", scope=ACCOUNT),
    "AWS::Chatbot::SlackChannelConfiguration": named("ConfigurationName", arn="chatbot::{account}:chat-configuration/slack-channel/{ConfigurationName}", ids=ARN, scope=ACCOUNT),
    "AWS::CloudFormation::StackSet": named("StackSetName", ids=GENERATED),
    "AWS::CloudFront::CachePolicy": named("CachePolicyConfig/Name", ids=GENERATED, scope=ACCOUNT),
    "AWS::CloudFront::Function": named("Name", arn="cloudfront::{account}:function/{Name}", ids=ARN, scope=ACCOUNT),
    "AWS::CloudFront::KeyGroup": named("KeyGroupConfig/Name", ids=GENERATED, scope=ACCOUNT),
    "AWS::CloudFront::KeyValueStore": named("Name", scope=ACCOUNT),
    "AWS::CloudFront::OriginAccessControl": named("OriginAccessControlConfig/Name", ids=GENERATED, scope=ACCOUNT),
    "AWS::CloudFront::OriginRequestPolicy": named("OriginRequestPolicyConfig/Name", ids=GENERATED, scope=ACCOUNT),
    "AWS::CloudFront::PublicKey": named("PublicKeyConfig/Name", ids=GENERATED, scope=ACCOUNT),
    "AWS::CloudFront::RealtimeLogConfig": named("Name", arn="cloudfront::{account}:realtime-log-config/{Name}", ids=ARN, scope=ACCOUNT),
    "AWS::CloudFront::ResponseHeadersPolicy": named("ResponseHeadersPolicyConfig/Name", ids=GENERATED, scope=ACCOUNT),
    "AWS::CloudTrail::Trail": named("TrailName", arn="cloudtrail:{region}:{account}:trail/{TrailName}"),
    "AWS::CloudWatch::Alarm": named("AlarmName", arn="cloudwatch:{region}:{account}:alarm:{AlarmName}"),
    "AWS::CloudWatch::CompositeAlarm": named("AlarmName", arn="cloudwatch:{region}:{account}:alarm:{AlarmName}"),
    "AWS::CloudWatch::Dashboard": named("DashboardName", arn="cloudwatch::{account}:dashboard/{DashboardName}", scope=ACCOUNT),
    "AWS::CloudWatch::InsightRule": named("RuleName", arn="cloudwatch:{region}:{account}:insight-rule/{RuleName}", ids=ARN),
    "AWS::CodeArtifact::Domain": named("DomainName", arn="codeartifact:{region}:{account}:domain/{DomainName}", ids=ARN),
    "AWS::CodeArtifact::Repository": named("RepositoryName", "DomainName", arn="codeartifact:{region}:{account}:repository/{DomainName}/{RepositoryName}", ids=ARN),
    "AWS::CodeBuild::Project": named("Name", arn="codebuild:{region}:{account}:project/{Name}"),
    "AWS::CodeCommit::Repository": named("RepositoryName", arn="codecommit:{region}:{account}:{RepositoryName}", ids=GENERATED),
    "AWS::CodeDeploy::Application": named("ApplicationName", arn="codedeploy:{region}:{account}:application:{ApplicationName}"),
    "AWS::CodeDeploy::DeploymentGroup": named("DeploymentGroupName", "ApplicationName", arn="codedeploy:{region}:{account}:deploymentgroup:{ApplicationName}/{DeploymentGroupName}", ids=GENERATED, ref="DeploymentGroupName"),
    "AWS::CodePipeline::Pipeline": named("Name", arn="codepipeline:{region}:{account}:{Name}"),
    "AWS::Cognito::UserPoolDomain": named("Domain", ids=GENERATED, ref="Domain", scope=EVERYBODY_IN_REGION),
    "AWS::Cognito::UserPoolGroup": named("GroupName", "UserPoolId", ids=GENERATED, ref="GroupName"),
    "AWS::Cognito::UserPoolResourceServer": named("Identifier", "UserPoolId", ids=GENERATED, ref="Identifier"),
    "AWS::Config::ConfigRule": named("ConfigRuleName"),
    "AWS::DAX::Cluster": named(lower("ClusterName"), arn="dax:{region}:{account}:cache/{ClusterName}"),
    "AWS::DMS::ReplicationInstance": named(lower("ReplicationInstanceIdentifier"), ids=GENERATED),
    "AWS::DocDB::DBCluster": named(lower("DBClusterIdentifier"), arn="rds:{region}:{account}:cluster:{DBClusterIdentifier}"),
    "AWS::DocDB::DBClusterParameterGroup": named(lower("Name"), arn="rds:{region}:{account}:cluster-pg:{Name}"),
    "AWS::DocDB::DBInstance": named(lower("DBInstanceIdentifier"), arn="rds:{region}:{account}:db:{DBInstanceIdentifier}"),
    "AWS::DocDB::DBSubnetGroup": named(lower("DBSubnetGroupName"), arn="rds:{region}:{account}:subgrp:{DBSubnetGroupName}"),
    "AWS::DynamoDB::GlobalTable": named("TableName", arn="dynamodb:{region}:{account}:table/{TableName}"),
    "AWS::DynamoDB::Table": named("TableName", arn="dynamodb:{region}:{account}:table/{TableName}"),
    "AWS::EC2::KeyPair": named("KeyName"),
    "AWS::EC2::LaunchTemplate": named("LaunchTemplateName", ids=GENERATED),
    # Without a VpcId it is a group of the default VPC, whose id nobody wrote.
    "AWS::EC2::SecurityGroup": named("GroupName", Part("VpcId", ""), ids=GENERATED),
    "AWS::ECR::Repository": named("RepositoryName", arn="ecr:{region}:{account}:repository/{RepositoryName}"),
    "AWS::ECS::CapacityProvider": named("Name", arn="ecs:{region}:{account}:capacity-provider/{Name}"),
    "AWS::ECS::Cluster": named("ClusterName", arn="ecs:{region}:{account}:cluster/{ClusterName}"),
    "AWS::ECS::Service": named("ServiceName", last("Cluster", "default"), arn="ecs:{region}:{account}:service/{Cluster}/{ServiceName}", ids=ARN),
    "AWS::EKS::Cluster": named("Name", arn="eks:{region}:{account}:cluster/{Name}"),
    "AWS::EKS::Nodegroup": named("NodegroupName", "ClusterName", ids=("{ClusterName}/{NodegroupName}",)),
    "AWS::ElastiCache::CacheCluster": named(lower("ClusterName"), arn="elasticache:{region}:{account}:cluster:{ClusterName}"),
    "AWS::ElastiCache::ReplicationGroup": named(lower("ReplicationGroupId"), arn="elasticache:{region}:{account}:replicationgroup:{ReplicationGroupId}"),
    "AWS::ElastiCache::ServerlessCache": named(lower("ServerlessCacheName"), arn="elasticache:{region}:{account}:serverlesscache:{ServerlessCacheName}"),
    "AWS::ElastiCache::SubnetGroup": named(lower("CacheSubnetGroupName"), arn="elasticache:{region}:{account}:subnetgroup:{CacheSubnetGroupName}"),
    "AWS::ElastiCache::User": named(lower("UserId"), arn="elasticache:{region}:{account}:user:{UserId}"),
    "AWS::ElastiCache::UserGroup": named(lower("UserGroupId"), arn="elasticache:{region}:{account}:usergroup:{UserGroupId}"),
    "AWS::ElasticLoadBalancing::LoadBalancer": named("LoadBalancerName", arn="elasticloadbalancing:{region}:{account}:loadbalancer/{LoadBalancerName}"),
    "AWS::ElasticLoadBalancingV2::LoadBalancer": named("Name", ids=GENERATED),
    "AWS::ElasticLoadBalancingV2::TargetGroup": named("Name", ids=GENERATED),
    "AWS::Elasticsearch::Domain": named("DomainName", arn="es:{region}:{account}:domain/{DomainName}"),
    "AWS::Events::ApiDestination": named("Name"),
    "AWS::Events::Archive": named("ArchiveName", arn="events:{region}:{account}:archive/{ArchiveName}"),
    "AWS::Events::Connection": named("Name"),
    "AWS::Events::EventBus": named("Name", arn="events:{region}:{account}:event-bus/{Name}"),
    "AWS::Events::Rule": named("Name", last("EventBusName", "default"), arn="events:{region}:{account}:rule/{EventBusName/}{Name}", ids=("{EventBusName|}{Name}",)),
    "AWS::Glue::Connection": named("ConnectionInput/Name", ids=("{ConnectionInput/Name}",)),
    "AWS::Glue::Crawler": named("Name", arn="glue:{region}:{account}:crawler/{Name}"),
    "AWS::Glue::Database": named(Part("DatabaseInput/Name", form=Form.LOWER, instead="DatabaseName"), arn="glue:{region}:{account}:database/{DatabaseInput/Name}"),
    "AWS::Glue::Job": named("Name", arn="glue:{region}:{account}:job/{Name}"),
    "AWS::Glue::Registry": named("Name", arn="glue:{region}:{account}:registry/{Name}", ids=ARN),
    "AWS::Glue::Table": named(Part("TableInput/Name", form=Form.LOWER, instead="Name"), lower("DatabaseName"), arn="glue:{region}:{account}:table/{DatabaseName}/{TableInput/Name}", ids=("{TableInput/Name}",)),
    "AWS::Glue::Trigger": named("Name", arn="glue:{region}:{account}:trigger/{Name}"),
    "AWS::Glue::Workflow": named("Name", arn="glue:{region}:{account}:workflow/{Name}"),
    "AWS::IAM::Group": named("GroupName", arn="iam::{account}:group{Path}{GroupName}", scope=ACCOUNT),
    "AWS::IAM::InstanceProfile": named("InstanceProfileName", arn="iam::{account}:instance-profile{Path}{InstanceProfileName}", scope=ACCOUNT),
    "AWS::IAM::ManagedPolicy": named("ManagedPolicyName", arn="iam::{account}:policy{Path}{ManagedPolicyName}", ids=ARN, scope=ACCOUNT),
    "AWS::IAM::OIDCProvider": named(Part("Url", form=Form.URL), arn="iam::{account}:oidc-provider/{Url}", ids=ARN, scope=ACCOUNT),
    "AWS::IAM::Role": named("RoleName", arn="iam::{account}:role{Path}{RoleName}", scope=ACCOUNT),
    "AWS::IAM::SAMLProvider": named("Name", arn="iam::{account}:saml-provider/{Name}", ids=ARN, scope=ACCOUNT),
    "AWS::IAM::ServerCertificate": named("ServerCertificateName", arn="iam::{account}:server-certificate{Path}{ServerCertificateName}", scope=ACCOUNT),
    "AWS::IAM::ServiceLinkedRole": named("AWSServiceName", Part("CustomSuffix", ""), ids=GENERATED, scope=ACCOUNT),
    "AWS::IAM::User": named("UserName", arn="iam::{account}:user{Path}{UserName}", scope=ACCOUNT),
    "AWS::IoT::Policy": named("PolicyName", arn="iot:{region}:{account}:policy/{PolicyName}"),
    "AWS::IoT::Thing": named("ThingName", arn="iot:{region}:{account}:thing/{ThingName}"),
    "AWS::IoT::TopicRule": named("RuleName", arn="iot:{region}:{account}:rule/{RuleName}"),
    "AWS::KMS::Alias": named("AliasName", arn="kms:{region}:{account}:{AliasName}"),
    "AWS::Kinesis::Stream": named("Name", arn="kinesis:{region}:{account}:stream/{Name}"),
    "AWS::KinesisAnalyticsV2::Application": named("ApplicationName", arn="kinesisanalytics:{region}:{account}:application/{ApplicationName}"),
    "AWS::KinesisFirehose::DeliveryStream": named("DeliveryStreamName", arn="firehose:{region}:{account}:deliverystream/{DeliveryStreamName}"),
    "AWS::Lambda::Alias": named("Name", function("FunctionName"), arn="lambda:{region}:{account}:function:{FunctionName}:{Name}", ids=ARN),
    # Schedules and self-managed sources have no ARN, and more than one is allowed.
    "AWS::Lambda::EventSourceMapping": named("EventSourceArn", function("FunctionName"), ids=GENERATED),
    "AWS::Lambda::EventInvokeConfig": named("Qualifier", function("FunctionName"), ids=("{FunctionName}|{Qualifier}",)),
    "AWS::Lambda::Function": named("FunctionName", arn="lambda:{region}:{account}:function:{FunctionName}"),
    "AWS::Logs::LogGroup": named("LogGroupName", arn="logs:{region}:{account}:log-group:{LogGroupName}"),
    "AWS::Logs::LogStream": named("LogStreamName", "LogGroupName", ids=GENERATED, ref="LogStreamName"),
    "AWS::Logs::MetricFilter": named("FilterName", "LogGroupName", ids=GENERATED, ref="FilterName"),
    "AWS::Logs::SubscriptionFilter": named("FilterName", "LogGroupName", ids=GENERATED, ref="FilterName"),
    "AWS::MSK::Cluster": named("ClusterName", ids=GENERATED),
    "AWS::MSK::Configuration": named("Name", ids=GENERATED),
    "AWS::MSK::ServerlessCluster": named("ClusterName", ids=GENERATED),
    "AWS::MemoryDB::Cluster": named(lower("ClusterName"), arn="memorydb:{region}:{account}:cluster/{ClusterName}"),
    "AWS::Neptune::DBCluster": named(lower("DBClusterIdentifier"), arn="rds:{region}:{account}:cluster:{DBClusterIdentifier}"),
    "AWS::Neptune::DBInstance": named(lower("DBInstanceIdentifier"), arn="rds:{region}:{account}:db:{DBInstanceIdentifier}"),
    "AWS::Neptune::DBSubnetGroup": named(lower("DBSubnetGroupName"), arn="rds:{region}:{account}:subgrp:{DBSubnetGroupName}"),
    "AWS::NetworkFirewall::Firewall": named("FirewallName", arn="network-firewall:{region}:{account}:firewall/{FirewallName}", ids=ARN),
    "AWS::NetworkFirewall::FirewallPolicy": named("FirewallPolicyName", arn="network-firewall:{region}:{account}:firewall-policy/{FirewallPolicyName}", ids=ARN),
    "AWS::OpenSearchServerless::Collection": named("Name", ids=GENERATED),
    "AWS::OpenSearchService::Domain": named("DomainName", arn="es:{region}:{account}:domain/{DomainName}"),
    "AWS::Pipes::Pipe": named("Name", arn="pipes:{region}:{account}:pipe/{Name}"),
    "AWS::RDS::DBCluster": named(lower("DBClusterIdentifier"), arn="rds:{region}:{account}:cluster:{DBClusterIdentifier}"),
    "AWS::RDS::DBClusterParameterGroup": named(lower("DBClusterParameterGroupName"), arn="rds:{region}:{account}:cluster-pg:{DBClusterParameterGroupName}"),
    "AWS::RDS::DBInstance": named(lower("DBInstanceIdentifier"), arn="rds:{region}:{account}:db:{DBInstanceIdentifier}"),
    "AWS::RDS::DBParameterGroup": named(lower("DBParameterGroupName"), arn="rds:{region}:{account}:pg:{DBParameterGroupName}"),
    "AWS::RDS::DBProxy": named(lower("DBProxyName")),
    "AWS::RDS::DBSubnetGroup": named(lower("DBSubnetGroupName"), arn="rds:{region}:{account}:subgrp:{DBSubnetGroupName}"),
    "AWS::RDS::EventSubscription": named(lower("SubscriptionName"), arn="rds:{region}:{account}:es:{SubscriptionName}"),
    "AWS::RDS::GlobalCluster": named(lower("GlobalClusterIdentifier"), arn="rds::{account}:global-cluster:{GlobalClusterIdentifier}", scope=ACCOUNT),
    "AWS::RDS::OptionGroup": named(lower("OptionGroupName"), arn="rds:{region}:{account}:og:{OptionGroupName}"),
    "AWS::Redshift::Cluster": named(lower("ClusterIdentifier"), arn="redshift:{region}:{account}:cluster:{ClusterIdentifier}"),
    "AWS::Redshift::ClusterParameterGroup": named(lower("ParameterGroupName"), arn="redshift:{region}:{account}:parametergroup:{ParameterGroupName}"),
    # A simple record has no SetIdentifier; the zone may be given by its name.
    "AWS::Route53::RecordSet": named(Part("Name", form=Form.DOMAIN), Part("HostedZoneId", form=Form.LAST, instead="HostedZoneName"), "Type", Part("SetIdentifier", ""), scope=ACCOUNT),
    "AWS::S3::AccessPoint": named("Name", arn="s3:{region}:{account}:accesspoint/{Name}"),
    "AWS::S3::Bucket": named("BucketName", arn="s3:::{BucketName}", scope=EVERYBODY),
    "AWS::S3::BucketPolicy": named("Bucket"),
    "AWS::S3Tables::TableBucket": named("TableBucketName", arn="s3tables:{region}:{account}:bucket/{TableBucketName}", ids=ARN),
    "AWS::S3Vectors::VectorBucket": named("VectorBucketName", arn="s3vectors:{region}:{account}:bucket/{VectorBucketName}", ids=ARN),
    "AWS::SES::ConfigurationSet": named("Name", arn="ses:{region}:{account}:configuration-set/{Name}"),
    "AWS::SES::EmailIdentity": named("EmailIdentity", arn="ses:{region}:{account}:identity/{EmailIdentity}"),
    "AWS::SES::ReceiptRule": named("Rule/Name", "RuleSetName", ids=("{Rule/Name}",)),
    "AWS::SES::Template": named("Template/TemplateName", arn="ses:{region}:{account}:template/{Template/TemplateName}", ids=GENERATED),
    "AWS::SNS::Topic": named("TopicName", arn="sns:{region}:{account}:{TopicName}", ids=ARN),
    "AWS::SQS::Queue": named("QueueName", arn="sqs:{region}:{account}:{QueueName}", ids=("https://sqs.{region}.{suffix}/{account}/{QueueName}",)),
    "AWS::SSM::Document": named("Name", arn="ssm:{region}:{account}:document/{Name}"),
    "AWS::SSM::Parameter": named("Name", arn="ssm:{region}:{account}:parameter/{Name}"),
    "AWS::SageMaker::CodeRepository": named("CodeRepositoryName", arn="sagemaker:{region}:{account}:code-repository/{CodeRepositoryName}", ids=ARN),
    "AWS::SageMaker::Endpoint": named("EndpointName", arn="sagemaker:{region}:{account}:endpoint/{EndpointName}", ids=ARN),
    "AWS::SageMaker::EndpointConfig": named("EndpointConfigName", arn="sagemaker:{region}:{account}:endpoint-config/{EndpointConfigName}", ids=ARN),
    "AWS::SageMaker::Model": named("ModelName", arn="sagemaker:{region}:{account}:model/{ModelName}", ids=ARN),
    "AWS::SageMaker::ModelPackageGroup": named("ModelPackageGroupName", arn="sagemaker:{region}:{account}:model-package-group/{ModelPackageGroupName}", ids=ARN),
    "AWS::SageMaker::NotebookInstance": named("NotebookInstanceName", arn="sagemaker:{region}:{account}:notebook-instance/{NotebookInstanceName}", ids=ARN),
    # A name is unique within its group, though the schema has the name alone.
    "AWS::Scheduler::Schedule": named("Name", Part("GroupName", "default"), arn="scheduler:{region}:{account}:schedule/{GroupName}/{Name}", ids=("{Name}",), ref="Name"),
    "AWS::Scheduler::ScheduleGroup": named("Name", arn="scheduler:{region}:{account}:schedule-group/{Name}"),
    "AWS::SecretsManager::Secret": named("Name", ids=GENERATED),
    "AWS::ServiceCatalog::CloudFormationProvisionedProduct": named("ProvisionedProductName", ids=GENERATED),
    "AWS::ServiceDiscovery::HttpNamespace": named("Name", ids=GENERATED),
    "AWS::ServiceDiscovery::PrivateDnsNamespace": named("Name", "Vpc", ids=GENERATED),
    "AWS::ServiceDiscovery::Service": named("Name", "NamespaceId", ids=GENERATED),
    "AWS::StepFunctions::Activity": named("Name", arn="states:{region}:{account}:activity:{Name}", ids=ARN),
    "AWS::StepFunctions::StateMachine": named("StateMachineName", arn="states:{region}:{account}:stateMachine:{StateMachineName}", ids=ARN),
    "AWS::Synthetics::Canary": named("Name", arn="synthetics:{region}:{account}:canary:{Name}"),
    "AWS::Timestream::ScheduledQuery": named("ScheduledQueryName", ids=GENERATED),
    "AWS::Transfer::User": named("UserName", "ServerId", arn="transfer:{region}:{account}:user/{ServerId}/{UserName}", ids=ARN),
    "AWS::WAFv2::IPSet": named("Name", "Scope", ids=GENERATED),
    "AWS::WAFv2::RegexPatternSet": named("Name", "Scope", ids=GENERATED),
    "AWS::WAFv2::RuleGroup": named("Name", "Scope", ids=GENERATED),
    "AWS::WAFv2::WebACL": named("Name", "Scope", ids=GENERATED),
    "AWS::XRay::Group": named("GroupName", ids=GENERATED),
    "AWS::XRay::SamplingRule": named(Part("SamplingRule/RuleName", instead="RuleName"), ids=GENERATED),
}

NOT_UNIQUE: dict[str, str] = {
    "AWS::Amplify::App": "Name",
    "AWS::ApiGateway::ApiKey": "Name",
    "AWS::ApiGateway::Authorizer": "Name",
    "AWS::ApiGateway::RestApi": "Name",
    "AWS::ApiGateway::UsagePlan": "UsagePlanName",
    "AWS::ApiGatewayV2::Api": "Name",
    "AWS::ApiGatewayV2::Authorizer": "Name",
    "AWS::AppConfig::Application": "Name",
    "AWS::AppConfig::ConfigurationProfile": "Name",
    "AWS::AppConfig::Environment": "Name",
    "AWS::AppSync::Api": "Name",
    "AWS::AppSync::FunctionConfiguration": "Name",
    "AWS::AppSync::GraphQLApi": "Name",
    "AWS::Athena::NamedQuery": "Name",
    # A further one of the same name is a revision.
    "AWS::Batch::JobDefinition": "JobDefinitionName",
    "AWS::CodeStarConnections::Connection": "ConnectionName",
    "AWS::Cognito::IdentityPool": "IdentityPoolName",
    "AWS::Cognito::UserPool": "UserPoolName",
    "AWS::Cognito::UserPoolClient": "ClientName",
    "AWS::ECS::TaskDefinition": "Family",
    # An inline policy goes with its role.
    "AWS::IAM::Policy": "PolicyName",
    "AWS::Lambda::LayerVersion": "LayerName",
    "AWS::Route53::HostedZone": "Name",
    # Settings that what they are of always has: to create them is to set them.
    "AWS::ApiGatewayV2::ApiGatewayManagedOverrides": "ApiId",
    "AWS::CloudFormation::ModuleDefaultVersion": "ModuleName",
    "AWS::CloudFormation::ResourceDefaultVersion": "TypeName",
    "AWS::Cognito::UserPoolRegionalConfigurationAttachment": "UserPoolId",
    "AWS::Cognito::UserPoolRiskConfigurationAttachment": "UserPoolId",
    "AWS::Cognito::UserPoolUICustomizationAttachment": "UserPoolId",
    "AWS::EC2::VPCDHCPOptionsAssociation": "VpcId",
    "AWS::EC2::VPCEndpointServicePermissions": "ServiceId",
    "AWS::ECS::ClusterCapacityProviderAssociations": "Cluster",
    "AWS::ECS::PrimaryTaskSet": "Service",
    "AWS::Events::EventBusPolicy": "StatementId",
    "AWS::Glue::DataCatalogEncryptionSettings": "CatalogId",
    "AWS::IoT::AccountAuditConfiguration": "AccountId",
    "AWS::IoT::Logging": "AccountId",
    "AWS::Lambda::ResourcePolicy": "ResourceArn",
    "AWS::RDS::DBProxyTargetGroup": "TargetGroupName",
    "AWS::Route53Resolver::ResolverConfig": "ResourceId",
    "AWS::SNS::TopicInlinePolicy": "TopicArn",
    "AWS::SQS::QueueInlinePolicy": "Queue",
    "AWS::SSM::ServiceSetting": "SettingId",
    "AWS::SecurityHub::SecurityControl": "SecurityControlId",
}
"""Types whose name is no identity, with the property that holds the name."""
# fmt: on

KIN: dict[str, str] = {
    "AWS::ApiGatewayV2::DomainName": "AWS::ApiGateway::DomainName",
    "AWS::CloudWatch::CompositeAlarm": "AWS::CloudWatch::Alarm",
    "AWS::DocDB::DBCluster": "AWS::RDS::DBCluster",
    "AWS::DocDB::DBClusterParameterGroup": "AWS::RDS::DBClusterParameterGroup",
    "AWS::DocDB::DBInstance": "AWS::RDS::DBInstance",
    "AWS::DocDB::DBSubnetGroup": "AWS::RDS::DBSubnetGroup",
    "AWS::DynamoDB::GlobalTable": "AWS::DynamoDB::Table",
    "AWS::Elasticsearch::Domain": "AWS::OpenSearchService::Domain",
    "AWS::Neptune::DBCluster": "AWS::RDS::DBCluster",
    "AWS::Neptune::DBInstance": "AWS::RDS::DBInstance",
    "AWS::Neptune::DBSubnetGroup": "AWS::RDS::DBSubnetGroup",
    # Of a template whose transform was not applied.
    "AWS::Serverless::Function": "AWS::Lambda::Function",
    "AWS::Serverless::SimpleTable": "AWS::DynamoDB::Table",
    "AWS::Serverless::StateMachine": "AWS::StepFunctions::StateMachine",
}
"""Types that share the names of another: AWS has one list of them."""
