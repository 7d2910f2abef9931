"""The security bar: what must hold for every resource of the shipped stacks staging and prod.

Lines come from AWS Foundational Security Best Practices, CIS AWS Foundations, CIS EKS and the NSA/CISA
Kubernetes hardening guide. Each test walks the plan, so that a resource added later is held to the same line.
"""

import json
import re
from pathlib import Path

import pytest

from skymason.plan.evaluate import evaluate_project
from skymason.plan.model import Plan, PlannedResource

ROOT = Path(__file__).parent.parent
WORLD = {"0.0.0.0/0", "::/0"}
ADMIN_AND_DATABASE_PORTS = {22, 3389, 1433, 3306, 5432, 6379, 9092, 27017}


@pytest.fixture(scope="module", params=["staging", "prod"])
def plan(request: pytest.FixtureRequest) -> Plan:
    return evaluate_project(ROOT, request.param)


def some(plan: Plan, type: str) -> list[PlannedResource]:
    found = plan.of_type(type)
    assert found, f"the stack has no {type}: this line would prove nothing"
    return found


def documents(plan: Plan) -> list[tuple[str, str, dict]]:
    """(resource name, property, parsed document) of every policy in the plan."""
    found = []
    for resource in plan.resources:
        for key in ("policy", "assumeRolePolicy"):
            text = resource.inputs.get(key)
            if isinstance(text, str) and '"Statement"' in text:
                found.append((resource.name, key, json.loads(text)))
    return found


def statements(document: dict) -> list[dict]:
    listed = document["Statement"]
    return listed if isinstance(listed, list) else [listed]


def as_list(value: object) -> list:
    return value if isinstance(value, list) else [value]


class TestVpc:
    def test_each_vpc_has_a_flow_log_of_all_traffic(self, plan: Plan) -> None:
        logged = {log.inputs["vpcId"] for log in some(plan, "aws:ec2/flowLog:FlowLog")}
        assert {vpc.id for vpc in some(plan, "aws:ec2/vpc:Vpc")} == logged
        assert {log.inputs["trafficType"] for log in plan.of_type("aws:ec2/flowLog:FlowLog")} == {"ALL"}

    def test_the_default_security_group_has_no_rules(self, plan: Plan) -> None:
        for group in some(plan, "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"):
            assert not group.inputs.get("ingress")
            assert not group.inputs.get("egress")

    def test_subnets_do_not_map_public_addresses(self, plan: Plan) -> None:
        assert not [
            s.name for s in some(plan, "aws:ec2/subnet:Subnet") if s.inputs.get("mapPublicIpOnLaunch")
        ]

    def test_three_zones(self, plan: Plan) -> None:
        assert len({s.inputs["availabilityZone"] for s in some(plan, "aws:ec2/subnet:Subnet")}) == 3

    def test_endpoints_for_storage_and_registry(self, plan: Plan) -> None:
        services = {
            e.inputs["serviceName"].split(".", 3)[3] for e in some(plan, "aws:ec2/vpcEndpoint:VpcEndpoint")
        }
        assert {"s3", "ecr.api", "ecr.dkr", "sts", "logs"} <= services

    def test_network_acls_keep_administration_ports_from_the_world(self, plan: Plan) -> None:
        for acl in some(plan, "aws:ec2/networkAcl:NetworkAcl"):
            for rule in acl.inputs.get("ingress", []):
                if rule["action"] == "allow" and rule.get("cidrBlock") in WORLD:
                    assert not any(rule["fromPort"] <= port <= rule["toPort"] for port in (22, 3389)), (
                        acl.name
                    )
        for rule in plan.of_type("aws:ec2/networkAclRule:NetworkAclRule"):
            inputs = rule.inputs
            if (
                not inputs.get("egress")
                and inputs["ruleAction"] == "allow"
                and inputs.get("cidrBlock") in WORLD
            ):
                assert not any(inputs["fromPort"] <= port <= inputs["toPort"] for port in (22, 3389)), (
                    rule.name
                )


class TestSecurityGroups:
    def test_no_administration_or_database_port_is_open_to_the_world(self, plan: Plan) -> None:
        for rule in some(plan, "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"):
            if {rule.inputs.get("cidrIpv4"), rule.inputs.get("cidrIpv6")} & WORLD:
                ports = range(int(rule.inputs["fromPort"]), int(rule.inputs["toPort"]) + 1)
                assert not ADMIN_AND_DATABASE_PORTS & set(ports), rule.name
        for group in plan.of_type("aws:ec2/securityGroup:SecurityGroup"):
            for rule in group.inputs.get("ingress", []):
                if WORLD & {*rule.get("cidrBlocks", []), *rule.get("ipv6CidrBlocks", [])}:
                    assert rule["fromPort"] in (80, 443), group.name

    def test_every_rule_has_a_description(self, plan: Plan) -> None:
        kinds = (
            "securityGroupIngressRule:SecurityGroupIngressRule",
            "securityGroupEgressRule:SecurityGroupEgressRule",
        )
        for kind in kinds:
            assert not [r.name for r in some(plan, f"aws:vpc/{kind}") if not r.inputs.get("description")]

    def test_instances_require_imdsv2_encrypt_disks_and_have_no_public_address(self, plan: Plan) -> None:
        for template in some(plan, "aws:ec2/launchTemplate:LaunchTemplate"):
            assert template.inputs["metadataOptions"]["httpTokens"] == "required"
            assert template.inputs["metadataOptions"]["httpPutResponseHopLimit"] == 1
            assert [str(d["ebs"]["encrypted"]).lower() for d in template.inputs["blockDeviceMappings"]] == [
                "true"
            ]
            for interface in template.inputs.get("networkInterfaces", []):
                assert str(interface["associatePublicIpAddress"]).lower() == "false"


class TestCluster:
    def test_private_logged_encrypted_and_with_explicit_access(self, plan: Plan) -> None:
        for cluster in some(plan, "eks:index:Cluster"):
            inputs = cluster.inputs
            assert inputs["endpointPrivateAccess"] is True
            assert not inputs.get("endpointPublicAccess") or not WORLD & set(inputs["publicAccessCidrs"])
            assert sorted(inputs["enabledClusterLogTypes"]) == [
                "api",
                "audit",
                "authenticator",
                "controllerManager",
                "scheduler",
            ]
            assert inputs["encryptionConfigKeyArn"].startswith("arn:aws:kms:")
            assert inputs["authenticationMode"] == "API"
            assert inputs["skipDefaultNodeGroup"] is True
            assert inputs["accessEntries"]

    def test_nodes_are_private(self, plan: Plan) -> None:
        private = {s.id for s in plan.of_type("aws:ec2/subnet:Subnet") if "private" in s.name}
        for group in some(plan, "aws:eks/nodeGroup:NodeGroup"):
            assert set(group.inputs["subnetIds"]) <= private
            assert len(group.inputs["subnetIds"]) == 3


class TestLoadBalancers:
    def test_hardened(self, plan: Plan) -> None:
        for balancer in some(plan, "aws:lb/loadBalancer:LoadBalancer"):
            inputs = balancer.inputs
            assert inputs["dropInvalidHeaderFields"] is True, balancer.name
            assert inputs["enableDeletionProtection"] is True, balancer.name
            assert inputs["desyncMitigationMode"] == "defensive", balancer.name
            assert inputs["accessLogs"]["enabled"] is True, balancer.name
            assert len(inputs["subnets"]) >= 2, balancer.name

    def test_plain_http_only_redirects(self, plan: Plan) -> None:
        plain = [r for r in some(plan, "aws:lb/listener:Listener") if r.inputs["protocol"] == "HTTP"]
        assert plain
        for listener in plain:
            action = listener.inputs["defaultActions"][0]
            assert action["type"] == "redirect"
            assert action["redirect"]["protocol"] == "HTTPS"

    def test_tls_12_or_later(self, plan: Plan) -> None:
        for listener in plan.of_type("aws:lb/listener:Listener"):
            if listener.inputs["protocol"] == "HTTPS":
                assert re.match(r"ELBSecurityPolicy-TLS13-1-[23]-", listener.inputs["sslPolicy"]), (
                    listener.name
                )

    def test_public_ones_have_a_firewall(self, plan: Plan) -> None:
        covered = {
            a.inputs["resourceArn"] for a in some(plan, "aws:wafv2/webAclAssociation:WebAclAssociation")
        }
        public = [b for b in plan.of_type("aws:lb/loadBalancer:LoadBalancer") if not b.inputs.get("internal")]
        assert public
        assert {b.outputs["arn"] for b in public} <= covered

    def test_the_firewall_blocks_known_bad_inputs_limits_rates_measures_and_logs(self, plan: Plan) -> None:
        logged = {
            c.inputs["resourceArn"]
            for c in some(plan, "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration")
        }
        for acl in some(plan, "aws:wafv2/webAcl:WebAcl"):
            assert acl.outputs["arn"] in logged
            assert acl.inputs["visibilityConfig"]["cloudwatchMetricsEnabled"] is True
            rules = [rule["statement"] for rule in acl.inputs["rules"]]
            groups = {
                r["managedRuleGroupStatement"]["name"] for r in rules if "managedRuleGroupStatement" in r
            }
            assert "AWSManagedRulesKnownBadInputsRuleSet" in groups
            assert [r for r in rules if "rateBasedStatement" in r]


class TestBuckets:
    def test_private_encrypted_versioned_and_over_tls(self, plan: Plan) -> None:
        for bucket in some(plan, "aws:s3/bucket:Bucket"):
            parts = {
                r.type: r
                for r in plan.resources
                if r.inputs.get("bucket") in (bucket.id, bucket.outputs["bucket"])
            }
            block = parts["aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"].inputs
            wanted = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
            assert [block[key] for key in wanted] == [True] * 4
            ownership = parts["aws:s3/bucketOwnershipControls:BucketOwnershipControls"]
            assert ownership.inputs["rule"]["objectOwnership"] == "BucketOwnerEnforced"
            assert (
                "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
                in parts
            )
            versioning = parts["aws:s3/bucketVersioning:BucketVersioning"]
            assert versioning.inputs["versioningConfiguration"]["status"] == "Enabled"
            lifecycle = parts["aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"]
            assert any("abortIncompleteMultipartUpload" in rule for rule in lifecycle.inputs["rules"])
            policy = json.loads(parts["aws:s3/bucketPolicy:BucketPolicy"].inputs["policy"])
            denied = [s for s in statements(policy) if s["Effect"] == "Deny"]
            assert any(s["Condition"].get("Bool", {}).get("aws:SecureTransport") == "false" for s in denied)
            if plan.stack == "prod":
                assert bucket.options.protect
                assert bucket.options.retain_on_delete


class TestPermissions:
    def test_no_wildcard_actions(self, plan: Plan) -> None:
        for name, key, document in documents(plan):
            if "key" in name and key == "policy":
                continue  # a key policy names its own key as *
            for statement in statements(document):
                if statement["Effect"] == "Allow":
                    for action in as_list(statement["Action"]):
                        assert action != "*", name
                        assert not action.endswith(":*"), f"{name}: {action}"

    def test_decrypt_names_its_keys(self, plan: Plan) -> None:
        for name, _, document in documents(plan):
            for statement in statements(document):
                if "kms:Decrypt" in as_list(statement.get("Action", [])) and "Principal" not in statement:
                    assert "*" not in as_list(statement["Resource"]), name

    def test_passing_roles_is_scoped(self, plan: Plan) -> None:
        for name, _, document in documents(plan):
            for statement in statements(document):
                if "iam:PassRole" in as_list(statement.get("Action", [])):
                    assert "*" not in as_list(statement["Resource"]), name

    def test_nobody_is_trusted_by_wildcard(self, plan: Plan) -> None:
        for name, _, document in documents(plan):
            for statement in statements(document):
                if statement["Effect"] == "Allow" and "Principal" in statement:
                    principals = as_list(statement["Principal"])
                    flat = [v for p in principals for v in (p.values() if isinstance(p, dict) else [p])]
                    if "*" in flat or ["*"] in flat:
                        assert statement.get("Condition"), f"{name} trusts everybody without a condition"

    def test_no_users(self, plan: Plan) -> None:
        assert not [r.name for r in plan.resources if r.type.startswith("aws:iam/user")]


class TestKeysLogsTopicsImages:
    def test_keys_rotate_and_are_not_deleted_at_once(self, plan: Plan) -> None:
        for key in some(plan, "aws:kms/key:Key"):
            assert key.inputs["enableKeyRotation"] is True
            assert key.inputs["deletionWindowInDays"] >= 7

    def test_log_groups_are_encrypted_and_kept_for_a_stated_time(self, plan: Plan) -> None:
        for group in some(plan, "aws:cloudwatch/logGroup:LogGroup"):
            assert group.inputs["kmsKeyId"], group.name
            assert group.inputs["retentionInDays"] >= 30, group.name

    def test_alarms_tell_somebody(self, plan: Plan) -> None:
        for alarm in some(plan, "aws:cloudwatch/metricAlarm:MetricAlarm"):
            assert alarm.inputs["alarmActions"], alarm.name

    def test_topics_are_encrypted_and_refuse_plain_transport(self, plan: Plan) -> None:
        policies = {
            p.inputs["arn"]: json.loads(p.inputs["policy"])
            for p in some(plan, "aws:sns/topicPolicy:TopicPolicy")
        }
        for topic in some(plan, "aws:sns/topic:Topic"):
            assert topic.inputs["kmsMasterKeyId"]
            denied = [s for s in statements(policies[topic.outputs["arn"]]) if s["Effect"] == "Deny"]
            assert any(s["Condition"].get("Bool", {}).get("aws:SecureTransport") == "false" for s in denied)

    def test_images_are_immutable_scanned_and_encrypted(self, plan: Plan) -> None:
        for repository in some(plan, "aws:ecr/repository:Repository"):
            assert repository.inputs["imageTagMutability"] == "IMMUTABLE"
            assert repository.inputs["imageScanningConfiguration"]["scanOnPush"] is True
            assert [c["encryptionType"] for c in repository.inputs["encryptionConfigurations"]] == ["KMS"]


def pods(plan: Plan) -> list[tuple[str, dict]]:
    """(resource name, pod spec) of every workload."""
    found = []
    for resource in plan.resources:
        spec = resource.inputs.get("spec", {})
        if resource.type in ("kubernetes:apps/v1:Deployment", "kubernetes:batch/v1:Job"):
            found.append((resource.name, spec["template"]["spec"]))
        elif resource.type == "kubernetes:batch/v1:CronJob":
            found.append((resource.name, spec["jobTemplate"]["spec"]["template"]["spec"]))
    assert found
    return found


class TestKubernetes:
    def test_containers_are_confined(self, plan: Plan) -> None:
        for name, pod in pods(plan):
            assert pod["automountServiceAccountToken"] is False, name
            assert not any(pod.get(key) for key in ("hostNetwork", "hostPID", "hostIPC")), name
            assert not any("hostPath" in volume for volume in pod.get("volumes", [])), name
            assert pod["securityContext"]["runAsNonRoot"] is True, name
            assert pod["securityContext"]["seccompProfile"]["type"] == "RuntimeDefault", name
            for container in [*pod["containers"], *pod.get("initContainers", [])]:
                context = container["securityContext"]
                assert context["allowPrivilegeEscalation"] is False, name
                assert context["readOnlyRootFilesystem"] is True, name
                assert context["capabilities"]["drop"] == ["ALL"], name
                assert not context.get("privileged"), name
                assert {"cpu", "memory"} <= set(container["resources"]["requests"]), name
                assert "memory" in container["resources"]["limits"], name
                assert re.search(r"@sha256:[0-9a-f]{64}$", container["image"]), name

    def test_services_are_probed_and_survive_drains(self, plan: Plan) -> None:
        budgets = {
            b.inputs["metadata"]["namespace"] for b in some(plan, "kubernetes:policy/v1:PodDisruptionBudget")
        }
        for deployment in some(plan, "kubernetes:apps/v1:Deployment"):
            main = deployment.inputs["spec"]["template"]["spec"]["containers"][0]
            assert {"livenessProbe", "readinessProbe", "startupProbe"} <= set(main), deployment.name
            assert deployment.inputs["metadata"]["namespace"] in budgets

    def test_namespaces_are_restricted_and_deny_by_default(self, plan: Plan) -> None:
        spaces = [
            n for n in some(plan, "kubernetes:core/v1:Namespace") if n.inputs["metadata"]["name"] != "keda"
        ]
        closed = {
            p.inputs["metadata"]["namespace"]
            for p in some(plan, "kubernetes:networking.k8s.io/v1:NetworkPolicy")
            if p.inputs["spec"]["podSelector"] == {}
            and sorted(p.inputs["spec"]["policyTypes"]) == ["Egress", "Ingress"]
        }
        for space in spaces:
            labels = space.inputs["metadata"]["labels"]
            assert labels["pod-security.kubernetes.io/enforce"] == "restricted", space.name
            assert space.inputs["metadata"]["name"] in closed, space.name


def test_no_secret_stands_in_an_input_in_plain_text(plan: Plan) -> None:
    suspicious = re.compile(r"(password|secret|token|private_?key)$", re.IGNORECASE)
    for resource in plan.resources:
        for key, value in resource.inputs.items():
            if suspicious.search(key) and isinstance(value, str) and value:
                assert key in resource.secrets, f"{resource.name}.{key}"
