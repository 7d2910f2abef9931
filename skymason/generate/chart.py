"""Values of a service's Helm chart, per environment, from the resolved service. Pure.

The chart itself is the same for all services: skymason/templates/chart. It renders the objects that the
pattern's component makes in the cluster. What only the deployed stack knows lies under `cloud`, and is empty
here; `chart_cloud` reads it from a plan or a state.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import yaml  # type: ignore[import-untyped]

from skymason.generate.chart_network import places, traffic
from skymason.generate.chart_settings import (
    POSTGRESQL,
    migration_settings,
    on_cluster,
    pooled,
    port_of,
    replicas,
    told,
)
from skymason.generate.chart_split import split
from skymason.patterns.quantities import backlog_per_replica, ready_seconds
from skymason.patterns.resolved import ResolvedService

if TYPE_CHECKING:
    from skymason.settings import Settings

FOLDER = PurePosixPath("chart")
CLOUDS = ("aws",)
AS_THEY_ARE = (
    *("ports", "resources", "probes", "disruption", "spread_zones", "spot", "singleton"),
    *("sidecars", "tasks"),
)
"""Keys of a spec that the chart takes under the same name."""
PROGRESS_SECONDS = 600
"""What a step of a rollout may take beside the start of the process and the wait: a new node, the image."""
PRIORITIES = ("critical", "best_effort")
"""Tiers that have a priority class."""
LONGEST_DRAIN = 900
"""Seconds; a node drain waits no longer."""
TRUSTSTORES = {
    "aws": "https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem",
    "aws-us-gov": "https://truststore.pki.us-gov-west-1.rds.amazonaws.com/global/global-bundle.pem",
    "aws-cn": "https://rds-truststore.s3.cn-north-1.amazonaws.com.cn/global/global-bundle.pem",
}

_CLOUD = """\
# What only the deployed stack knows. All of it, from the stack that is deployed:
#   sm chart-values {name} --stack {stack} > cloud.yaml
# and then `--values cloud.yaml` behind this file; or fill the empty ones in here.
"""


def values_files(
    services: Mapping[str, ResolvedService],
    settings: Mapping[str, Settings],
    callers: Mapping[str, Sequence[str]] | None = None,
) -> dict[PurePosixPath, str]:
    """Values files of a service, by path from the service's folder: `chart/values.yaml` holds what all
    environments have in common, `chart/values-<environment>.yaml` the rest.

    services, settings, callers: by environment. An environment without settings has no file, and neither has
    a service of a cloud whose components, and so the objects to render, are not there yet.
    """
    known = {
        environment: values(service, settings[environment], (callers or {}).get(environment, ()))
        for environment, service in services.items()
        if environment in settings and service.cloud in CLOUDS
    }
    if not known:
        return {}
    shared, own = split(known)
    name = next(iter(services.values())).name
    files = {
        FOLDER / "values.yaml": "# What all environments have in common. Written once, from the spec.\n"
        + _text(shared)
    }
    for environment, rest in own.items():
        cloud = {"cloud": rest.pop("cloud")}
        files[FOLDER / f"values-{environment}.yaml"] = (
            f"# What {environment} alone has. Written once, from the spec.\n"
            + (_text(rest) if rest else "")
            + "\n"
            + _CLOUD.format(name=name, stack=settings[environment].stack)
            + _text(cloud)
        )
    return files


def values(service: ResolvedService, settings: Settings, callers: Sequence[str] = ()) -> dict[str, Any]:
    """All values of one environment. callers: services that call this one."""
    config, region = service.config, settings.region or ""
    container = config["container"]
    facts = told(service, region)
    found: dict[str, Any] = {
        "service": {"name": service.name, "tier": service.identity.tier},
        "labels": _labels(service, settings),
        "namespace": {"create": False, "labels": {}},
        "image": _image(config["image"]),
        **{key: config[key] for key in AS_THEY_ARE},
        "container": {key: container[key] for key in CONTAINER},
        "rollout": _rollout(config, _termination(service)),
        "shutdown": {
            "pre_stop_seconds": config["shutdown"]["pre_stop_seconds"],
            "termination_seconds": _termination(service),
        },
        "settings": facts.known,
        "network": traffic(service, settings, callers),
        "scaling": _scaling(service),
        "cloud": {
            "region": region,
            "registry": "",
            "roles": {"service": ""},
            "settings": dict.fromkeys(facts.asked, ""),
            **({"priority_class": ""} if service.identity.tier in PRIORITIES else {}),
        },
    }
    own = {"web_api": _web, "background_worker": _work, "data_api": _data, "event_processor": _event}
    own[service.pattern](service, settings, found)
    plain: dict[str, Any] = _plain(found)
    return plain


CONTAINER = ("command", "args", "user", "read_only_root", "writable_paths", "scratch_size")


def _web(service: ResolvedService, settings: Settings, found: dict[str, Any]) -> None:
    ingress = service.config["ingress"]
    ports = {port["name"]: port["port"] for port in service.config["ports"]}
    routed = {route["port"] for route in ingress["routes"]}
    found["namespace"]["labels"] = {"elbv2.k8s.aws/pod-readiness-gate-inject": "enabled"}
    found["targets"] = [
        {"name": f"{place}-{port}", "port": ports[port]}
        for place in places(service)
        for port in ports
        if port in routed
    ]
    found["cloud"]["balancer_ranges"] = {place: list[str]() for place in places(service)}
    empty = {"arn": "", "load_balancer": ""}
    found["cloud"]["target_groups"] = {target["name"]: dict(empty) for target in found["targets"]}


def _work(service: ResolvedService, settings: Settings, found: dict[str, Any]) -> None:
    if service.config["queue"].get("existing") and not service.config["singleton"]:
        found["cloud"]["roles"]["scaler"] = ""


def _data(service: ResolvedService, settings: Settings, found: dict[str, Any]) -> None:
    _web(service, settings, found)
    config, cloud = service.config, found["cloud"]
    database, existing = config["database"], config["database"].get("existing")
    setup = not on_cluster(service) and (not existing or bool(existing.get("master_secret_arn")))
    found["database"] = {
        "name": database["name"],
        "port": port_of(database, POSTGRESQL),
        "truststore_url": TRUSTSTORES[settings.partition],
        "setup": {"enabled": setup, "extensions": database["extensions"]},
    }
    if pooled(service):
        found["pool"] = {
            "mode": config["pool"]["mode"],
            "size": config["pool"]["size"],
            "users": ["app_readwrite"] if replicas(service) else ["app_readwrite", "app_read"],
            "secret": on_cluster(service),
        }
    cloud["database"] = {"host": ""}
    if setup:
        cloud["database"]["master_secret_arn"] = ""
        cloud["database"]["master_user"] = "administrator"
        cloud["roles"]["database_setup"] = ""
    migrations = config["migrations"]
    if migrations["enabled"]:
        facts = migration_settings(service, settings.region or "")
        found["migrations"] = {
            **{key: migrations[key] for key in ("command", "down_command", "timeout_seconds")},
            "settings": facts.known,
        }
        cloud["roles"]["migrations"] = ""
        cloud["migration_settings"] = dict.fromkeys(facts.asked, "")


def _event(service: ResolvedService, settings: Settings, found: dict[str, Any]) -> None:
    config, cloud = service.config, found["cloud"]
    if config["stream"]["kind"] != "kinesis" and not config["singleton"]:
        cloud["roles"]["scaler"] = ""
    if config["store"]["enabled"]:
        prefix = f"{service.name}-store".upper().replace("-", "_")
        found["replay"] = {
            "command": config["replay"].get("command") or [],
            "events_per_second": config["replay"]["events_per_second"],
            "store_prefix": "events/",
            "store_settings": prefix,
        }
        cloud["roles"]["replay"] = ""
        cloud["store_bucket"] = ""


def _scaling(service: ResolvedService) -> dict[str, Any] | None:
    """What scales the replicas; none for a singleton."""
    config = service.config
    scaling = config["scaling"]
    if config["singleton"]:
        return None
    found = {key: scaling[key] for key in ("min", "max", "scale_down_seconds")}
    found["schedule"] = scaling.get("schedule") or []
    if service.pattern == "background_worker":
        found["messages_per_replica"] = backlog_per_replica(
            scaling["acceptable_latency_seconds"],
            config["queue"]["processing_seconds"],
            scaling["concurrency"],
        )
    elif service.pattern == "event_processor":
        if config["stream"]["kind"] == "kinesis":
            found["lag_seconds"] = scaling["lag_seconds"]
            found["fan_out"] = config["stream"]["enhanced_fan_out"]
        else:
            consumer = config["consumer"]
            most = scaling["lag_seconds"] * 1000 * consumer["parallelism"] // consumer["event_ms"]
            found["lag_events"] = max(most, 1)
    else:
        found["cpu_percent"] = scaling["cpu_percent"]
        if scaling.get("requests_per_target"):
            found["requests_per_target"] = scaling["requests_per_target"]
    return found


def _termination(service: ResolvedService) -> int:
    """Seconds that a pod has to stop: the wait and the grace, and no less than what it has begun takes."""
    config = service.config
    wait = int(config["shutdown"]["pre_stop_seconds"])
    if service.pattern == "background_worker":
        drain = wait + config["queue"]["processing_seconds"]
    elif service.pattern == "event_processor":
        batch_ms = config["consumer"]["event_ms"] * config["consumer"]["batch_size"]
        drain = min(wait + batch_ms // 1000 + 1, LONGEST_DRAIN)
    else:
        drain = config["ingress"]["deregistration_seconds"]
    return max(wait + int(config["shutdown"]["grace_seconds"]), int(drain))


def _rollout(config: Mapping[str, Any], termination: int) -> dict[str, Any]:
    """How one version follows another. ready_seconds: a new replica counts once it was ready for so long.
    step_seconds: without progress for so long the rollout has failed."""
    rollout, startup = config["rollout"], config["probes"]["startup"]
    surge, missing = rollout["max_surge"], rollout["max_unavailable"]
    # A singleton is stopped before the next one starts.
    ready, stop = 0, termination
    if not config["singleton"]:
        stop = 0
        low, high = (max(1, config["scaling"][end]) for end in ("min", "max"))
        ready = ready_seconds(rollout["bake_minutes"], surge, missing, low, high)
    step = stop + startup["period_seconds"] * startup["failure_threshold"] + ready + PROGRESS_SECONDS
    return {"max_surge": surge, "max_unavailable": missing, "ready_seconds": ready, "step_seconds": step}


def _labels(service: ResolvedService, settings: Settings) -> dict[str, str]:
    """The stack's tags, with the service's own owner, cost centre and classification."""
    identity = service.identity
    tags = {
        **settings.tags,
        "owner": identity.owner,
        "cost-centre": identity.cost_center or settings.cost_center,
        "data-classification": identity.data_classification,
        "managed-by": "helm",
    }
    return {key: label_value(value) for key, value in tags.items()}


def label_value(text: str) -> str:
    """`text` in the syntax of a label's value; what does not fit becomes a dash."""
    return re.sub(r"[^A-Za-z0-9_.-]", "-", text).lstrip("-_.")[:63].rstrip("-_.")


def _image(image: Mapping[str, Any]) -> dict[str, Any]:
    first, slash, _ = image["repository"].partition("/")
    hosted = bool(slash) and (bool(re.search(r"[.:]", first)) or first == "localhost")
    return {
        "repository": image["repository"],
        "in_registry": not hosted,
        "digest": image.get("digest") or "",
        "tag": "" if image.get("digest") else image.get("tag") or "",
    }


def _plain(value: Any) -> Any:
    """Maps and lists of plain values, without nulls, which would take a value away."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items() if item is not None}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, str) else value


def _text(data: Mapping[str, Any]) -> str:
    return str(
        yaml.safe_dump(dict(data), sort_keys=False, allow_unicode=True, width=110, default_flow_style=None)
    )
