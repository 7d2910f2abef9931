"""What runs out: quotas, disk, and time that is told apart from the clouds'."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from skymason.diagnostics import DiagnosticError, has_errors
from skymason.doctor.model import Case, Finding, fail, ok, warn
from skymason.settings import Settings

GIB = 2**30
LEAST_FREE, WISHED_FREE = 0.5 * GIB, 3 * GIB
"""The SDKs and the provider plugins of both clouds take about 2.5 GB."""
SKEW_SECONDS = 240
"""AWS refuses requests whose time is more than five minutes off."""
CLOCK = "https://sts.amazonaws.com"


@dataclass(frozen=True, slots=True)
class Quota:
    """A limit of an account in a region, or with `each` of every stack by itself. rule: of the offline cloud,
    which holds the number. needs: how many a stack takes, given the number of its load balancers."""

    rule: str
    what: str
    needs: Callable[[Settings, int], int]
    each: bool = False


def _addresses(settings: Settings, balancers: int) -> int:
    network = settings.aws.network if settings.aws else None
    if network is None or network.vpc_id is not None:
        return 0
    return {"none": 0, "single": 1, "per_zone": network.zones}[network.nat]


def _networks(settings: Settings, balancers: int) -> int:
    return 1 if settings.aws and settings.aws.network.vpc_id is None else 0


def _pools(settings: Settings, balancers: int) -> int:
    return len(settings.aws.cluster.node_pools) if settings.aws else 0


QUOTAS = (
    Quota("aws-ec2-vpc-quota", "networks", _networks),
    Quota("aws-ec2-internet-gateway-quota", "internet gateways", _networks),
    Quota("aws-ec2-eip-quota", "elastic IP addresses", _addresses),
    Quota("aws-lb-quota", "load balancers", lambda settings, balancers: balancers),
    Quota("aws-eks-node-group-quota", "node groups", _pools, each=True),
)


def quotas(case: Case) -> Iterator[Finding]:
    """Default quotas of AWS against what all stacks of one account and region take together."""
    limits = _limits()
    places: dict[tuple[str, str], list[str]] = {}
    for stack in case.uses("aws"):
        item = case.settings[stack]
        account = item.aws.account_id if item.aws and item.aws.account_id else "one account"
        places.setdefault((account, item.region or ""), []).append(stack)
    for (account, region), stacks in places.items():
        balancers = {stack: _balancers(case, stack) for stack in stacks}
        tight = []
        for quota in QUOTAS:
            needs = [quota.needs(case.settings[stack], balancers[stack]) for stack in stacks]
            taken, limit = (max if quota.each else sum)(needs), limits[quota.rule]
            if taken >= limit:
                tight.append(quota.what)
                yield _tight(quota, taken, limit, f"{', '.join(stacks)} in {account}, {region}")
        if not tight:
            what = ", ".join(f"{quota.what}" for quota in QUOTAS)
            yield ok(f"{', '.join(stacks)} in {account}, {region}: {what} within the defaults")


def _tight(quota: Quota, taken: int, limit: int, where: str) -> Finding:
    text = f"{where}: {taken} {quota.what}, and an account has {limit} unless it asked for more"
    if quota.each:
        text = f"{where}: {taken} {quota.what} in one cluster, and {limit} are allowed"
    fix = "ask for more (Service Quotas), or give the stacks accounts of their own"
    if taken > limit:
        return warn(text, fix)
    return warn(f"{text}: none is left for anything else", fix)


def _limits() -> dict[str, int]:
    from skymason.offline.rules import all_rules

    wanted = {quota.rule for quota in QUOTAS}
    rules = (rule for found in all_rules().values() for rule in found)
    return {rule.id: int(rule.params["max"]) for rule in rules if rule.id in wanted}


def _balancers(case: Case, stack: str) -> int:
    """Load balancers of a stack's services; none where specs are wrong, which is a finding of its own."""
    from skymason.patterns.engine import InfrastructurePatternEngine

    settings, root = case.settings[stack], case.root or Path()
    try:
        engine = InfrastructurePatternEngine.load(root)
        specs = engine.load_services(root / "services")
    except DiagnosticError:
        return 0
    found = engine.resolve(specs, settings.environment, settings.cloud, settings)
    if has_errors(found.diagnostics):
        return 0
    sides: Mapping[str, int] = {"public": 1, "internal": 1, "both": 2}
    exposures = (item.config.get("ingress", {}).get("exposure") for item in found.services)
    return sum(sides.get(str(exposure), 0) for exposure in exposures)


def disk(case: Case) -> Iterator[Finding]:
    """Space where the project and its plugins are kept."""
    places = dict.fromkeys([case.root or Path.cwd(), case.machine.home])
    for place in places:
        free = case.machine.free_bytes(place)
        text = f"{free / GIB:.1f} GiB free at {place}"
        if free < LEAST_FREE:
            yield fail(f"{text}: an install or an update may stop in the middle", "make room")
        elif free < WISHED_FREE:
            yield warn(f"{text}: plugins of both clouds need about 2.5", "make room, or pulumi plugin rm")
        else:
            yield ok(text)


def clock(case: Case) -> Iterator[Finding]:
    """Whether the time is right: by a cloud's clock with --online, else by what cannot lie in the future."""
    now = case.machine.now()
    if case.online:
        answer = case.machine.fetch(CLOCK)
        if answer.date is None:
            why = answer.problem or "it does not say its time"
            yield warn(f"{CLOCK} was asked for the time: {why}", "look at the network or a proxy")
            return
        off = (now - answer.date).total_seconds()
        if abs(off) > SKEW_SECONDS:
            yield fail(
                f"{abs(off):.0f} s {'ahead of' if off > 0 else 'behind'} AWS, which refuses that", _SYNC
            )
        else:
            yield ok(f"within {max(abs(off), 1):.0f} s of AWS")
        return
    said = case.machine.run(["git", "-C", str(case.root), "log", "-1", "--format=%ct"]) if case.root else None
    latest = int(said) if said and said.isdigit() else 0
    if latest - now.timestamp() > SKEW_SECONDS:
        behind = (latest - now.timestamp()) / 60
        yield fail(f"{behind:.0f} minutes behind the last commit: a cloud would refuse requests", _SYNC)
    else:
        yield ok(f"{now:%Y-%m-%d %H:%M} UTC, not before the last commit; --online compares with a cloud's")


_SYNC = "turn on time synchronisation (timedatectl set-ntp true)"
