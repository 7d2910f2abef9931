"""A data API's stores outside dev: what the clouds refuse, and what would not survive a bad day."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from skymason.diagnostics import Diagnostic, Severity, define
from skymason.patterns.checks.database import PARAMETER
from skymason.patterns.checks.subject import Subject, check
from skymason.patterns.instance_classes import CLASSES
from skymason.patterns.models.common import Tier
from skymason.patterns.models.data_api import CacheEngine, DataApi, DatabaseRuntime
from skymason.settings.facts import REGIONS

NOT_SURVIVING = define(
    "SM2417",
    "Protected database would not survive",
    "What may not be deleted must also outlive the loss of a zone, and a mistake that is found after days.",
)
CACHE_VERSION = define(
    "SM2418",
    "Version of the cache that there is not",
    "ElastiCache refuses it, or it knows no users that sign in with IAM.",
)
UNWATCHED = define(
    "SM2419",
    "Database without statistics outside dev",
    "What made it slow cannot be found afterwards; security standards ask for both.",
)
LOST_CACHE = define(
    "SM2420",
    "Cache of a critical service starts empty after a failure",
    "Every request then goes to the database at once, which was sized for a part of them.",
)
SAME_REGION = define(
    "SM2421",
    "Copies of backups do not leave the region",
    "They are for the day on which the region is lost; RDS refuses to copy into the same one.",
)
UNKNOWN_REGION = define("SM2422", "Unknown second region", "No backup would arrive there.")

BEYOND_MEMORY = define(
    "SM2416",
    "More connections than the memory holds",
    "Each one takes memory; a server that runs out of it restarts, and all connections are gone.",
)

VERSIONS: Mapping[CacheEngine, tuple[str, ...]] = {
    CacheEngine.VALKEY: ("7.2", "8.0", "8.1"),
    CacheEngine.REDIS: ("7.0", "7.1"),
}
"""Engine → versions that know IAM users. Sources: ElastiCache user guide, 'Supported engines and
versions', 'Authenticating with IAM'."""
BACKUP_DAYS = 7


@check(DataApi)
def survival(subject: Subject[DataApi]) -> Iterator[Diagnostic]:
    database = subject.config.database
    made = database.runtime is DatabaseRuntime.MANAGED and database.existing is None
    if not made or not database.deletion_protection or subject.cloud != "aws":
        return
    relaxed, critical = subject.facts.relaxed, subject.document.service.tier is Tier.CRITICAL
    # What holds for critical services and outside dev anyway is another check's matter.
    lacking = ["no standby"] if not database.multi_az and (relaxed or not critical) else []
    if database.backup_days < BACKUP_DAYS and relaxed:
        lacking.append(f"backups of {database.backup_days} days")
    if lacking:
        yield subject.finding(
            NOT_SURVIVING,
            f"a database that is protected from deletion has {' and '.join(lacking)}",
            f"set database.multi_az: true and database.backup_days to at least {BACKUP_DAYS}, or where it is "
            "allowed database.deletion_protection: false",
            "database.multi_az" if not database.multi_az else "database.backup_days",
            "database.backup_days",
            "database.deletion_protection",
        )


@check(DataApi)
def cache_version(subject: Subject[DataApi]) -> Iterator[Diagnostic]:
    cache = subject.config.cache
    if not cache.enabled or cache.existing or subject.cloud != "aws":
        return
    known = VERSIONS[cache.engine]
    if cache.engine_version not in known:
        yield subject.finding(
            CACHE_VERSION,
            f"there is no {cache.engine} {cache.engine_version} on ElastiCache with IAM users",
            f"set cache.engine_version to {' or '.join(known)}",
            "cache.engine_version",
            "cache.engine",
        )


@check(DataApi)
def statistics(subject: Subject[DataApi]) -> Iterator[Diagnostic]:
    database = subject.config.database
    if subject.facts.relaxed or database.runtime is not DatabaseRuntime.MANAGED or database.existing:
        return
    for key, what in (
        ("monitoring_seconds", "enhanced monitoring"),
        ("performance_insights_days", "query statistics"),
    ):
        if getattr(database, key) == 0:
            yield subject.finding(
                UNWATCHED,
                f"{what} are off" if what.endswith("s") else f"{what} is off",
                f"remove database.{key}, or set it above 0",
                f"database.{key}",
                severity=Severity.WARNING,
            )


@check(DataApi)
def cache_survival(subject: Subject[DataApi]) -> Iterator[Diagnostic]:
    cache = subject.config.cache
    critical = subject.document.service.tier is Tier.CRITICAL and not subject.facts.relaxed
    if not critical or not cache.enabled or cache.existing:
        return
    for key, lacking in (
        ("replicas", cache.replicas == 0),
        ("multi_az", not cache.multi_az),
        ("snapshot_days", cache.snapshot_days == 0),
    ):
        if lacking:
            yield subject.finding(
                LOST_CACHE,
                f"cache.{key} is {str(getattr(cache, key)).lower()}",
                f"remove cache.{key}, or use the cache in a service of another tier",
                f"cache.{key}",
                severity=Severity.WARNING,
            )


@check(DataApi)
def second_region(subject: Subject[DataApi]) -> Iterator[Diagnostic]:
    second, key = subject.config.database.backup_region, "database.backup_region"
    if second is None or subject.cloud != "aws":
        return
    if second == subject.facts.region:
        yield subject.finding(
            SAME_REGION, f"the stack itself is in {second}", "name another region, or remove it", key
        )
    elif second not in REGIONS:
        near = [name for name in REGIONS if re.sub(r"\d", "", name) == re.sub(r"\d", "", second)]
        fix = f"take {' or '.join(sorted(near))}" if near else "take one such as eu-west-1"
        yield subject.finding(UNKNOWN_REGION, f"there is no region '{second}'", fix, key)


@check(DataApi)
def memory(subject: Subject[DataApi]) -> Iterator[Diagnostic]:
    database = subject.config.database
    written, known = database.parameters.get("max_connections", ""), CLASSES.get(database.instance_class)
    if database.runtime is not DatabaseRuntime.MANAGED or known is None or not written.isdigit():
        return
    if int(written) > known.memory_connections:
        yield subject.finding(
            BEYOND_MEMORY,
            f"max_connections is {written}, the {known.memory_gib} GiB of {known.name} hold about "
            f"{known.memory_connections}",
            f"set it to at most {known.memory_connections}, pool connections, or take a larger "
            "database.instance_class",
            PARAMETER,
            "database.instance_class",
            severity=Severity.WARNING,
        )
