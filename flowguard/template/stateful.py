"""Which types of resources hold what cannot be made again."""

from __future__ import annotations

import re
from enum import StrEnum


class Holds(StrEnum):
    """What becomes of the contents when the resource is deleted."""

    DATA = "data"
    """They are gone at once, or after a recovery window that few know of."""
    GUARDED = "guarded"
    """AWS refuses to delete it while it holds something; the deletion fails."""
    PASSING = "passing"
    """They are on their way through: messages, records, logs."""


_DATA = """
AWS::AmazonMQ::Broker AWS::CloudTrail::EventDataStore
AWS::CodeCommit::Repository AWS::Cognito::IdentityPool AWS::Cognito::UserPool
AWS::DAX::Cluster AWS::DirectoryService::MicrosoftAD AWS::DirectoryService::SimpleAD
AWS::Cassandra::Keyspace AWS::Cassandra::Table
AWS::DocDB::DBCluster AWS::DocDB::DBInstance AWS::DocDB::GlobalCluster
AWS::DocDBElastic::Cluster AWS::DSQL::Cluster
AWS::DynamoDB::GlobalTable AWS::DynamoDB::Table
AWS::EC2::Volume AWS::EFS::FileSystem
AWS::ElastiCache::CacheCluster AWS::ElastiCache::ReplicationGroup
AWS::ElastiCache::ServerlessCache AWS::Elasticsearch::Domain
AWS::FSx::FileSystem AWS::FSx::Volume AWS::HealthLake::FHIRDatastore
AWS::KMS::Key AWS::KMS::ReplicaKey
AWS::Kendra::Index AWS::KinesisVideo::Stream
AWS::Lightsail::Bucket AWS::Lightsail::Database AWS::Lightsail::Disk
AWS::MemoryDB::Cluster AWS::MSK::Cluster AWS::MSK::ServerlessCluster
AWS::Neptune::DBCluster AWS::Neptune::DBInstance AWS::NeptuneGraph::Graph
AWS::OpenSearchServerless::Collection AWS::OpenSearchService::Domain
AWS::Organizations::Account AWS::QLDB::Ledger
AWS::RDS::DBCluster AWS::RDS::DBInstance AWS::RDS::GlobalCluster
AWS::Redshift::Cluster AWS::RedshiftServerless::Namespace
AWS::S3Tables::Table AWS::S3Vectors::Index AWS::SDB::Domain
AWS::SageMaker::FeatureGroup AWS::SecretsManager::Secret
AWS::Timestream::InfluxDBCluster AWS::Timestream::InfluxDBInstance
AWS::Timestream::Table AWS::VerifiedPermissions::PolicyStore AWS::WorkSpaces::Workspace
"""
_GUARDED = """
AWS::Backup::BackupVault AWS::Backup::LogicallyAirGappedBackupVault
AWS::ECR::Repository AWS::Route53::HostedZone
AWS::S3::Bucket AWS::S3Express::DirectoryBucket AWS::S3Outposts::Bucket
AWS::S3Tables::TableBucket AWS::S3Vectors::VectorBucket AWS::Timestream::Database
"""
_PASSING = """
AWS::Kinesis::Stream AWS::Logs::LogGroup AWS::SQS::Queue
"""

STATEFUL: dict[str, Holds] = {
    resource_type: holds
    for holds, types in (
        (Holds.DATA, _DATA),
        (Holds.GUARDED, _GUARDED),
        (Holds.PASSING, _PASSING),
    )
    for resource_type in types.split()
}
"""FlowGuard's own list. Wider than cfn-lint's by the newer stores, and with three
kinds, since losing a table is another matter than losing a queue's messages."""

_CLEANER = re.compile(
    r"custom::.*(auto.?delete|clean|empt(y|ies|ier)|purge|wipe|"
    r"delete.*(objects|images|contents?)$)",
    re.IGNORECASE,
)


def is_cleaner(resource_type: str) -> bool:
    """Whether a custom resource empties what it is given, by the name of its type.

    The CDK's `Custom::S3AutoDeleteObjects` and `Custom::ECRAutoDeleteImages`, and what
    people write themselves: `Custom::EmptyS3Bucket`, `Custom::S3BucketCleaner`, ….
    """
    return _CLEANER.match(resource_type) is not None
