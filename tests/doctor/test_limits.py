"""Quotas, disk and time."""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from case_of import NOW, case, said

from skymason.doctor import limits
from skymason.doctor.model import Answer

ROOT = Path(__file__).parents[2]


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    root = tmp_path / "shop"
    root.mkdir()
    for path in (*ROOT.glob("Pulumi*.yaml"), ROOT / "infrastructure-patterns.yaml"):
        shutil.copy(path, root)
    (root / "services").mkdir()
    return root


def change(shop: Path, stack: str, before: str, after: str) -> None:
    file = shop / f"Pulumi.{stack}.yaml"
    text = file.read_text()
    assert before in text
    file.write_text(text.replace(before, after))


def test_numbers_are_those_of_the_offline_cloud() -> None:
    assert limits._limits() == {
        "aws-ec2-vpc-quota": 5,
        "aws-ec2-internet-gateway-quota": 5,
        "aws-ec2-eip-quota": 5,
        "aws-lb-quota": 50,
        "aws-eks-node-group-quota": 30,
    }


def test_all_stacks_in_one_account_take_its_last_address(tmp_path: Path, shop: Path) -> None:
    assert said(limits.quotas(case(tmp_path, shop))) == [
        (
            "warn",
            "dev, prod, staging in one account, eu-central-1: 5 elastic IP addresses, and an account has 5 unless it "
            "asked for more: none is left for anything else",
            "ask for more (Service Quotas), or give the stacks accounts of their own",
        )
    ]


def test_more_than_there_are(tmp_path: Path, shop: Path) -> None:
    change(shop, "staging", "nat: single", "nat: per_zone")
    ((status, text, _),) = said(limits.quotas(case(tmp_path, shop)))
    assert (status, text) == (
        "warn",
        "dev, prod, staging in one account, eu-central-1: 7 elastic IP addresses, and an account has 5 unless it "
        "asked for more",
    )


def test_accounts_of_their_own_and_existing_networks(tmp_path: Path, shop: Path) -> None:
    change(shop, "prod", "  skymason:aws:\n", '  skymason:aws:\n    account_id: "123456789012"\n')
    what = (
        "networks, internet gateways, elastic IP addresses, load balancers, node groups within the defaults"
    )
    assert said(limits.quotas(case(tmp_path, shop))) == [
        ("ok", f"dev, staging in one account, eu-central-1: {what}", ""),
        ("ok", f"prod in 123456789012, eu-central-1: {what}", ""),
    ]
    found = case(tmp_path, shop)
    assert limits._addresses(found.settings["prod"], 0) == 3
    network = found.settings["prod"].aws.network.model_copy(update={"vpc_id": "vpc-1"})
    aws = found.settings["prod"].aws.model_copy(update={"network": network})
    brought = found.settings["prod"].model_copy(update={"aws": aws})
    assert (limits._addresses(brought, 0), limits._networks(brought, 0)) == (0, 0)


def test_load_balancers_of_services_count(tmp_path: Path, shop: Path) -> None:
    for number in range(25):
        (shop / f"services/api-{number}.yaml").write_text(
            f"service: {{name: api-{number}, owner: a}}\npattern: web_api\n"
            f"image: {{repository: api, digest: 'sha256:{'1' * 64}'}}\noverrides: {{ingress: {{exposure: both}}}}\n"
        )
    found = said(limits.quotas(case(tmp_path, shop)))
    assert "150 load balancers, and an account has 50 unless it asked for more" in found[1][1]
    (shop / "services/broken.yaml").write_text("[")
    assert len(said(limits.quotas(case(tmp_path, shop)))) == 1
    shutil.rmtree(shop / "services")
    assert len(said(limits.quotas(case(tmp_path, shop)))) == 1


def test_node_groups_are_counted_by_cluster(tmp_path: Path, shop: Path) -> None:
    text = limits._tight(limits.QUOTAS[-1], 31, 30, "here").found
    assert text == "here: 31 node groups in one cluster, and 30 are allowed"


def test_without_a_stack_on_aws_there_is_nothing_to_say(tmp_path: Path) -> None:
    assert said(limits.quotas(case(tmp_path))) == []


@pytest.mark.parametrize(("free", "status"), [(0.2, "fail"), (1.5, "warn"), (80, "ok")])
def test_disk(tmp_path: Path, free: float, status: str) -> None:
    found = said(limits.disk(case(tmp_path, tmp_path, free_bytes=lambda place: int(free * 2**30))))
    assert [item[0] for item in found] == [status]
    assert found[0][1].startswith(f"{free:.1f} GiB free at {tmp_path}")


def test_disk_of_home_and_project(tmp_path: Path) -> None:
    found = said(limits.disk(case(tmp_path, tmp_path / "project", free_bytes=lambda place: 2**40)))
    assert len(found) == 2


def test_a_clock_behind_the_last_commit(tmp_path: Path) -> None:
    def found(offset: int, root: Path | None = tmp_path) -> tuple[str, str, str]:
        commit = str(int(NOW.timestamp()) + offset)
        (only,) = said(limits.clock(case(tmp_path, root, programs={"git": commit})))
        return only

    assert found(-3600)[0] == "ok"
    assert found(60)[0] == "ok"
    assert found(3600) == (
        "fail",
        "60 minutes behind the last commit: a cloud would refuse requests",
        "turn on time synchronisation (timedatectl set-ntp true)",
    )
    assert found(3600, None)[0] == "ok"
    assert said(limits.clock(case(tmp_path, tmp_path, programs={"git": None})))[0][0] == "ok"


@pytest.mark.parametrize(
    ("answer", "status", "text"),
    [
        (Answer(200, NOW), "ok", "within 1 s of AWS"),
        (Answer(403, NOW + timedelta(seconds=20)), "ok", "within 20 s of AWS"),
        (Answer(200, NOW - timedelta(minutes=10)), "fail", "600 s ahead of AWS, which refuses that"),
        (Answer(200, NOW + timedelta(minutes=10)), "fail", "600 s behind AWS, which refuses that"),
        (
            Answer(0, problem="timed out"),
            "warn",
            "https://sts.amazonaws.com was asked for the time: timed out",
        ),
        (Answer(200), "warn", "https://sts.amazonaws.com was asked for the time: it does not say its time"),
    ],
)
def test_the_clock_of_a_cloud(tmp_path: Path, answer: Answer, status: str, text: str) -> None:
    found = case(tmp_path, online=True, answers={limits.CLOCK: answer})
    assert [item[:2] for item in said(limits.clock(found))] == [(status, text)]
