"""ARNs: of the right kind, and in the partition, region and account where they can be used."""

from __future__ import annotations

from collections.abc import Iterator

from skymason.diagnostics import Severity
from skymason.settings import codes
from skymason.settings.checks.sections import Sections
from skymason.settings.findings import Finding
from skymason.settings.models import ExistingResource
from skymason.settings.values import Arn, known_arn

_KINDS: dict[str, tuple[str, tuple[str, ...]]] = {
    "s3_bucket": ("s3", ("",)),
    "sqs_queue": ("sqs", ("",)),
    "sns_topic": ("sns", ("",)),
    "dynamodb_table": ("dynamodb", ("table/",)),
    "kinesis_stream": ("kinesis", ("stream/",)),
    "secret": ("secretsmanager", ("secret:",)),
    "kms_key": ("kms", ("key/",)),
    "msk_cluster": ("kafka", ("cluster/",)),
    "schema_registry": ("glue", ("registry/",)),
    "rds_database": ("rds", ("db:", "cluster:", "db-proxy:")),
    "elasticache": ("elasticache", ("replicationgroup:", "serverlesscache:")),
}
"""Kind → service and starts of the resource part. Source: AWS Service Authorization Reference."""

_PLACED = ("security_group_id", "cidr")
FIELDS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "s3_bucket": ((), ("key_arn",)),
    "sqs_queue": ((), ("key_arn", "url")),
    "sns_topic": ((), ("key_arn",)),
    "dynamodb_table": ((), ("key_arn",)),
    "kinesis_stream": ((), ("key_arn",)),
    "secret": ((), ("key_arn",)),
    "kms_key": ((), ()),
    "msk_cluster": (("bootstrap_servers", "topic"), _PLACED),
    "schema_registry": ((), ()),
    "rds_database": (("host", "resource_id"), ("port", "replicas", "database", "user", *_PLACED)),
    "elasticache": (("host", "user"), ("port", "read_host", *_PLACED)),
}
"""Kind → keys that it needs, and those that it may have, beside `kind` and `arn`."""

_OWN_ACCOUNT = ("rds_database", "elasticache")
"""Kinds that one signs in to with IAM inside their account alone. Source: user guides of RDS and ElastiCache,
IAM authentication."""


def check(sections: Sections) -> Iterator[Finding]:
    if sections.boundary:
        yield from _of_own_account(
            sections.boundary, "aws.permissions_boundary_arn", "iam", "policy/", sections
        )
    domain = sections.domain
    if domain and domain.certificate_arn:
        key = "aws.domain.certificate_arn"
        yield from _of_own_account(domain.certificate_arn, key, "acm", "certificate/", sections)
    for name, resource in sections.existing.items():
        yield from _existing(name, resource, sections)
    yield from _repeated(sections)


def in_partition(arn: Arn, key: str, sections: Sections) -> Iterator[Finding]:
    """An ARN of another partition than the stack's region."""
    if arn.partition != sections.partition:
        message = f"the stack is in partition {sections.partition}, and the ARN in {arn.partition}"
        fix = f"give one that begins with arn:{sections.partition}:"
        yield Finding(codes.WRONG_PARTITION, key, message, fix)


def _of_kind(arn: Arn, key: str, service: str, *starts: str) -> Iterator[Finding]:
    if arn.service != service or not arn.resource.startswith(starts):
        message = f"this is an ARN of {arn.service} ({arn.resource})"
        fix = f"give one of {service}, with {' or '.join(starts) or 'its name'}"
        yield Finding(codes.WRONG_SERVICE, key, message, fix)


def _of_own_account(text: str, key: str, service: str, start: str, sections: Sections) -> Iterator[Finding]:
    arn = known_arn(text)
    yield from _of_kind(arn, key, service, start)
    yield from in_partition(arn, key, sections)
    if arn.region and sections.region and arn.region != sections.region:
        message = f"the stack is in {sections.region}, and this is in {arn.region}"
        yield Finding(codes.BAD_CERTIFICATE, key, message, f"give one of {sections.region}")
    if sections.account_id and arn.account not in ("", "aws", sections.account_id):
        message = f"the stack belongs to account {sections.account_id}, and this to {arn.account}"
        yield Finding(codes.WRONG_ACCOUNT, key, message, f"give one of account {sections.account_id}")


def _existing(name: str, resource: ExistingResource, sections: Sections) -> Iterator[Finding]:
    arn, key = known_arn(resource.arn), f"existing.{name}.arn"
    service, starts = _KINDS[resource.kind]
    yield from _of_kind(arn, key, service, *starts)
    yield from in_partition(arn, key, sections)
    if arn.region and sections.region and arn.region != sections.region:
        message = f"services look for it in {sections.region}, and it is in {arn.region}"
        fix = f"replicate it to {sections.region}, and name the replica"
        yield Finding(codes.WRONG_REGION, key, message, fix)
    if sections.account_id and arn.account not in ("", sections.account_id):
        message = f"it belongs to account {arn.account}, the stack to {sections.account_id}"
        if resource.kind in _OWN_ACCOUNT:
            fix = "use one of the stack's account: nobody of another one can sign in with IAM"
            yield Finding(codes.WRONG_ACCOUNT, key, message, fix)
        else:
            fix = "have its owner allow this account in its resource policy"
            yield Finding(codes.WRONG_ACCOUNT, key, message, fix, Severity.WARNING)
    yield from _fields(name, resource)
    yield from _key(name, resource, sections)


def _fields(name: str, resource: ExistingResource) -> Iterator[Finding]:
    """Keys that the kind needs and that are not there, and keys that say nothing of it."""
    needed, optional = FIELDS[resource.kind]
    for field in needed:
        if getattr(resource, field) is None:
            message = f"'{field}' of a resource of kind {resource.kind} is required"
            about = " ".join((ExistingResource.model_fields[field].description or "").split())
            yield Finding(codes.MISSING_FIELD, f"existing.{name}", message, f"add {field}: {about}")
    for field in sorted(resource.model_fields_set - {"kind", "arn", *needed, *optional}):
        if getattr(resource, field) not in (None, []):
            message = f"a resource of kind {resource.kind} has no '{field}'"
            known = ", ".join((*needed, *optional)) or "none"
            fix = f"remove it; beside kind and arn there are: {known}"
            yield Finding(codes.STRANGE_FIELD, f"existing.{name}.{field}", message, fix)


def _key(name: str, resource: ExistingResource, sections: Sections) -> Iterator[Finding]:
    if resource.key_arn is None:
        return
    arn, own = known_arn(resource.key_arn), known_arn(resource.arn)
    key = f"existing.{name}.key_arn"
    yield from _of_kind(arn, key, "kms", "key/")
    yield from in_partition(arn, key, sections)
    if own.region and own.region != arn.region:
        message = f"the key is in {arn.region}, and what it encrypts in {own.region}"
        yield Finding(codes.WRONG_REGION, key, message, f"give the key of {own.region}")


def _repeated(sections: Sections) -> Iterator[Finding]:
    first: dict[tuple[str, ...], str] = {}
    for name, resource in sections.existing.items():
        # What is inside is told apart: databases of a server with their users, topics of a cluster.
        inside = (resource.database or "", resource.user or "", resource.topic or "")
        other = first.setdefault((resource.arn, *inside), name)
        if other != name:
            message = f"'{name}' and '{other}' are the same resource"
            fix = f"remove one, and let services name '{other}'"
            yield Finding(codes.REPEATED_RESOURCE, f"existing.{name}.arn", message, fix, Severity.WARNING)
