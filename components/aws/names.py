"""Physical names where a service's limit is shorter than a logical name may be."""

import hashlib
import re

import pulumi

SUFFIX = 8
"""What autonaming adds: a dash and seven hexadecimal digits."""


def physical_name(logical: str, limit: int, *replaced_by: object) -> str | None:
    """None where autonaming fits within `limit` characters, else a shortened name of its own.

    Autonaming never cuts a name: it fails where the name and its suffix are too long. `replaced_by` are the
    values whose change replaces the resource: they are part of the name, so that the new one can be made
    before the old one goes.
    """
    if len(logical) + SUFFIX <= limit:
        return None
    told_apart = [pulumi.get_project(), pulumi.get_stack(), logical, *map(str, replaced_by)]
    digest = hashlib.sha256("\n".join(told_apart).encode()).hexdigest()[: SUFFIX - 1]
    return f"{logical[: limit - SUFFIX].rstrip('-')}-{digest}"


def account_wide(logical: str) -> str:
    """A name that is taken once in an account, in whatever region or stack: project and stack are in it."""
    project, stack = pulumi.get_project(), pulumi.get_stack()
    return logical if logical.startswith(f"{project}-") else f"{project}-{stack}-{logical}"


def slug(text: str, limit: int = 40) -> str:
    """A part of a resource's name made of a host, path or address range: letters, digits and dashes.

    Different texts give different slugs: whatever is lost by the spelling is made up for by a digest. Nothing
    stays nothing.
    """
    plain = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
    if re.fullmatch(r"[a-z0-9]+([./][a-z0-9]+)*", text.strip("/")) and len(plain) <= limit:
        return plain
    if not text:
        return ""
    digest = hashlib.sha256(text.encode()).hexdigest()[:6]
    return "-".join(part for part in (plain[:limit].rstrip("-"), digest) if part)
