"""Which calls tell whether a name is taken, of the services that hold or move data."""

from __future__ import annotations

from flowguard.aws.named_call import (
    NAMES,
    NOT_FOUND,
    PREFIX,
    Call,
    Native,
    deleting,
)
from flowguard.lookups import Deletion

NO_GLUE_ENTITY = ("EntityNotFoundException",)
SCHEDULED = f"DeletedDate && '{Deletion.SCHEDULED}'"

# fmt: off
TABLE = Native(
    Call("dynamodb", "DescribeTable", "Table", {"TableName": "{TableName}"}, arn="TableArn", state=deleting("TableStatus"), absent=NOT_FOUND),
    Call("dynamodb", "ListTables", "TableNames", name="@"),
)
DB_CLUSTER = Native(
    Call("rds", "DescribeDBClusters", "DBClusters", {"DBClusterIdentifier": "{DBClusterIdentifier}"}, arn="DBClusterArn", state=deleting("Status"), absent=("DBClusterNotFoundFault",)),
    Call("rds", "DescribeDBClusters", "DBClusters", name="DBClusterIdentifier", arn="DBClusterArn", state=deleting("Status")),
)
DB_INSTANCE = Native(
    Call("rds", "DescribeDBInstances", "DBInstances", {"DBInstanceIdentifier": "{DBInstanceIdentifier}"}, arn="DBInstanceArn", state=deleting("DBInstanceStatus"), absent=("DBInstanceNotFound", "DBInstanceNotFoundFault")),
    Call("rds", "DescribeDBInstances", "DBInstances", name="DBInstanceIdentifier", arn="DBInstanceArn", state=deleting("DBInstanceStatus")),
)
DB_SUBNET_GROUP = Native(
    Call("rds", "DescribeDBSubnetGroups", "DBSubnetGroups", {"DBSubnetGroupName": "{DBSubnetGroupName}"}, arn="DBSubnetGroupArn", absent=("DBSubnetGroupNotFoundFault",)),
    Call("rds", "DescribeDBSubnetGroups", "DBSubnetGroups", name="DBSubnetGroupName", arn="DBSubnetGroupArn"),
)
SEARCH_DOMAIN = Native(
    Call("opensearch", "DescribeDomain", "DomainStatus", {"DomainName": "{DomainName}"}, arn="ARN", absent=NOT_FOUND),
    Call("opensearch", "ListDomainNames", "DomainNames", name="DomainName"),
)
KAFKA = Native(
    Call("kafka", "ListClustersV2", "ClusterInfoList", {"ClusterNameFilter": "{ClusterName}"}, name="ClusterName", id="ClusterArn", arn="ClusterArn", state=deleting("State")),
    Call("kafka", "ListClustersV2", "ClusterInfoList", name="ClusterName", id="ClusterArn", arn="ClusterArn", state=deleting("State")),
)

CALLS: dict[str, Native] = {
    "AWS::AmazonMQ::Broker": Native(None, Call("mq", "ListBrokers", "BrokerSummaries", name="BrokerName", id="BrokerId", arn="BrokerArn")),
    "AWS::Athena::DataCatalog": Native(None, Call("athena", "ListDataCatalogs", "DataCatalogsSummary", name="CatalogName")),
    "AWS::Athena::WorkGroup": Native(None, Call("athena", "ListWorkGroups", "WorkGroups", name="Name", next_page="NextToken")),
    "AWS::Backup::BackupVault": Native(None, Call("backup", "ListBackupVaults", "BackupVaultList", name="BackupVaultName", arn="BackupVaultArn")),
    "AWS::DAX::Cluster": Native(
        Call("dax", "DescribeClusters", "Clusters", {"ClusterNames": NAMES}, name="ClusterName", arn="ClusterArn", absent=("ClusterNotFoundFault",)),
        Call("dax", "DescribeClusters", "Clusters", name="ClusterName", arn="ClusterArn"),
    ),
    "AWS::DMS::ReplicationInstance": Native(None, Call("dms", "DescribeReplicationInstances", "ReplicationInstances", {"Filters": [{"Name": "replication-instance-id", "Values": NAMES}]}, name="ReplicationInstanceIdentifier", id="ReplicationInstanceArn", arn="ReplicationInstanceArn", absent=("ResourceNotFoundFault",), at_most=50)),
    "AWS::DocDB::DBCluster": DB_CLUSTER,
    "AWS::DocDB::DBInstance": DB_INSTANCE,
    "AWS::DocDB::DBSubnetGroup": DB_SUBNET_GROUP,
    "AWS::DynamoDB::GlobalTable": TABLE,
    "AWS::DynamoDB::Table": TABLE,
    "AWS::ECR::Repository": Native(
        Call("ecr", "DescribeRepositories", "repositories", {"repositoryNames": NAMES}, name="repositoryName", arn="repositoryArn", absent=("RepositoryNotFoundException",)),
        Call("ecr", "DescribeRepositories", "repositories", {"maxResults": 1000}, name="repositoryName", arn="repositoryArn"),
    ),
    "AWS::ElastiCache::CacheCluster": Native(
        Call("elasticache", "DescribeCacheClusters", "CacheClusters", {"CacheClusterId": "{ClusterName}"}, arn="ARN", state=deleting("CacheClusterStatus"), absent=("CacheClusterNotFound",)),
        Call("elasticache", "DescribeCacheClusters", "CacheClusters", name="CacheClusterId", arn="ARN", state=deleting("CacheClusterStatus")),
    ),
    "AWS::ElastiCache::ReplicationGroup": Native(
        Call("elasticache", "DescribeReplicationGroups", "ReplicationGroups", {"ReplicationGroupId": "{ReplicationGroupId}"}, arn="ARN", state=deleting("Status"), absent=("ReplicationGroupNotFoundFault",)),
        Call("elasticache", "DescribeReplicationGroups", "ReplicationGroups", name="ReplicationGroupId", arn="ARN", state=deleting("Status")),
    ),
    "AWS::ElastiCache::ServerlessCache": Native(
        Call("elasticache", "DescribeServerlessCaches", "ServerlessCaches", {"ServerlessCacheName": "{ServerlessCacheName}"}, arn="ARN", state=deleting("Status"), absent=("ServerlessCacheNotFoundFault",)),
        Call("elasticache", "DescribeServerlessCaches", "ServerlessCaches", name="ServerlessCacheName", arn="ARN", state=deleting("Status")),
    ),
    "AWS::ElastiCache::SubnetGroup": Native(
        Call("elasticache", "DescribeCacheSubnetGroups", "CacheSubnetGroups", {"CacheSubnetGroupName": "{CacheSubnetGroupName}"}, arn="ARN", absent=("CacheSubnetGroupNotFoundFault",)),
        Call("elasticache", "DescribeCacheSubnetGroups", "CacheSubnetGroups", name="CacheSubnetGroupName", arn="ARN"),
    ),
    "AWS::Elasticsearch::Domain": SEARCH_DOMAIN,
    "AWS::Glue::Connection": Native(Call("glue", "GetConnection", "Connection", {"Name": "{ConnectionInput/Name}", "HidePassword": True}, absent=NO_GLUE_ENTITY)),
    "AWS::Glue::Crawler": Native(
        Call("glue", "GetCrawler", "Crawler", {"Name": "{Name}"}, absent=NO_GLUE_ENTITY),
        Call("glue", "ListCrawlers", "CrawlerNames", {"MaxResults": 1000}, name="@", next_page="NextToken"),
    ),
    "AWS::Glue::Database": Native(
        Call("glue", "GetDatabase", "Database", {"Name": "{DatabaseInput/Name}"}, absent=NO_GLUE_ENTITY),
        Call("glue", "GetDatabases", "DatabaseList", name="Name"),
    ),
    "AWS::Glue::Job": Native(
        Call("glue", "GetJob", "Job", {"JobName": "{Name}"}, absent=NO_GLUE_ENTITY),
        Call("glue", "ListJobs", "JobNames", {"MaxResults": 1000}, name="@", next_page="NextToken"),
    ),
    "AWS::Glue::Table": Native(
        Call("glue", "GetTable", "Table", {"DatabaseName": "{DatabaseName}", "Name": "{TableInput/Name}"}, absent=NO_GLUE_ENTITY),
        Call("glue", "GetTables", "TableList", {"DatabaseName": "{DatabaseName}"}, name="Name", absent=NO_GLUE_ENTITY),
    ),
    "AWS::Glue::Trigger": Native(Call("glue", "GetTrigger", "Trigger", {"Name": "{Name}"}, absent=NO_GLUE_ENTITY)),
    "AWS::Glue::Workflow": Native(Call("glue", "GetWorkflow", "Workflow", {"Name": "{Name}"}, absent=NO_GLUE_ENTITY)),
    "AWS::Kinesis::Stream": Native(
        Call("kinesis", "DescribeStreamSummary", "StreamDescriptionSummary", {"StreamName": "{Name}"}, arn="StreamARN", state=deleting("StreamStatus"), absent=NOT_FOUND),
        Call("kinesis", "ListStreams", "StreamNames", name="@"),
    ),
    "AWS::KinesisAnalyticsV2::Application": Native(Call("kinesisanalyticsv2", "DescribeApplication", "ApplicationDetail", {"ApplicationName": "{ApplicationName}"}, arn="ApplicationARN", absent=NOT_FOUND, permission="kinesisanalytics:DescribeApplication")),
    "AWS::KinesisFirehose::DeliveryStream": Native(Call("firehose", "DescribeDeliveryStream", "DeliveryStreamDescription", {"DeliveryStreamName": "{DeliveryStreamName}"}, arn="DeliveryStreamARN", state=deleting("DeliveryStreamStatus"), absent=NOT_FOUND)),
    "AWS::MSK::Cluster": KAFKA,
    "AWS::MSK::Configuration": Native(None, Call("kafka", "ListConfigurations", "Configurations", name="Name", id="Arn", arn="Arn")),
    "AWS::MSK::ServerlessCluster": KAFKA,
    "AWS::MemoryDB::Cluster": Native(
        Call("memorydb", "DescribeClusters", "Clusters", {"ClusterName": "{ClusterName}"}, arn="ARN", state=deleting("Status"), absent=("ClusterNotFoundFault",)),
        Call("memorydb", "DescribeClusters", "Clusters", name="Name", arn="ARN", state=deleting("Status")),
    ),
    "AWS::Neptune::DBCluster": DB_CLUSTER,
    "AWS::Neptune::DBInstance": DB_INSTANCE,
    "AWS::Neptune::DBSubnetGroup": DB_SUBNET_GROUP,
    "AWS::OpenSearchServerless::Collection": Native(None, Call("opensearchserverless", "BatchGetCollection", "collectionDetails", {"names": NAMES}, name="name", id="id", arn="arn", state=deleting("status"), at_most=100)),
    "AWS::OpenSearchService::Domain": SEARCH_DOMAIN,
    "AWS::RDS::DBCluster": DB_CLUSTER,
    "AWS::RDS::DBClusterParameterGroup": Native(
        Call("rds", "DescribeDBClusterParameterGroups", "DBClusterParameterGroups", {"DBClusterParameterGroupName": "{DBClusterParameterGroupName}"}, arn="DBClusterParameterGroupArn", absent=("DBParameterGroupNotFound",)),
        Call("rds", "DescribeDBClusterParameterGroups", "DBClusterParameterGroups", name="DBClusterParameterGroupName", arn="DBClusterParameterGroupArn"),
    ),
    "AWS::RDS::DBInstance": DB_INSTANCE,
    "AWS::RDS::DBParameterGroup": Native(
        Call("rds", "DescribeDBParameterGroups", "DBParameterGroups", {"DBParameterGroupName": "{DBParameterGroupName}"}, arn="DBParameterGroupArn", absent=("DBParameterGroupNotFound",)),
        Call("rds", "DescribeDBParameterGroups", "DBParameterGroups", name="DBParameterGroupName", arn="DBParameterGroupArn"),
    ),
    "AWS::RDS::DBProxy": Native(
        Call("rds", "DescribeDBProxies", "DBProxies", {"DBProxyName": "{DBProxyName}"}, arn="DBProxyArn", state=deleting("Status"), absent=("DBProxyNotFoundFault",)),
        Call("rds", "DescribeDBProxies", "DBProxies", name="DBProxyName", arn="DBProxyArn", state=deleting("Status")),
    ),
    "AWS::RDS::DBSubnetGroup": DB_SUBNET_GROUP,
    "AWS::RDS::EventSubscription": Native(
        Call("rds", "DescribeEventSubscriptions", "EventSubscriptionsList", {"SubscriptionName": "{SubscriptionName}"}, arn="EventSubscriptionArn", absent=("SubscriptionNotFound",)),
        Call("rds", "DescribeEventSubscriptions", "EventSubscriptionsList", name="CustSubscriptionId", arn="EventSubscriptionArn"),
    ),
    "AWS::RDS::GlobalCluster": Native(
        Call("rds", "DescribeGlobalClusters", "GlobalClusters", {"GlobalClusterIdentifier": "{GlobalClusterIdentifier}"}, arn="GlobalClusterArn", absent=("GlobalClusterNotFoundFault",)),
        Call("rds", "DescribeGlobalClusters", "GlobalClusters", name="GlobalClusterIdentifier", arn="GlobalClusterArn"),
    ),
    "AWS::RDS::OptionGroup": Native(
        Call("rds", "DescribeOptionGroups", "OptionGroupsList", {"OptionGroupName": "{OptionGroupName}"}, arn="OptionGroupArn", absent=("OptionGroupNotFoundFault",)),
        Call("rds", "DescribeOptionGroups", "OptionGroupsList", name="OptionGroupName", arn="OptionGroupArn"),
    ),
    "AWS::Redshift::Cluster": Native(
        Call("redshift", "DescribeClusters", "Clusters", {"ClusterIdentifier": "{ClusterIdentifier}"}, state=deleting("ClusterStatus"), absent=("ClusterNotFound",)),
        Call("redshift", "DescribeClusters", "Clusters", name="ClusterIdentifier", state=deleting("ClusterStatus")),
    ),
    "AWS::S3::AccessPoint": Native(
        Call("s3control", "GetAccessPoint", "@", {"AccountId": "{account}", "Name": "{Name}"}, arn="AccessPointArn", absent=("NoSuchAccessPoint",)),
        Call("s3control", "ListAccessPoints", "AccessPointList", {"AccountId": "{account}", "MaxResults": 1000}, name="Name", arn="AccessPointArn", next_page="NextToken"),
    ),
    "AWS::S3::BucketPolicy": Native(Call("s3", "GetBucketPolicy", "@", {"Bucket": "{Bucket}"}, absent=("NoSuchBucketPolicy", "NoSuchBucket"))),
    "AWS::SNS::Topic": Native(
        Call("sns", "GetTopicAttributes", "Attributes", {"TopicArn": "{arn}"}, id="TopicArn", arn="TopicArn", absent=("NotFound", "NotFoundException")),
        Call("sns", "ListTopics", "Topics", name="TopicArn", tail=True, id="TopicArn", arn="TopicArn"),
    ),
    "AWS::SQS::Queue": Native(
        Call("sqs", "GetQueueUrl", "@", {"QueueName": "{QueueName}"}, id="QueueUrl", absent=("QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue")),
        Call("sqs", "ListQueues", "QueueUrls", {"QueueNamePrefix": PREFIX, "MaxResults": 1000}, name="@", tail=True, id="@"),
    ),
    "AWS::SSM::Document": Native(Call("ssm", "DescribeDocument", "Document", {"Name": "{Name}"}, absent=("InvalidDocument",))),
    # A SecureString stays encrypted, and no value is looked at.
    "AWS::SSM::Parameter": Native(None, Call("ssm", "GetParameters", "Parameters", {"Names": NAMES, "WithDecryption": False}, name="Name", arn="ARN", at_most=10)),
    # A name is held until the recovery window has passed.
    "AWS::SecretsManager::Secret": Native(
        Call("secretsmanager", "DescribeSecret", "@", {"SecretId": "{Name}"}, id="ARN", arn="ARN", state=SCHEDULED, absent=NOT_FOUND),
        Call("secretsmanager", "ListSecrets", "SecretList", {"IncludePlannedDeletion": True, "MaxResults": 100}, name="Name", id="ARN", arn="ARN", state=SCHEDULED),
    ),
}
# fmt: on
