"""What Firehose may do on its way from a stream to the event store.

Source: Amazon Data Firehose Developer Guide, "Controlling access": S3 destination, Kinesis and MSK sources,
data transformation.
"""

import pulumi

from components.aws.grants import key_statement
from components.aws.kafka_grants import group_arn, topic_arn
from components.binding import Statement


def delivery_statements(
    *,
    bucket_arn: pulumi.Input[str],
    key_arn: pulumi.Input[str],
    function_arn: pulumi.Input[str],
    log_group_arn: pulumi.Input[str],
    stream_arn: pulumi.Input[str] | None,
    stream_key_arn: pulumi.Input[str],
    cluster_arn: pulumi.Input[str] | None,
    topic: pulumi.Input[str] | None,
) -> list[Statement]:
    """Statements of the role of one delivery stream: from a Kinesis stream, or else from a Kafka topic."""
    statements: list[Statement] = [
        {
            "sid": "FindStore",
            "actions": ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"],
            "resources": [bucket_arn],
        },
        {
            "sid": "WriteStore",
            "actions": ["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"],
            "resources": [pulumi.Output.concat(bucket_arn, "/*")],
        },
        key_statement("StoreKey", ("kms:Decrypt", "kms:GenerateDataKey"), key_arn, "s3"),
        {
            "sid": "MakeEnvelopes",
            "actions": ["lambda:InvokeFunction", "lambda:GetFunctionConfiguration"],
            "resources": [function_arn, pulumi.Output.concat(function_arn, ":$LATEST")],
        },
        {
            "sid": "WriteLogs",
            "actions": ["logs:PutLogEvents"],
            "resources": [pulumi.Output.concat(log_group_arn, ":log-stream:*")],
        },
    ]
    if stream_arn is not None:
        statements += _from_kinesis(stream_arn, stream_key_arn)
    if cluster_arn is not None and topic is not None:
        statements += _from_kafka(cluster_arn, topic)
    return statements


def _from_kinesis(stream_arn: pulumi.Input[str], key_arn: pulumi.Input[str]) -> list[Statement]:
    return [
        {
            "sid": "ReadStream",
            "actions": [
                "kinesis:DescribeStream",
                "kinesis:GetRecords",
                "kinesis:GetShardIterator",
                "kinesis:ListShards",
            ],
            "resources": [stream_arn],
        },
        key_statement("StreamKey", ("kms:Decrypt",), key_arn, "kinesis"),
    ]


def _from_kafka(cluster_arn: pulumi.Input[str], topic: pulumi.Input[str]) -> list[Statement]:
    return [
        {
            "sid": "FindCluster",
            "actions": [
                "kafka:DescribeCluster",
                "kafka:DescribeClusterV2",
                "kafka:GetBootstrapBrokers",
                "kafka-cluster:Connect",
            ],
            "resources": [cluster_arn],
        },
        {
            "sid": "ReadTopic",
            "actions": [
                "kafka-cluster:DescribeTopic",
                "kafka-cluster:DescribeTopicDynamicConfiguration",
                "kafka-cluster:ReadData",
            ],
            "resources": [topic_arn(cluster_arn, topic)],
        },
        {
            "sid": "ReadGroup",
            "actions": ["kafka-cluster:DescribeGroup"],
            "resources": [group_arn(cluster_arn, "*")],
        },
    ]
