"""The Helm chart against the component, object by object, for shipped services and for special ones."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from built_tools import tool
from charts import CHART, KUBERNETES, ROOT, STACKS, Charts, by_name, output, planned, render
from generated import files_of, on_disk, requests

from skymason.generate.chart import values_files
from skymason.generate.chart_cloud import cloud_values
from skymason.generate.chart_split import split
from skymason.plan.evaluate import evaluate_project
from skymason.plan.model import Plan

CUSTOM = ("elbv2.k8s.aws/", "keda.sh/")
OLDEST = "1.34"
SPECIAL: dict[str, dict[str, Any]] = {
    # One replica, one-off and scheduled tasks, a container beside it, a queue that keeps order.
    "invoices": {
        "pattern": "background_worker",
        "overrides": {
            "singleton": True,
            "scaling": {"min": 1, "max": 1, "acceptable_latency_seconds": 600},
            "shutdown": {"grace_seconds": 300},
            "queue": {"fifo": True, "processing_seconds": 300},
            "tasks": [
                {"name": "seed", "command": ["/app/seed"], "retries": 0, "timeout_seconds": 60},
                {"name": "nightly", "command": ["/app/night"], "args": ["--all"], "schedule": "0 3 * * *"},
            ],
            "sidecars": [
                {
                    "name": "forwarder",
                    "image": "public.ecr.aws/example/forwarder@sha256:" + "c" * 64,
                    "environment": {"LEVEL": "info"},
                    "port": 4317,
                    "resources": {
                        "requests": {"cpu": "10m", "memory": "32Mi"},
                        "limits": {"cpu": "100m", "memory": "64Mi"},
                    },
                }
            ],
        },
    },
    # No pool, no cache, no migrations, nothing to write to.
    "archive": {
        "pattern": "data_api",
        "overrides": {
            "pool": {"kind": "none"},
            "cache": {"enabled": False},
            "migrations": {"enabled": False},
            "ingress": {"exposure": "both"},
            "container": {"writable_paths": []},
        },
    },
    # A channel of its own, shards that see to themselves, a replay with the image's own command.
    "clicks": {
        "pattern": "event_processor",
        "overrides": {
            "stream": {"enhanced_fan_out": True, "capacity": "on_demand"},
            "idempotency": {"enabled": False},
            "spot": True,
        },
    },
    # Streams of another service, read as its own: over a channel of its own, and in a group of its own.
    "bills": {
        "pattern": "event_processor",
        "overrides": {
            "stream": {"source": "clicks-stream", "capacity": "on_demand", "enhanced_fan_out": True},
            "store": {"enabled": False},
        },
        "uses": [{"resource": "clicks-stream", "access": "receive"}],
    },
    "visits": {
        "pattern": "event_processor",
        "overrides": {"stream": {"kind": "msk_serverless"}, "scaling": {"min": 0}},
    },
    "fraud": {
        "pattern": "event_processor",
        "overrides": {
            "stream": {"kind": "msk_serverless", "source": "visits-stream"},
            "store": {"enabled": False},
        },
        "uses": [{"resource": "visits-stream", "access": "receive"}],
    },
    # Stores and a queue that were there before, elsewhere, and on other ports.
    "heritage": {
        "pattern": "data_api",
        "overrides": {
            "ingress": {"exposure": "internal"},
            "database": {
                "existing": {
                    "resource_id": "db-ABCDEFGHIJKL01234",
                    "host": "old.example.internal",
                    "port": 5433,
                    "cidr": "10.9.0.0/16",
                }
            },
            "pool": {"kind": "pgbouncer"},
            "cache": {
                "existing": {
                    "arn": "arn:aws:elasticache:eu-central-1:123456789012:replicationgroup:old",
                    "host": "cache.example.internal",
                    "port": 6380,
                    "cidr": "10.9.0.0/16",
                    "user_id": "old",
                    "user_arn": "arn:aws:elasticache:eu-central-1:123456789012:user:old",
                }
            },
        },
    },
    "backlog": {
        "pattern": "background_worker",
        "overrides": {
            "queue": {
                "existing": {
                    "arn": "arn:aws:sqs:eu-central-1:123456789012:old-jobs",
                    "dead_letter_arn": "arn:aws:sqs:eu-central-1:123456789012:old-jobs-failed",
                }
            }
        },
    },
    # Stores and streams of other services; as many shards as the load takes.
    "reports": {
        "pattern": "web_api",
        "overrides": {"ingress": {"exposure": "internal"}},
        "uses": [
            {"resource": "ledger-database", "access": "read"},
            {"resource": "ledger-cache", "access": "read"},
            {"resource": "visits-stream", "access": "send"},
            {"resource": "clicks-stream", "access": "subscribe"},
        ],
    },
    "surges": {
        "pattern": "event_processor",
        "overrides": {"stream": {"partitions": None, "events_per_second": 9000}},
        "environments": {"dev": {"stream": {"partitions": None, "events_per_second": 3000}}},
    },
    # Nothing is kept, so nothing can be replayed; image by its whole name; scaling by CPU alone.
    "pings": {"pattern": "event_processor", "overrides": {"store": {"enabled": False}}},
    "status": {
        "pattern": "web_api",
        "image": {"repository": "ghcr.io/example/status", "digest": "sha256:" + "d" * 64},
        "overrides": {
            "scaling": {"requests_per_target": None},
            "network": {
                "allow_from": ["storefront"],
                "egress_cidrs": ["198.51.100.0/24"],
                "egress_ports": [25],
            },
        },
    },
}

GENERATED = {
    item.name: item
    for item in requests()
    if item.cloud == "aws" and item.language == "python" and (not item.uses or item.pattern == "data_api")
}
"""What the generator makes of each pattern, of one of them with something that it uses."""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped project with the special services and the generated ones beside its own."""
    folder = tmp_path_factory.mktemp("project")
    for file in (*ROOT.glob("Pulumi*.yaml"), ROOT / "infrastructure-patterns.yaml", ROOT / "__main__.py"):
        shutil.copy(file, folder)
    shutil.copytree(ROOT / "services", folder / "services")
    shutil.copy(ROOT / "tests/data/services/readings.yaml", folder / "services")
    for name, spec in SPECIAL.items():
        whole = {
            "service": {"name": name, "owner": "team-tests", "tier": "standard"},
            "image": {"repository": name, "digest": "sha256:" + "e" * 64},
            **spec,
        }
        (folder / "services" / f"{name}.yaml").write_text(yaml.safe_dump(whole))
    for request_ in GENERATED.values():
        for path, file in files_of(request_).items():
            if path.parts[0] == "services":
                (folder / path).parent.mkdir(exist_ok=True)
                (folder / path).write_text(file.text)
    return folder


@pytest.fixture(scope="module")
def charts(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Charts:
    written = {name: on_disk(item) / item.folder / "chart" for name, item in GENERATED.items()}
    return Charts(project, tmp_path_factory.mktemp("charts"), written)


@pytest.fixture(scope="module", params=STACKS)
def plan(request: pytest.FixtureRequest, project: Path) -> Plan:
    return evaluate_project(project, request.param)


@pytest.fixture(scope="module")
def rendered(plan: Plan, charts: Charts) -> dict[str, list[dict[str, Any]]]:
    """Service → what Helm makes of its chart with the values of the stack."""
    helm = tool("helm")
    found = {}
    for name, environments in charts.services.items():
        if plan.stack in environments:
            chart = charts.chart(name)
            of_stack = chart / f"values-{plan.stack}.yaml"
            found[name] = render(helm, chart, of_stack, charts.cloud(plan, name))
    return found


pytestmark = pytest.mark.slow


def test_every_pattern_is_there(rendered: dict[str, Any], charts: Charts, plan: Plan) -> None:
    patterns = {charts.services[name][plan.stack].pattern for name in rendered}
    assert patterns == {"web_api", "background_worker", "data_api", "event_processor"}
    assert {*SPECIAL, *GENERATED, "readings", "wallet"} <= rendered.keys()


def test_the_chart_renders_the_objects_of_the_component(rendered: dict[str, Any], plan: Plan) -> None:
    for name, objects in rendered.items():
        expected, found = by_name(planned(plan, name)), by_name(objects)
        assert sorted(found) == sorted(expected), name
        for key, item in expected.items():
            assert found[key] == (escaped(item) if name == "telemetry-ingest" else item), (name, key)


def escaped(item: dict[str, Any]) -> dict[str, Any]:
    """Without what the shipped spec sets by `escape`, which names resources of the stack, and no chart has."""
    if item["kind"] == "Deployment":
        assert item["metadata"].pop("annotations") == {"example.com/data-source": "building-meters"}
    return item


def test_what_is_rendered_is_valid(rendered: dict[str, Any]) -> None:
    count = 0
    for objects in rendered.values():
        for item in objects:
            if not item["apiVersion"].startswith(CUSTOM):
                kubernetes_validate.validate(item, OLDEST, strict=True)
                count += 1
    assert count > 100


def test_helm_finds_nothing_to_complain_about(charts: Charts, rendered: dict[str, Any], plan: Plan) -> None:
    for name in ("archive", "clicks", "invoices", "status", *GENERATED):
        chart = charts.chart(name)
        arguments = [tool("helm"), "lint", "--strict", "--kube-version", KUBERNETES, chart]
        cloud = ["--values", charts.cloud(plan, name)]
        for more in (cloud, []) if name == "archive" else (cloud,):
            run = subprocess.run(
                [*arguments, "--values", chart / f"values-{plan.stack}.yaml", *more],
                capture_output=True,
                text=True,
                check=False,
            )
            assert run.returncode == 0, run.stdout + run.stderr
            assert "[WARNING]" not in run.stdout
            assert "[ERROR]" not in run.stdout


def test_values_files_together_hold_all_values(charts: Charts) -> None:
    for name, environments in charts.services.items():
        chart = charts.chart(name)
        shared = yaml.safe_load((chart / "values.yaml").read_text())
        for stack in environments:
            own = yaml.safe_load((chart / f"values-{stack}.yaml").read_text())
            assert merged(shared, own) == charts.values(stack, name), (name, stack)


def merged(first: Any, second: Any) -> Any:
    """As Helm merges values: maps merge, everything else is replaced."""
    if not isinstance(first, dict) or not isinstance(second, dict):
        return second
    return {**first, **{key: merged(first.get(key), value) for key, value in second.items()}}


def test_what_is_shared_is_said_once() -> None:
    shared, own = split(
        {
            "dev": {"a": 1, "b": {"c": 2, "d": 3}, "e": {}, "cloud": {"x": ""}},
            "prod": {"a": 1, "b": {"c": 2, "d": 4}, "e": {}, "f": [1], "cloud": {"x": ""}},
        }
    )
    assert shared == {"a": 1, "b": {"c": 2}, "e": {}}
    assert own == {
        "dev": {"b": {"d": 3}, "cloud": {"x": ""}},
        "prod": {"b": {"d": 4}, "f": [1], "cloud": {"x": ""}},
    }


def test_a_missing_value_of_the_cloud_is_named(charts: Charts) -> None:
    helm, chart = tool("helm"), charts.chart("archive")
    with pytest.raises(AssertionError, match=r"cloud\.\w+.*"):
        output(helm, chart, chart / "values-prod.yaml")
    with pytest.raises(AssertionError, match="additional properties 'replica' not allowed"):
        output(helm, chart, chart / "values-prod.yaml", arguments=["--set", "scaling.replica=3"])


def test_runs_come_first_and_what_they_share_becomes_plain_with_the_second_release(
    charts: Charts, plan: Plan
) -> None:
    helm, chart = tool("helm"), charts.chart("invoices")
    files = (chart / f"values-{plan.stack}.yaml", charts.cloud(plan, "invoices"))
    first = {key: hook(item) for key, item in _named(render(helm, chart, *files)).items()}
    later = render(helm, chart, *files, arguments=["--is-upgrade"])
    second = {key: hook(item) for key, item in _named(later).items()}
    seed = next(key for key in first if key[0] == "Job")
    assert first[seed] == second[seed] == ("pre-install,pre-upgrade", 0)
    assert first["Namespace", "invoices"] == ("pre-install", -30)
    for shared in (
        ("ServiceAccount", "invoices"),
        ("NetworkPolicy", "invoices"),
        ("NetworkPolicy", "allow-dns"),
    ):
        assert first[shared] == ("pre-install", -20)
        assert second[shared] is None
        annotations = _named(later)[shared]["metadata"]["annotations"]
        assert annotations["helm.sh/resource-policy"] == "keep"
        assert annotations["meta.helm.sh/release-name"] == "release"
        assert annotations["meta.helm.sh/release-namespace"] == "releases"
    settings = ("pre-install,pre-upgrade,pre-rollback", -15)
    assert first["ConfigMap", "invoices"] == second["ConfigMap", "invoices"] == settings
    assert first["Deployment", "invoices"] is None
    namespace = _named(render(helm, chart, *files))["Namespace", "invoices"]["metadata"]["annotations"]
    assert namespace["helm.sh/hook-delete-policy"] == "hook-failed"
    assert namespace["helm.sh/resource-policy"] == "keep"


def test_migrations_follow_the_users_of_the_database(charts: Charts, plan: Plan) -> None:
    helm, chart = tool("helm"), charts.chart("ledger")
    objects = render(helm, chart, chart / f"values-{plan.stack}.yaml", charts.cloud(plan, "ledger"))
    weights = {key: hook(item) for key, item in _named(objects).items() if hook(item)}
    jobs = [key for key in sorted(weights, key=lambda key: weights[key][1]) if key[0] == "Job"]
    assert [name.rpartition("-")[0] for _, name in jobs] == ["database-setup", "migrate-up"]
    for needed, job in (("ledger-database-setup", jobs[0]), ("ledger-migrations", jobs[1])):
        for kind in ("ServiceAccount", "NetworkPolicy"):
            assert weights[kind, needed][1] < weights[job][1]


def test_without_such_runs_nothing_is_a_hook(charts: Charts, plan: Plan) -> None:
    helm, chart = tool("helm"), charts.chart("status")
    objects = render(helm, chart, chart / f"values-{plan.stack}.yaml", charts.cloud(plan, "status"))
    assert [item["metadata"]["name"] for item in objects if hook(item)] == []


def hook(item: dict[str, Any]) -> Any:
    """When Helm makes an object and in which order; None for an ordinary one."""
    annotations = item["metadata"].get("annotations") or {}
    if "helm.sh/hook" not in annotations:
        return None
    return annotations["helm.sh/hook"], int(annotations["helm.sh/hook-weight"])


def _named(objects: list[dict[str, Any]]) -> dict[tuple[str, str], dict[str, Any]]:
    return {(item["kind"], item["metadata"]["name"]): item for item in objects}


def test_what_the_stack_does_not_have_is_an_error(plan: Plan) -> None:
    with pytest.raises(KeyError, match="nobody"):
        cloud_values(plan, "nobody", {})


def test_another_cloud_has_no_chart_yet(charts: Charts) -> None:
    from dataclasses import replace

    service = replace(charts.services["status"]["dev"], cloud="azure")
    assert values_files({"dev": service}, charts._settings) == {}


def test_the_chart_is_checked_by_its_schema() -> None:
    schema = yaml.safe_load((CHART / "values.schema.json").read_text())
    assert schema["additionalProperties"] is False
    assert schema["properties"]["cloud"]["additionalProperties"] is False
