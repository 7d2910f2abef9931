"""What an access to an MSK cluster grants, on ARNs of what is inside, made from the cluster's own."""

import pulumi

from components.aws.data_network import KAFKA
from components.aws.grants import grant
from components.aws.kinds import Access, Grant, Kind
from components.binding import Binding, StreamSource

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


def kafka_binding(
    name: str,
    access: str,
    *,
    arn: pulumi.Input[str],
    bootstrap_servers: pulumi.Input[str],
    cidr: pulumi.Input[str],
    topic: str,
    group: str,
    port: int = KAFKA,
) -> Binding:
    """What a workload gets. access: of the table above; raises ValueError for another. topic, group: may end
    in `*`; a workload is told no topic where there may be several."""
    environment: dict[str, pulumi.Input[str]] = {
        "BOOTSTRAP_SERVERS": bootstrap_servers,
        "SECURITY_PROTOCOL": "SASL_SSL",
    }
    if not topic.endswith("*"):
        environment["TOPIC"] = topic
    if access == "receive":
        environment["GROUP"] = group
    made = grant(
        MSK_CLUSTER,
        name,
        access,
        arn=arn,
        targets={"topic": [topic_arn(arn, topic)], "group": [group_arn(arn, group)]},
        environment=environment,
        network=[{"direction": "egress", "port": port, "cidr": cidr}],
    )
    if access != "receive" or topic.endswith("*"):
        return made
    source: StreamSource = {"arn": arn, "bootstrap_servers": bootstrap_servers, "topic": topic, "cidr": cidr}
    return {**made, "stream": source}


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
