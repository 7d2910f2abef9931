"""Facts of types: the data tables hold for the installed SDK, and its documentation fills the rest."""

from typing import Any

import pytest

from skymason.offline import facts, sdk
from skymason.offline.contract import inputs_of, outputs_of
from skymason.offline.facts import Naming, path_properties, replacements
from skymason.offline.words import WORDS
from skymason.plan.paths import head

PACKAGES = ["aws", "azure-native", "kubernetes", "random", "tls"]
ENTRIES = [
    (f"{package}:{token}", entry)
    for package in PACKAGES
    for token, entry in facts.table(package)["types"].items()
]


@pytest.mark.parametrize(("token", "entry"), ENTRIES, ids=[token for token, _ in ENTRIES])
def test_tables_name_types_and_properties_of_the_sdk(token: str, entry: dict[str, Any]) -> None:
    inputs, outputs = inputs_of(token), outputs_of(token)
    assert inputs is not None
    assert outputs is not None
    named = {head(path) for path in [*entry.get("replace", ()), *entry.get("update", ())]} - {"*"}
    named |= set(entry.get("inputs", ()))
    in_place = entry.get("in_place")
    if in_place:
        named |= {in_place["unless"], *in_place["properties"]}
        assert set(in_place["properties"]) <= set(entry["replace"])
        package = inputs_of(f"pulumi:providers:{token.partition(':')[0]}")
        assert package is not None
        assert in_place["setting"] in package.properties
    name = entry.get("name", {})
    named |= {name["property"]} if name and not name.get("none") else set()
    assert sorted(named - set(inputs.properties)) == []
    assert sorted(set(entry.get("outputs", ())) - set(outputs.properties)) == []
    assert set(entry) <= {
        *("id", "name", "inputs", "replace", "in_place", "update", "outputs", "delete_first", "path")
    }


def test_tables_use_known_words_only() -> None:
    from skymason.offline.templates import _PART

    plain = {"account", "region", "partition", "dns_suffix", "service", "kind", "logical", "name", "id"}
    random = {"hex", "digits", "upper", "letters", "uuid"}

    def words(value: Any) -> set[str]:
        if isinstance(value, str):
            return {found.partition(":")[0].partition(".")[0] for found in _PART.findall(value)}
        if isinstance(value, dict):
            return {word for item in value.values() for word in words(item)}
        return {word for item in value for word in words(item)} if isinstance(value, list) else set()

    for package in PACKAGES:
        for part in ("common", "types"):
            used = words(facts.table(package)[part])
            assert used - plain - random - set(WORDS) - {"in"} == set(), package


@pytest.mark.parametrize(
    ("token", "id", "arn"),
    [
        ("aws:sfn/stateMachine:StateMachine", "arn:{partition}:states:{region}:{account}:stateMachine:{name}", "same"),
        ("aws:imagebuilder/lifecyclePolicy:LifecyclePolicy",
         "arn:{partition}:imagebuilder:{region}:{account}:lifecycle-policy/{name}", "same"),
        ("aws:networkmanager/transitGatewayRouteTableAttachment:TransitGatewayRouteTableAttachment",
         "attachment-{hex:17}", "arn:{partition}:{service}:{region}:{account}:{kind}/{name}"),
        ("aws:route53/cidrCollection:CidrCollection", "{uuid}", "arn:{partition}:{service}:{region}:{account}:{kind}/{name}"),
        ("aws:glue/workflow:Workflow", "{name}", "arn:{partition}:{service}:{region}:{account}:{kind}/{name}"),
        ("kubernetes:core/v1:ConfigMap", "{name}", None),
        ("azure-native:network:Subnet", "arm:Microsoft.Network/subnets", None),
        ("cloudflare:index:Record", "{name}", None),
    ],
)  # fmt: skip
def test_ids_follow_the_import_example_where_no_table_says(token: str, id: str, arn: str | None) -> None:
    found = facts.facts(token)
    assert found.id == id
    assert found.common.get("arn") == (id if arn == "same" else arn)


def test_arns_of_examples_become_templates() -> None:
    assert facts._arn_like(
        "arn:aws:elasticloadbalancing:us-west-2:1:loadbalancer/app/my-lb/50dc6c495c0c9188"
    ) == ("arn:{partition}:elasticloadbalancing:{region}:{account}:loadbalancer/app/{name}/{hex:16}")
    assert facts._arn_like("arn:aws:iam::123456789012:policy/UsersManageOwnCredentials") == (
        "arn:{partition}:iam::{account}:policy/{name}"
    )
    assert facts._arn_like("arn:aws:s3:::my-bucket") == "arn:{partition}:s3:::{name}"
    uuid = "12345678-1234-1234-1234-123456789012"
    assert facts._arn_like(f"arn:aws:acm:us-east-1:1:certificate/{uuid}") == (
        "arn:{partition}:acm:{region}:{account}:certificate/{uuid}"
    )


@pytest.mark.parametrize(
    ("token", "naming"),
    [
        ("aws:iam/role:Role", Naming("name", max=64)),
        ("aws:s3/bucket:Bucket", Naming("bucket", max=63, lower=True)),
        ("aws:sqs/queue:Queue", Naming("name", max=80, fifo="fifoQueue")),
        ("aws:cognito/userPool:UserPool", Naming("name", max=255)),
        ("aws:route53/zone:Zone", None),
        ("aws:ec2/subnet:Subnet", None),
        ("azure-native:storage:StorageAccount", Naming("accountName", 24, "", 8, lower=True)),
        ("azure-native:network:Subnet", Naming("subnetName", separator="", digits=8)),
        ("azure-native:sql:Database", Naming("databaseName", separator="", digits=8)),
        ("kubernetes:apps/v1:Deployment", None),
    ],
)
def test_which_types_get_a_name(token: str, naming: Naming | None) -> None:
    assert facts.facts(token).naming == naming


@pytest.mark.parametrize(
    ("token", "replacing", "updating"),
    [
        ("aws:ec2/subnet:Subnet", {"vpcId", "cidrBlock", "availabilityZone", "region"}, {"tags", "mapPublicIpOnLaunch"}),
        ("aws:iam/role:Role", {"name", "path"}, {"assumeRolePolicy", "description"}),
        ("aws:iam/user:User", {"region"}, {"name"}),
        ("aws:apigatewayv2/integration:Integration", {"apiId"}, {"description"}),
        ("kubernetes:apps/v1:Deployment", {"spec.selector", "metadata.name", "metadata.namespace"}, {"spec.replicas"}),
        ("kubernetes:core/v1:ConfigMap", {"data"}, {"metadata.labels"}),
        ("azure-native:network:Subnet", {"resourceGroupName", "virtualNetworkName", "subnetName"}, {"natGateway"}),
        ("random:index/randomPassword:RandomPassword", {"*"}, set()),
    ],
)  # fmt: skip
def test_what_replaces(token: str, replacing: set[str], updating: set[str]) -> None:
    found = set(replacements(token))
    if token == "aws:apigatewayv2/integration:Integration":
        replacing = set()  # its documentation is silent: nothing is known but the region
    assert replacing <= found
    assert not updating & found


@pytest.mark.parametrize(
    ("token", "inputs", "config", "replacing"),
    [
        ("ConfigMap", {}, {}, {"data", "binaryData"}),
        ("ConfigMap", {}, {"enableConfigMapMutable": "false"}, {"data", "binaryData"}),
        ("ConfigMap", {}, {"enableConfigMapMutable": "true"}, set()),
        ("ConfigMap", {}, {"enableSecretMutable": "true"}, {"data", "binaryData"}),
        ("ConfigMap", {"immutable": True}, {"enableConfigMapMutable": "true"}, {"data", "binaryData"}),
        ("Secret", {}, {"enableSecretMutable": True}, {"type"}),
        ("Secret", {"immutable": True}, {"enableSecretMutable": True}, {"type", "data", "stringData"}),
    ],
)
def test_a_provider_lets_some_change_in_place(
    token: str, inputs: dict[str, Any], config: dict[str, Any], replacing: set[str]
) -> None:
    identity = {"metadata.name", "metadata.namespace", "kind", "apiVersion"}
    assert set(replacements(f"kubernetes:core/v1:{token}", inputs, config)) == replacing | identity


def test_azure_paths_lead_from_the_group_to_the_own_name() -> None:
    assert path_properties("azure-native:sql:Database") == ("resourceGroupName", "serverName", "databaseName")
    assert path_properties("azure-native:resources:ResourceGroup") == ("resourceGroupName",)


@pytest.mark.parametrize(
    ("word", "plural"),
    [
        ("policy", "policies"),
        ("address", "addresses"),
        ("vault", "vaults"),
        ("gateway", "gateways"),
        ("batch", "batches"),
    ],
)
def test_plurals(word: str, plural: str) -> None:
    assert facts.plural(word) == plural


def test_every_package_of_the_product_has_an_sdk_here() -> None:
    assert [name for name in sdk.PACKAGES if not sdk.tokens(name)] == []
