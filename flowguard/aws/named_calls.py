"""Which calls tell whether a name is taken: a row for each type.

Batch calls that fail as a whole where one name is unknown (ECR, ELB, RDS) are not
asked for many: their lists are. Where a service says "denied" or "invalid" of what
is not there (Athena, Backup, IoT rules, SageMaker), only its list is asked.
"""

from __future__ import annotations

from flowguard.aws import named_calls_data
from flowguard.aws.named_call import NAMES, NOT_FOUND, PREFIX, Call, Native, deleting

NOT_FOUND_EXCEPTION = ("NotFoundException",)
NO_ENTITY = ("NoSuchEntity",)

# fmt: off
ALARM = Native(None, Call("cloudwatch", "DescribeAlarms", "[MetricAlarms, CompositeAlarms][]", {"AlarmNames": NAMES, "AlarmTypes": ["MetricAlarm", "CompositeAlarm"]}, name="AlarmName", arn="AlarmArn", at_most=100))
def web_acl_part(operation: str, rows: str) -> Native:
    """A list of AWS WAF, of one scope."""
    return Native(None, Call("wafv2", operation, rows, {"Scope": "{Scope}", "Limit": 100}, name="Name", id="join('|', [Name, Id, Scope])", arn="ARN", next_page="NextMarker"))


def sagemaker(noun: str) -> Native:
    """A list of SageMaker, by what its names contain."""
    path, arn = f"{noun}Name", f"{noun}Arn"
    rows = f"{noun}s"
    return Native(
        Call("sagemaker", f"List{noun}s", rows, {"NameContains": f"{{{path}}}", "MaxResults": 100}, name=path, arn=arn),
        Call("sagemaker", f"List{noun}s", rows, {"MaxResults": 100}, name=path, arn=arn),
    )


CALLS: dict[str, Native] = named_calls_data.CALLS | {
    "AWS::AccessAnalyzer::Analyzer": Native(Call("accessanalyzer", "GetAnalyzer", "analyzer", {"analyzerName": "{AnalyzerName}"}, arn="arn", absent=NOT_FOUND)),
    "AWS::ApiGateway::BasePathMapping": Native(
        Call("apigateway", "GetBasePathMapping", "@", {"domainName": "{DomainName}", "basePath": "{BasePath}"}, absent=NOT_FOUND_EXCEPTION, permission="apigateway:GET"),
    ),
    "AWS::ApiGateway::DomainName": Native(
        Call("apigateway", "GetDomainName", "@", {"domainName": "{DomainName}"}, absent=NOT_FOUND_EXCEPTION, permission="apigateway:GET"),
        Call("apigateway", "GetDomainNames", "items", name="domainName", permission="apigateway:GET"),
    ),
    "AWS::ApiGateway::Method": Native(Call("apigateway", "GetMethod", "@", {"restApiId": "{RestApiId}", "resourceId": "{ResourceId}", "httpMethod": "{HttpMethod}"}, absent=NOT_FOUND_EXCEPTION, permission="apigateway:GET")),
    "AWS::ApiGateway::Resource": Native(None, Call("apigateway", "GetResources", "items", {"restApiId": "{RestApiId}", "limit": 500}, name="pathPart", also={"ParentId": "parentId"}, id="id", absent=NOT_FOUND_EXCEPTION, permission="apigateway:GET")),
    "AWS::ApiGateway::Stage": Native(
        Call("apigateway", "GetStage", "@", {"restApiId": "{RestApiId}", "stageName": "{StageName}"}, id="stageName", absent=NOT_FOUND_EXCEPTION, permission="apigateway:GET"),
        Call("apigateway", "GetStages", "item", {"restApiId": "{RestApiId}"}, name="stageName", id="stageName", absent=NOT_FOUND_EXCEPTION, permission="apigateway:GET"),
    ),
    "AWS::ApiGatewayV2::DomainName": Native(
        Call("apigatewayv2", "GetDomainName", "@", {"DomainName": "{DomainName}"}, absent=NOT_FOUND_EXCEPTION, permission="apigateway:GET"),
        Call("apigatewayv2", "GetDomainNames", "Items", name="DomainName", permission="apigateway:GET"),
    ),
    "AWS::ApiGatewayV2::Route": Native(None, Call("apigatewayv2", "GetRoutes", "Items", {"ApiId": "{ApiId}"}, name="RouteKey", id="RouteId", absent=NOT_FOUND_EXCEPTION, permission="apigateway:GET")),
    "AWS::ApiGatewayV2::Stage": Native(
        Call("apigatewayv2", "GetStage", "@", {"ApiId": "{ApiId}", "StageName": "{StageName}"}, id="StageName", absent=NOT_FOUND_EXCEPTION, permission="apigateway:GET"),
        Call("apigatewayv2", "GetStages", "Items", {"ApiId": "{ApiId}"}, name="StageName", id="StageName", absent=NOT_FOUND_EXCEPTION, permission="apigateway:GET"),
    ),
    "AWS::AppRunner::Service": Native(None, Call("apprunner", "ListServices", "ServiceSummaryList[?Status != 'DELETED']", name="ServiceName", id="ServiceArn", arn="ServiceArn", next_page="NextToken")),
    "AWS::AppSync::DataSource": Native(
        Call("appsync", "GetDataSource", "dataSource", {"apiId": "{ApiId}", "name": "{Name}"}, id="dataSourceArn", arn="dataSourceArn", absent=NOT_FOUND_EXCEPTION),
        Call("appsync", "ListDataSources", "dataSources", {"apiId": "{ApiId}"}, name="name", id="dataSourceArn", arn="dataSourceArn", absent=NOT_FOUND_EXCEPTION),
    ),
    "AWS::AppSync::Resolver": Native(
        Call("appsync", "GetResolver", "resolver", {"apiId": "{ApiId}", "typeName": "{TypeName}", "fieldName": "{FieldName}"}, id="resolverArn", arn="resolverArn", absent=NOT_FOUND_EXCEPTION),
        Call("appsync", "ListResolvers", "resolvers", {"apiId": "{ApiId}", "typeName": "{TypeName}"}, name="fieldName", id="resolverArn", arn="resolverArn", absent=NOT_FOUND_EXCEPTION),
    ),
    "AWS::ApplicationAutoScaling::ScalableTarget": Native(None, Call("application-autoscaling", "DescribeScalableTargets", "ScalableTargets", {"ServiceNamespace": "{ServiceNamespace}", "ScalableDimension": "{ScalableDimension}", "ResourceIds": NAMES}, name="ResourceId", arn="ScalableTargetARN", at_most=50)),
    "AWS::AutoScaling::AutoScalingGroup": Native(None, Call("autoscaling", "DescribeAutoScalingGroups", "AutoScalingGroups", {"AutoScalingGroupNames": NAMES}, name="AutoScalingGroupName", arn="AutoScalingGroupARN", at_most=50)),
    "AWS::AutoScaling::LaunchConfiguration": Native(None, Call("autoscaling", "DescribeLaunchConfigurations", "LaunchConfigurations", {"LaunchConfigurationNames": NAMES}, name="LaunchConfigurationName", arn="LaunchConfigurationARN", at_most=50)),
    "AWS::Batch::ComputeEnvironment": Native(None, Call("batch", "DescribeComputeEnvironments", "computeEnvironments[?status != 'DELETED']", {"computeEnvironments": NAMES}, name="computeEnvironmentName", id="computeEnvironmentArn", arn="computeEnvironmentArn", at_most=100)),
    "AWS::Batch::JobQueue": Native(None, Call("batch", "DescribeJobQueues", "jobQueues[?status != 'DELETED']", {"jobQueues": NAMES}, name="jobQueueName", id="jobQueueArn", arn="jobQueueArn", at_most=100)),
    "AWS::Bedrock::Agent": Native(None, Call("bedrock-agent", "ListAgents", "agentSummaries", name="agentName", id="agentId")),
    "AWS::Bedrock::Guardrail": Native(None, Call("bedrock", "ListGuardrails", "guardrails", name="name", id="arn", arn="arn")),
    "AWS::Bedrock::KnowledgeBase": Native(None, Call("bedrock-agent", "ListKnowledgeBases", "knowledgeBaseSummaries", name="name", id="knowledgeBaseId")),
    "AWS::Budgets::Budget": Native(Call("budgets", "DescribeBudget", "Budget", {"AccountId": "{account}", "BudgetName": "{Budget/BudgetName}"}, absent=NOT_FOUND_EXCEPTION, permission="budgets:ViewBudget")),
    "AWS::CloudFormation::StackSet": Native(
        Call("cloudformation", "DescribeStackSet", "StackSet", {"StackSetName": "{StackSetName}"}, id="join(':', [StackSetName, StackSetId])", arn="StackSetARN", absent=("StackSetNotFoundException",)),
        Call("cloudformation", "ListStackSets", "Summaries", {"Status": "ACTIVE"}, name="StackSetName", id="StackSetId"),
    ),
    "AWS::CloudFront::CachePolicy": Native(None, Call("cloudfront", "ListCachePolicies", "CachePolicyList.Items[].CachePolicy", {"Type": "custom"}, name="CachePolicyConfig.Name", id="Id", next_page="Marker=CachePolicyList.NextMarker")),
    "AWS::CloudFront::Function": Native(
        Call("cloudfront", "DescribeFunction", "FunctionSummary", {"Name": "{Name}", "Stage": "DEVELOPMENT"}, id="FunctionMetadata.FunctionARN", arn="FunctionMetadata.FunctionARN", absent=("NoSuchFunctionExists",)),
        Call("cloudfront", "ListFunctions", "FunctionList.Items", name="Name", id="FunctionMetadata.FunctionARN", arn="FunctionMetadata.FunctionARN", next_page="Marker=FunctionList.NextMarker"),
    ),
    "AWS::CloudFront::KeyGroup": Native(None, Call("cloudfront", "ListKeyGroups", "KeyGroupList.Items[].KeyGroup", name="KeyGroupConfig.Name", id="Id", next_page="Marker=KeyGroupList.NextMarker")),
    "AWS::CloudFront::KeyValueStore": Native(Call("cloudfront", "DescribeKeyValueStore", "KeyValueStore", {"Name": "{Name}"}, arn="ARN", absent=("EntityNotFound",))),
    "AWS::CloudFront::OriginAccessControl": Native(None, Call("cloudfront", "ListOriginAccessControls", "OriginAccessControlList.Items", name="Name", id="Id", next_page="Marker=OriginAccessControlList.NextMarker")),
    "AWS::CloudFront::OriginRequestPolicy": Native(None, Call("cloudfront", "ListOriginRequestPolicies", "OriginRequestPolicyList.Items[].OriginRequestPolicy", {"Type": "custom"}, name="OriginRequestPolicyConfig.Name", id="Id", next_page="Marker=OriginRequestPolicyList.NextMarker")),
    "AWS::CloudFront::PublicKey": Native(None, Call("cloudfront", "ListPublicKeys", "PublicKeyList.Items", name="Name", id="Id", next_page="Marker=PublicKeyList.NextMarker")),
    "AWS::CloudFront::RealtimeLogConfig": Native(Call("cloudfront", "GetRealtimeLogConfig", "RealtimeLogConfig", {"Name": "{Name}"}, id="ARN", arn="ARN", absent=("NoSuchRealtimeLogConfig",))),
    "AWS::CloudFront::ResponseHeadersPolicy": Native(None, Call("cloudfront", "ListResponseHeadersPolicies", "ResponseHeadersPolicyList.Items[].ResponseHeadersPolicy", {"Type": "custom"}, name="ResponseHeadersPolicyConfig.Name", id="Id", next_page="Marker=ResponseHeadersPolicyList.NextMarker")),
    "AWS::CloudTrail::Trail": Native(Call("cloudtrail", "GetTrail", "Trail", {"Name": "{TrailName}"}, arn="TrailARN", absent=("TrailNotFoundException",))),
    "AWS::CloudWatch::Alarm": ALARM,
    "AWS::CloudWatch::CompositeAlarm": ALARM,
    "AWS::CloudWatch::Dashboard": Native(
        Call("cloudwatch", "GetDashboard", "@", {"DashboardName": "{DashboardName}"}, arn="DashboardArn", absent=("ResourceNotFound", "DashboardNotFoundError")),
        Call("cloudwatch", "ListDashboards", "DashboardEntries", name="DashboardName", arn="DashboardArn"),
    ),
    "AWS::CloudWatch::InsightRule": Native(None, Call("cloudwatch", "DescribeInsightRules", "InsightRules", name="Name", next_page="NextToken")),
    "AWS::CodeArtifact::Domain": Native(Call("codeartifact", "DescribeDomain", "domain", {"domain": "{DomainName}"}, id="arn", arn="arn", absent=NOT_FOUND)),
    "AWS::CodeArtifact::Repository": Native(Call("codeartifact", "DescribeRepository", "repository", {"domain": "{DomainName}", "repository": "{RepositoryName}"}, id="arn", arn="arn", absent=NOT_FOUND)),
    "AWS::CodeBuild::Project": Native(None, Call("codebuild", "BatchGetProjects", "projects", {"names": NAMES}, name="name", arn="arn", at_most=100)),
    "AWS::CodeCommit::Repository": Native(
        Call("codecommit", "GetRepository", "repositoryMetadata", {"repositoryName": "{RepositoryName}"}, id="repositoryId", arn="Arn", absent=("RepositoryDoesNotExistException",)),
        Call("codecommit", "ListRepositories", "repositories", name="repositoryName", id="repositoryId"),
    ),
    "AWS::CodeDeploy::Application": Native(
        Call("codedeploy", "GetApplication", "application", {"applicationName": "{ApplicationName}"}, absent=("ApplicationDoesNotExistException",)),
        Call("codedeploy", "ListApplications", "applications", name="@"),
    ),
    "AWS::CodeDeploy::DeploymentGroup": Native(
        Call("codedeploy", "GetDeploymentGroup", "deploymentGroupInfo", {"applicationName": "{ApplicationName}", "deploymentGroupName": "{DeploymentGroupName}"}, id="deploymentGroupName", absent=("ApplicationDoesNotExistException", "DeploymentGroupDoesNotExistException")),
        Call("codedeploy", "ListDeploymentGroups", "deploymentGroups", {"applicationName": "{ApplicationName}"}, name="@", absent=("ApplicationDoesNotExistException",)),
    ),
    "AWS::CodePipeline::Pipeline": Native(
        Call("codepipeline", "GetPipeline", "pipeline", {"name": "{Name}"}, absent=("PipelineNotFoundException",)),
        Call("codepipeline", "ListPipelines", "pipelines", name="name"),
    ),
    # A foreign domain looks like none, or is shown with its account.
    "AWS::Cognito::UserPoolDomain": Native(Call("cognito-idp", "DescribeUserPoolDomain", "DomainDescription.Domain && DomainDescription", {"Domain": "{Domain}"}, id="Domain", account="AWSAccountId", absent=NOT_FOUND)),
    "AWS::Cognito::UserPoolGroup": Native(
        Call("cognito-idp", "GetGroup", "Group", {"GroupName": "{GroupName}", "UserPoolId": "{UserPoolId}"}, id="GroupName", absent=NOT_FOUND),
        Call("cognito-idp", "ListGroups", "Groups", {"UserPoolId": "{UserPoolId}"}, name="GroupName", id="GroupName", absent=NOT_FOUND),
    ),
    "AWS::Cognito::UserPoolResourceServer": Native(Call("cognito-idp", "DescribeResourceServer", "ResourceServer", {"UserPoolId": "{UserPoolId}", "Identifier": "{Identifier}"}, id="Identifier", absent=NOT_FOUND)),
    "AWS::Config::ConfigRule": Native(
        Call("config", "DescribeConfigRules", "ConfigRules", {"ConfigRuleNames": NAMES}, name="ConfigRuleName", arn="ConfigRuleArn", absent=("NoSuchConfigRuleException",)),
        Call("config", "DescribeConfigRules", "ConfigRules", name="ConfigRuleName", arn="ConfigRuleArn"),
    ),
    "AWS::EC2::KeyPair": Native(None, Call("ec2", "DescribeKeyPairs", "KeyPairs", {"Filters": [{"Name": "key-name", "Values": NAMES}]}, name="KeyName", at_most=200)),
    "AWS::EC2::LaunchTemplate": Native(None, Call("ec2", "DescribeLaunchTemplates", "LaunchTemplates", {"Filters": [{"Name": "launch-template-name", "Values": NAMES}]}, name="LaunchTemplateName", id="LaunchTemplateId", at_most=200)),
    "AWS::ECS::CapacityProvider": Native(None, Call("ecs", "DescribeCapacityProviders", "capacityProviders[?status != 'INACTIVE']", {"capacityProviders": NAMES}, name="name", arn="capacityProviderArn", next_page="nextToken", at_most=10)),
    # What is inactive was deleted, and its name is free.
    "AWS::ECS::Cluster": Native(None, Call("ecs", "DescribeClusters", "clusters[?status != 'INACTIVE']", {"clusters": NAMES}, name="clusterName", arn="clusterArn", at_most=100)),
    "AWS::ECS::Service": Native(None, Call("ecs", "DescribeServices", "services[?status != 'INACTIVE']", {"cluster": "{Cluster}", "services": NAMES}, name="serviceName", id="serviceArn", arn="serviceArn", state=deleting("status", "DRAINING"), absent=("ClusterNotFoundException",), at_most=10)),
    "AWS::EKS::Cluster": Native(
        Call("eks", "DescribeCluster", "cluster", {"name": "{Name}"}, arn="arn", state=deleting("status"), absent=NOT_FOUND),
        Call("eks", "ListClusters", "clusters", name="@"),
    ),
    "AWS::EKS::Nodegroup": Native(
        Call("eks", "DescribeNodegroup", "nodegroup", {"clusterName": "{ClusterName}", "nodegroupName": "{NodegroupName}"}, arn="nodegroupArn", state=deleting("status"), absent=NOT_FOUND),
        Call("eks", "ListNodegroups", "nodegroups", {"clusterName": "{ClusterName}"}, name="@", absent=NOT_FOUND),
    ),
    "AWS::ElasticLoadBalancing::LoadBalancer": Native(
        Call("elb", "DescribeLoadBalancers", "LoadBalancerDescriptions", {"LoadBalancerNames": NAMES}, name="LoadBalancerName", absent=("LoadBalancerNotFound",)),
        Call("elb", "DescribeLoadBalancers", "LoadBalancerDescriptions", {"PageSize": 400}, name="LoadBalancerName"),
    ),
    "AWS::ElasticLoadBalancingV2::LoadBalancer": Native(
        Call("elbv2", "DescribeLoadBalancers", "LoadBalancers", {"Names": NAMES}, name="LoadBalancerName", id="LoadBalancerArn", arn="LoadBalancerArn", absent=("LoadBalancerNotFound",)),
        Call("elbv2", "DescribeLoadBalancers", "LoadBalancers", {"PageSize": 400}, name="LoadBalancerName", id="LoadBalancerArn", arn="LoadBalancerArn"),
    ),
    "AWS::ElasticLoadBalancingV2::TargetGroup": Native(
        Call("elbv2", "DescribeTargetGroups", "TargetGroups", {"Names": NAMES}, name="TargetGroupName", id="TargetGroupArn", arn="TargetGroupArn", absent=("TargetGroupNotFound",)),
        Call("elbv2", "DescribeTargetGroups", "TargetGroups", {"PageSize": 400}, name="TargetGroupName", id="TargetGroupArn", arn="TargetGroupArn"),
    ),
    "AWS::Events::ApiDestination": Native(
        Call("events", "DescribeApiDestination", "@", {"Name": "{Name}"}, arn="ApiDestinationArn", absent=NOT_FOUND),
        Call("events", "ListApiDestinations", "ApiDestinations", name="Name", arn="ApiDestinationArn", next_page="NextToken"),
    ),
    "AWS::Events::Archive": Native(
        Call("events", "DescribeArchive", "@", {"ArchiveName": "{ArchiveName}"}, arn="ArchiveArn", absent=NOT_FOUND),
        Call("events", "ListArchives", "Archives", name="ArchiveName", next_page="NextToken"),
    ),
    "AWS::Events::Connection": Native(
        Call("events", "DescribeConnection", "@", {"Name": "{Name}"}, arn="ConnectionArn", state=deleting("ConnectionState"), absent=NOT_FOUND),
        Call("events", "ListConnections", "Connections", name="Name", arn="ConnectionArn", state=deleting("ConnectionState"), next_page="NextToken"),
    ),
    "AWS::Events::EventBus": Native(
        Call("events", "DescribeEventBus", "@", {"Name": "{Name}"}, arn="Arn", absent=NOT_FOUND),
        Call("events", "ListEventBuses", "EventBuses", name="Name", arn="Arn", next_page="NextToken"),
    ),
    "AWS::Events::Rule": Native(
        Call("events", "DescribeRule", "@", {"Name": "{Name}", "EventBusName": "{EventBusName}"}, arn="Arn", absent=NOT_FOUND),
        Call("events", "ListRules", "Rules", {"EventBusName": "{EventBusName}"}, name="Name", arn="Arn", absent=NOT_FOUND),
    ),
    "AWS::IAM::Group": Native(
        Call("iam", "GetGroup", "Group", {"GroupName": "{GroupName}", "MaxItems": 1}, arn="Arn", absent=NO_ENTITY),
        Call("iam", "ListGroups", "Groups", {"MaxItems": 1000}, name="GroupName", arn="Arn"),
    ),
    "AWS::IAM::InstanceProfile": Native(
        Call("iam", "GetInstanceProfile", "InstanceProfile", {"InstanceProfileName": "{InstanceProfileName}"}, arn="Arn", absent=NO_ENTITY),
        Call("iam", "ListInstanceProfiles", "InstanceProfiles", {"MaxItems": 1000}, name="InstanceProfileName", arn="Arn"),
    ),
    # By its ARN it could be asked alone, if the path were part of its identity.
    "AWS::IAM::ManagedPolicy": Native(None, Call("iam", "ListPolicies", "Policies", {"Scope": "Local", "MaxItems": 1000}, name="PolicyName", id="Arn", arn="Arn")),
    "AWS::IAM::OIDCProvider": Native(Call("iam", "GetOpenIDConnectProvider", "@", {"OpenIDConnectProviderArn": "{arn}"}, absent=NO_ENTITY)),
    "AWS::IAM::Role": Native(
        Call("iam", "GetRole", "Role", {"RoleName": "{RoleName}"}, arn="Arn", absent=NO_ENTITY),
        Call("iam", "ListRoles", "Roles", {"MaxItems": 1000}, name="RoleName", arn="Arn"),
    ),
    "AWS::IAM::SAMLProvider": Native(Call("iam", "GetSAMLProvider", "@", {"SAMLProviderArn": "{arn}"}, absent=NO_ENTITY)),
    "AWS::IAM::ServerCertificate": Native(Call("iam", "GetServerCertificate", "ServerCertificate.ServerCertificateMetadata", {"ServerCertificateName": "{ServerCertificateName}"}, arn="Arn", absent=NO_ENTITY)),
    "AWS::IAM::User": Native(
        Call("iam", "GetUser", "User", {"UserName": "{UserName}"}, arn="Arn", absent=NO_ENTITY),
        Call("iam", "ListUsers", "Users", {"MaxItems": 1000}, name="UserName", arn="Arn"),
    ),
    "AWS::IoT::Policy": Native(
        Call("iot", "GetPolicy", "@", {"policyName": "{PolicyName}"}, arn="policyArn", absent=NOT_FOUND),
        Call("iot", "ListPolicies", "policies", name="policyName", arn="policyArn"),
    ),
    "AWS::IoT::Thing": Native(Call("iot", "DescribeThing", "@", {"thingName": "{ThingName}"}, arn="thingArn", absent=NOT_FOUND)),
    "AWS::IoT::TopicRule": Native(None, Call("iot", "ListTopicRules", "rules", name="ruleName", arn="ruleArn")),
    # DescribeKey takes an alias too, but needs a right on the key behind it.
    "AWS::KMS::Alias": Native(None, Call("kms", "ListAliases", "Aliases", {"Limit": 100}, name="AliasName", arn="AliasArn")),
    "AWS::Lambda::Alias": Native(
        Call("lambda", "GetAlias", "@", {"FunctionName": "{FunctionName}", "Name": "{Name}"}, id="AliasArn", arn="AliasArn", absent=NOT_FOUND),
        Call("lambda", "ListAliases", "Aliases", {"FunctionName": "{FunctionName}"}, name="Name", id="AliasArn", arn="AliasArn", absent=NOT_FOUND),
    ),
    "AWS::Lambda::EventInvokeConfig": Native(Call("lambda", "GetFunctionEventInvokeConfig", "@", {"FunctionName": "{FunctionName}", "Qualifier": "{Qualifier}"}, absent=NOT_FOUND)),
    "AWS::Lambda::EventSourceMapping": Native(Call("lambda", "ListEventSourceMappings", "EventSourceMappings", {"EventSourceArn": "{EventSourceArn}", "FunctionName": "{FunctionName}"}, id="UUID", absent=NOT_FOUND)),
    # Of Lambda's calls, GetFunction alone has a limit of its own: 100 a second.
    "AWS::Lambda::Function": Native(
        Call("lambda", "GetFunction", "Configuration", {"FunctionName": "{FunctionName}"}, arn="FunctionArn", absent=NOT_FOUND),
        Call("lambda", "ListFunctions", "Functions", name="FunctionName", arn="FunctionArn"),
    ),
    # The list is in the order of names: the name itself comes before longer ones.
    "AWS::Logs::LogGroup": Native(
        Call("logs", "DescribeLogGroups", "logGroups", {"logGroupNamePrefix": "{LogGroupName}"}, name="logGroupName"),
        Call("logs", "DescribeLogGroups", "logGroups", {"logGroupNamePrefix": PREFIX, "limit": 50}, name="logGroupName"),
    ),
    "AWS::Logs::LogStream": Native(Call("logs", "DescribeLogStreams", "logStreams", {"logGroupName": "{LogGroupName}", "logStreamNamePrefix": "{LogStreamName}"}, name="logStreamName", id="logStreamName", absent=NOT_FOUND)),
    "AWS::Logs::MetricFilter": Native(None, Call("logs", "DescribeMetricFilters", "metricFilters", {"logGroupName": "{LogGroupName}"}, name="filterName", id="filterName", absent=NOT_FOUND)),
    "AWS::Logs::SubscriptionFilter": Native(None, Call("logs", "DescribeSubscriptionFilters", "subscriptionFilters", {"logGroupName": "{LogGroupName}"}, name="filterName", id="filterName", absent=NOT_FOUND)),
    "AWS::NetworkFirewall::Firewall": Native(Call("network-firewall", "DescribeFirewall", "Firewall", {"FirewallName": "{FirewallName}"}, id="FirewallArn", arn="FirewallArn", absent=NOT_FOUND)),
    "AWS::Pipes::Pipe": Native(
        Call("pipes", "DescribePipe", "@", {"Name": "{Name}"}, arn="Arn", state=deleting("CurrentState"), absent=NOT_FOUND_EXCEPTION),
        Call("pipes", "ListPipes", "Pipes", name="Name", arn="Arn", state=deleting("CurrentState")),
    ),
    "AWS::SES::ConfigurationSet": Native(
        Call("sesv2", "GetConfigurationSet", "@", {"ConfigurationSetName": "{Name}"}, absent=NOT_FOUND_EXCEPTION),
        Call("sesv2", "ListConfigurationSets", "ConfigurationSets", {"PageSize": 1000}, name="@", next_page="NextToken"),
    ),
    "AWS::SES::EmailIdentity": Native(
        Call("sesv2", "GetEmailIdentity", "@", {"EmailIdentity": "{EmailIdentity}"}, absent=NOT_FOUND_EXCEPTION),
        Call("sesv2", "ListEmailIdentities", "EmailIdentities", {"PageSize": 1000}, name="IdentityName", next_page="NextToken"),
    ),
    "AWS::SES::Template": Native(
        Call("sesv2", "GetEmailTemplate", "@", {"TemplateName": "{Template/TemplateName}"}, absent=NOT_FOUND_EXCEPTION),
        Call("sesv2", "ListEmailTemplates", "TemplatesMetadata", {"PageSize": 100}, name="TemplateName", next_page="NextToken"),
    ),
    "AWS::SageMaker::Endpoint": sagemaker("Endpoint"),
    "AWS::SageMaker::EndpointConfig": sagemaker("EndpointConfig"),
    "AWS::SageMaker::Model": sagemaker("Model"),
    "AWS::SageMaker::NotebookInstance": sagemaker("NotebookInstance"),
    "AWS::Scheduler::Schedule": Native(
        Call("scheduler", "GetSchedule", "@", {"Name": "{Name}", "GroupName": "{GroupName}"}, arn="Arn", absent=NOT_FOUND),
        Call("scheduler", "ListSchedules", "Schedules", {"GroupName": "{GroupName}", "MaxResults": 100}, name="Name", arn="Arn", absent=NOT_FOUND),
    ),
    "AWS::Scheduler::ScheduleGroup": Native(
        Call("scheduler", "GetScheduleGroup", "@", {"Name": "{Name}"}, arn="Arn", state=deleting("State"), absent=NOT_FOUND),
        Call("scheduler", "ListScheduleGroups", "ScheduleGroups", {"MaxResults": 100}, name="Name", arn="Arn", state=deleting("State")),
    ),
    "AWS::ServiceDiscovery::HttpNamespace": Native(None, Call("servicediscovery", "ListNamespaces", "Namespaces", {"Filters": [{"Name": "TYPE", "Values": ["HTTP"], "Condition": "EQ"}]}, name="Name", id="Id", arn="Arn")),
    "AWS::ServiceDiscovery::Service": Native(None, Call("servicediscovery", "ListServices", "Services", {"Filters": [{"Name": "NAMESPACE_ID", "Values": ["{NamespaceId}"], "Condition": "EQ"}]}, name="Name", id="Id", arn="Arn")),
    "AWS::StepFunctions::Activity": Native(
        Call("stepfunctions", "DescribeActivity", "@", {"activityArn": "{arn}"}, id="activityArn", arn="activityArn", absent=("ActivityDoesNotExist",)),
        Call("stepfunctions", "ListActivities", "activities", {"maxResults": 1000}, name="name", id="activityArn", arn="activityArn"),
    ),
    "AWS::StepFunctions::StateMachine": Native(
        Call("stepfunctions", "DescribeStateMachine", "@", {"stateMachineArn": "{arn}"}, id="stateMachineArn", arn="stateMachineArn", state=deleting("status"), absent=("StateMachineDoesNotExist",)),
        Call("stepfunctions", "ListStateMachines", "stateMachines", {"maxResults": 1000}, name="name", id="stateMachineArn", arn="stateMachineArn"),
    ),
    "AWS::Synthetics::Canary": Native(None, Call("synthetics", "DescribeCanaries", "Canaries", {"Names": NAMES}, name="Name", next_page="NextToken", at_most=5)),
    "AWS::Transfer::User": Native(Call("transfer", "DescribeUser", "User", {"ServerId": "{ServerId}", "UserName": "{UserName}"}, id="Arn", arn="Arn", absent=NOT_FOUND)),
    "AWS::WAFv2::IPSet": web_acl_part("ListIPSets", "IPSets"),
    "AWS::WAFv2::RegexPatternSet": web_acl_part("ListRegexPatternSets", "RegexPatternSets"),
    "AWS::WAFv2::RuleGroup": web_acl_part("ListRuleGroups", "RuleGroups"),
    "AWS::WAFv2::WebACL": web_acl_part("ListWebACLs", "WebACLs"),
    "AWS::XRay::Group": Native(None, Call("xray", "GetGroups", "Groups", name="GroupName", id="GroupARN", arn="GroupARN")),
}
# fmt: on
