"""What validation lets pass, components do not refuse: nothing is found only when a deployment has begun."""

from typing import Any

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from spec_table import resolve, spec_text

from components.aws.cache_settings import cache_findings
from components.aws.database_settings import setting_findings
from components.aws.queue_timing import timing_findings
from components.patterns.aws.background_worker import timing_of
from components.patterns.aws.data_api_stores import _AS_THEY_ARE
from components.patterns.aws.event_processor_settings import findings as stream_findings
from skymason.diagnostics import has_errors
from skymason.patterns.resolved import ResolvedService

MANY = settings(
    max_examples=120,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.filter_too_much],
)
environments = st.sampled_from(("dev", "staging", "prod"))


def some(**choices: list[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """A section with any of its keys."""
    return st.fixed_dictionaries(
        {}, optional={key: st.sampled_from(values) for key, values in choices.items()}
    )


def valid(pattern: str, overrides: dict[str, Any], environment: str) -> ResolvedService | None:
    """The service, where validation finds no error."""
    text = spec_text(yaml.safe_dump(overrides), pattern=pattern)
    resolution = resolve(text, environment=environment)
    return None if has_errors(resolution.diagnostics) else resolution.services[0]


@MANY
@given(
    some(
        kind=["kinesis", "msk_serverless", "msk_provisioned"],
        capacity=["provisioned", "on_demand"],
        events_per_second=[1, 100, 1000, 5000, 20_000, 300_000],
        event_bytes=[100, 1024, 10_000, 900_000, 9_000_000],
        partitions=[1, 2, 4, 12, 64, 3000],
        retention_hours=[1, 24, 168, 8760],
        enhanced_fan_out=[True, False],
        broker_type=["kafka.m7g.large", "kafka.t3.small", "kafka.m7g.4xlarge"],
    ),
    some(event_ms=[1, 3, 10, 100], parallelism=[1, 2, 10], batch_size=[1, 500]),
    some(min=[0, 1, 2], max=[1, 2, 4, 12]),
    some(enabled=[True, False]),
    st.booleans(),
    environments,
)
def test_event_processors(
    stream: Any, consumer: Any, scaling: Any, store: Any, singleton: bool, environment: str
) -> None:
    overrides = {
        "stream": stream,
        "consumer": consumer,
        "scaling": scaling,
        "store": store,
        "singleton": singleton,
    }
    service = valid("event_processor", overrides, environment)
    if service:
        assert stream_findings(dict(service.config)) == []


@MANY
@given(
    some(
        processing_seconds=[1, 30, 300, 3600, 7200],
        visibility_seconds=[10, 180, 1800, 43_200],
        retention_seconds=[60, 3600, 345_600, 1_209_600],
    ),
    some(max_receives=[1, 3, 5, 100], retention_seconds=[60, 345_600, 1_209_600]),
    some(base_seconds=[1, 10, 3600], factor=[1.0, 2.0, 10.0], max_seconds=[1, 900, 43_200]),
    some(grace_seconds=[60, 400, 3600, 7200]),
    environments,
)
def test_workers(queue: Any, dead_letter: Any, retry: Any, shutdown: Any, environment: str) -> None:
    overrides = {"queue": queue, "dead_letter": dead_letter, "retry": retry, "shutdown": shutdown}
    service = valid("background_worker", overrides, environment)
    if service:
        config: Any = service.config
        processing = config["queue"]["processing_seconds"]
        assert timing_findings(timing_of(config), processing, backlog_seconds=0) == []


@MANY
@given(
    some(
        engine_version=["14", "15.3", "18"],
        storage_gb=[20, 100, 400],
        max_storage_gb=[20, 100, 110, 500],
        multi_az=[True, False],
        read_replicas=[0, 1, 5],
        backup_days=[1, 6, 7, 35],
        deletion_protection=[True, False],
        final_snapshot=[True, False],
        monitoring_seconds=[0, 7, 60],
        performance_insights_days=[0, 7, 8, 731],
        blue_green=[True, False],
    ),
    some(
        engine=["valkey", "redis"],
        engine_version=["6.2", "7", "7.0", "7.1", "7.2", "8", "8.0"],
        replicas=[0, 1, 5],
        multi_az=[True, False],
        snapshot_days=[0, 1, 35],
    ),
    environments,
)
def test_data_apis(database: Any, cache: Any, environment: str) -> None:
    service = valid("data_api", {"database": database, "cache": cache}, environment)
    if not service:
        return
    section, made = service.config["database"], service.config["cache"]
    given_keys = {key: section[key] for key in _AS_THEY_ARE if section.get(key) is not None}
    protect = section["deletion_protection"]
    insights = section["performance_insights_days"]
    assert setting_findings({**given_keys, "insights_days": insights, "protect": protect}) == []  # type: ignore[typeddict-item]
    assert (
        cache_findings(
            engine=made["engine"],
            version=made["engine_version"],
            shards=1,
            replicas=made["replicas"],
            multi_az=made["multi_az"],
            snapshot_days=made["snapshot_days"],
            protect=bool(protect and made["multi_az"] and made["snapshot_days"]),
        )
        == []
    )
