"""Arguments that every pattern shares: whose service it is, and its image's full name."""

import re
from typing import NotRequired, TypedDict

import pulumi

from components.kubernetes.args import ImageArgs


class ServiceIdentityArgs(TypedDict):
    """The `service:` section of a spec."""

    name: str
    """Also the namespace, and the first part of every name. A change replaces everything."""
    owner: str
    """Who answers for it; named in every alarm."""
    tier: NotRequired[str]
    description: NotRequired[str]
    data_classification: NotRequired[str]
    cost_center: NotRequired[str]


def image_name(
    image: ImageArgs, registry_host: pulumi.Input[str], repository_prefix: pulumi.Input[str]
) -> pulumi.Output[str]:
    """Full name of an image: in the platform's registry, unless the repository begins with a host.

    Raises ValueError for an image with neither digest nor tag.
    """
    if not image.get("digest") and not image.get("tag"):
        raise ValueError("image: needs a digest, or in development a tag")
    parts = pulumi.Output.all(
        repository=image["repository"],
        digest=image.get("digest"),
        tag=image.get("tag"),
        host=registry_host,
        prefix=repository_prefix,
    )
    return parts.apply(lambda known: full_name(**known))


def full_name(repository: str, digest: str | None, tag: str | None, host: str, prefix: str) -> str:
    """`<host>/<prefix>/<repository>@<digest>`; by tag where there is no digest."""
    first, slash, _ = repository.partition("/")
    # As every container runtime tells a host from a folder: it has a dot or a port, or is localhost.
    has_host = bool(slash) and (bool(re.search(r"[.:]", first)) or first == "localhost")
    name = repository if has_host else f"{host}/{prefix}/{repository}"
    return f"{name}@{digest}" if digest else f"{name}:{tag}"
