"""Resource types that hold what cannot be made again: replaced or deleted, it is gone."""

from __future__ import annotations

_TYPES = {
    "aws": (
        "backup/vault:Vault",
        "cloudwatch/logGroup:LogGroup",
        "cognito/userPool:UserPool",
        "docdb/cluster:Cluster",
        "dynamodb/table:Table",
        "ebs/volume:Volume",
        "ecr/repository:Repository",
        "efs/fileSystem:FileSystem",
        "elasticache/replicationGroup:ReplicationGroup",
        "elasticache/serverlessCache:ServerlessCache",
        "kinesis/stream:Stream",
        "kms/key:Key",
        "msk/cluster:Cluster",
        "msk/serverlessCluster:ServerlessCluster",
        "neptune/cluster:Cluster",
        "opensearch/domain:Domain",
        "rds/cluster:Cluster",
        "rds/instance:Instance",
        "route53/zone:Zone",
        "s3/bucket:Bucket",
        "s3/bucketV2:BucketV2",
        "secretsmanager/secret:Secret",
        "sqs/queue:Queue",
        "timestreamwrite/table:Table",
    ),
    "azure-native": (
        "containerregistry:Registry",
        "dbforpostgresql:Server",
        "cosmosdb:DatabaseAccount",
        "eventhub:EventHub",
        "keyvault:Key",
        "keyvault:Vault",
        "dns:Zone",
        "privatedns:PrivateZone",
        "operationalinsights:Workspace",
        "redis:Redis",
        "redisenterprise:RedisEnterprise",
        "servicebus:Queue",
        "sql:Database",
        "storage:BlobContainer",
        "storage:StorageAccount",
        "storage:Table",
    ),
    "kubernetes": ("apps/v1:StatefulSet", "core/v1:PersistentVolumeClaim"),
}

_TOKENS = frozenset(f"{package}:{name}" for package, names in _TYPES.items() for name in names)


def holds_data(type: str) -> bool:
    """Whether a resource of this type holds data, keys or names that a new one would not have.

    Azure's types count in every version of their API (`azure-native:storage/v20230101:Table`).
    """
    package, _, rest = type.partition(":")
    module, _, kind = rest.partition(":")
    if package == "azure-native":
        return f"{package}:{module.partition('/')[0]}:{kind}" in _TOKENS
    return type in _TOKENS
