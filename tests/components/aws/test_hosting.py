"""Every part of the platform can be used from another language: its inputs and outputs can be described."""

import pulumi
import pytest
from blocks import component_inputs, component_outputs
from pulumi.provider.experimental.analyzer import Analyzer

from components.aws.account import AccountGuardrails
from components.aws.addons import Addons
from components.aws.alerts import Alerts
from components.aws.cluster import Cluster
from components.aws.cluster_addons import ClusterAddons
from components.aws.domain import Domain
from components.aws.endpoints import Endpoints
from components.aws.flow_logs import FlowLogs
from components.aws.keys import Keys
from components.aws.logs import LogBucket, LogGroup
from components.aws.network import Network
from components.aws.node_pool import NodePool
from components.aws.platform import AwsPlatform
from components.aws.pod_role import PodRole
from components.aws.registry import Registry

COMPONENTS = [
    *(AccountGuardrails, Addons, Alerts, AwsPlatform, Cluster, ClusterAddons, Domain, Endpoints, FlowLogs),
    *(Keys, LogBucket, LogGroup, Network, NodePool, PodRole, Registry),
]


@pytest.mark.parametrize("component", COMPONENTS)
def test_inputs_and_outputs_can_be_described(component: type[pulumi.ComponentResource]) -> None:
    assert component_inputs(component)
    component_outputs(component)


def test_all_of_them_in_one_package() -> None:
    found = Analyzer("skymason").analyze(COMPONENTS)
    assert set(found["component_definitions"]) == {component.__name__ for component in COMPONENTS}


def test_the_platform_s_contract() -> None:
    inputs = component_inputs(AwsPlatform)
    assert sorted(name for name, optional in inputs.items() if not optional) == [
        *("accountId", "availabilityZones", "cluster", "environment", "network", "partition", "project"),
        *("region", "repositories"),
    ]
    assert component_outputs(AwsPlatform) == {
        *("alertTopicArn", "clusterName", "kubeconfig", "nameServers", "privateSubnetIds", "registryHost"),
        "vpcId",
    }


def test_descriptions_reach_other_languages() -> None:
    found = Analyzer("skymason").analyze([Network])
    network = found["component_definitions"]["Network"]
    assert network.inputs["cidr"].description.startswith("IPv4 block from /16 to /20.")
