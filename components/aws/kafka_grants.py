"""What an access to an MSK cluster grants, on ARNs of what is inside, made from the cluster's own."""

import pulumi

from components.aws.edges import Access, Grant, Kind

MSK_CLUSTER = Kind(
    "kafka-cluster",
    {
        "send": Access(
            (
                Grant(("Connect", "WriteDataIdempotently")),
                Grant(("DescribeTopic", "WriteData"), ("topic",)),
            )
        ),
        "receive": Access(
            (
                Grant(("Connect",)),
                Grant(("DescribeTopic", "ReadData"), ("topic",)),
                Grant(("DescribeGroup", "AlterGroup"), ("group",)),
            )
        ),
        "administer": Access(
            (
                Grant(("Connect", "DescribeCluster")),
                Grant(
                    (
                        "CreateTopic",
                        "DescribeTopic",
                        "AlterTopic",
                        "DescribeTopicDynamicConfiguration",
                        "AlterTopicDynamicConfiguration",
                    ),
                    ("topic",),
                ),
            )
        ),
    },
)


def topic_arn(cluster_arn: pulumi.Input[str], topic: pulumi.Input[str]) -> pulumi.Output[str]:
    """`arn:…:topic/<cluster>/<uuid>/<topic>`; the topic may end in `*`."""
    return _inside(cluster_arn, "topic", topic)


def group_arn(cluster_arn: pulumi.Input[str], group: pulumi.Input[str]) -> pulumi.Output[str]:
    """`arn:…:group/<cluster>/<uuid>/<group>`; the group may end in `*`."""
    return _inside(cluster_arn, "group", group)


def _inside(cluster_arn: pulumi.Input[str], kind: str, name: pulumi.Input[str]) -> pulumi.Output[str]:
    # Source: Amazon MSK Developer Guide, "IAM access control", resource ARNs.
    prefix = pulumi.Output.from_input(cluster_arn).apply(
        lambda text: text.replace(":cluster/", f":{kind}/", 1)
    )
    return pulumi.Output.concat(prefix, "/", name)
