"""`sm patterns`: what it says of one pattern and of all, as text and as data."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from skymason.cli import patterns
from skymason.cost.prices import table
from skymason.patterns.library import PatternLibrary, shipped

Run = Callable[..., tuple[int, str, str]]
ROOT = Path(__file__).parents[2]
NAMES = ["web_api", "background_worker", "data_api", "event_processor"]


@pytest.fixture(autouse=True)
def in_the_project(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


@pytest.fixture(scope="module")
def documents() -> Any:
    return {item["name"]: item for item in json.loads(patterns.as_json(shipped(), NAMES, ["aws", "azure"]))}


def key(document: Any, name: str, cloud: str = "aws") -> Any:
    return next(item for item in document["clouds"][cloud]["keys"] if item["key"] == name)


def test_all_in_short(sm: Run) -> None:
    code, out, err = sm("patterns")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0].split("  ")[0] == "pattern"
    assert [line.split()[0] for line in lines if line.split()[:1] and line.split()[0] in NAMES] == NAMES
    assert "web_api             An HTTP service behind a load balancer, with TLS, a firewall" in out
    assert "dev $34–$52" in out
    assert "One pattern with all its keys: sm patterns NAME" in lines
    assert all(line == line.rstrip() for line in lines)


def test_one_pattern(sm: Run) -> None:
    code, out, err = sm("patterns", "web_api")
    assert (code, err) == (0, "")
    for text in (
        "web_api: An HTTP service behind a load balancer, with TLS, a firewall and autoscaling.\n",
        "Use it when: Requests come over HTTP and are answered at once; state lives elsewhere.\n",
        "Use another one when: The work takes longer than a caller waits (background_worker)",
        "Creates on AWS\n  - Application Load Balancer (public, internal or both)",
        "Creates on Azure\n",
        "Other services may use\n  - invoke\n",
        "  - prod: $66–$500\n",
        "Defaults that differ on Azure, in prod\n",
        "  - ingress.deletion_protection: true (except in dev, staging): a load balancer that is gone takes its",
        "Combinations that cannot be\n  - spot: true and singleton: true: spot cannot be combined with singleton",
    ):
        assert text in out
    scaling = out[out.index("scaling.min ") :].splitlines()[:3]
    assert [" ".join(line.split()) for line in scaling] == [
        f"scaling.min 3 {where('web_api', 'scaling.min', 'prod')}",
        f"Replicas that are always there. staging: 2 {where('web_api', 'scaling.min', 'staging')}",
        f"(number, 1…1000) dev: 1 {where('web_api', 'scaling.min', 'dev')}",
    ]


def where(pattern: str, name: str, environment: str) -> str:
    """The layer that sets a key, with its line, looked up on its own."""
    merged = shipped().defaults(pattern, "aws", environment)
    layer = merged.owners[name].layer(name)
    return f"{layer.name}, line {layer.location.line}"


def test_keys_of_every_pattern_only_when_asked_for(sm: Run) -> None:
    short, whole = sm("patterns", "web_api")[1], sm("patterns", "web_api", "--all")[1]
    assert "container.read_only_root  " not in short
    assert "container.read_only_root  " in whole
    number = short.partition("and ")[2]
    assert "keys that are the same in every pattern: sm patterns web_api --all" in number
    assert "same in every pattern" not in whole


def test_one_cloud_alone(sm: Run) -> None:
    _, out, _ = sm("patterns", "data_api", "--cloud", "azure")
    assert "Creates on AWS" not in out
    assert "Creates on Azure\n" in out
    assert "  Azure is not priced yet\n" in out
    assert "Keys, with their defaults on Azure\n" in out
    assert "Standard_D2ds_v5" in out
    assert "Defaults that differ" not in out
    assert "not priced yet" in sm("patterns", "--cloud", "azure")[1]
    assert "Creates on Azure" not in sm("patterns", "data_api", "--cloud", "aws")[1]


def test_as_data(sm: Run, documents: Any) -> None:
    code, out, _ = sm("patterns", "--json")
    assert code == 0
    assert [item["name"] for item in json.loads(out)] == NAMES
    assert json.loads(sm("patterns", "data_api", "--json")[1]) == [documents["data_api"]]
    document = documents["data_api"]
    assert document["extends"] == "web_api"
    assert document["offers"] == [
        "invoke",
        "resource <service>-database",
        "resource <service>-cache",
    ]
    assert document["clouds"]["aws"]["deployable"] is True
    assert document["clouds"]["azure"]["monthly_cost"] is None
    assert document["clouds"]["aws"]["monthly_cost"]["prod"]["region"] == "eu-central-1"
    assert {"key", "value", "reason", "except_environments", "clouds"} == set(document["locked"][0])
    assert {"when", "message", "fix"} == set(document["conflicts"][0])


def test_one_key_as_data(documents: Any) -> None:
    found = key(documents["web_api"], "scaling.min")
    lines = {
        name: shipped().defaults("web_api", "aws", name).owners["scaling.min"].location("scaling.min")
        for name in ("dev", "prod")
    }
    assert {**found, "defaults": None} == {
        "key": "scaling.min",
        "type": "number, 1…1000",
        "meaning": "Replicas that are always there.",
        "group": "common",
        "required": True,
        "defaults": None,
    }
    assert found["defaults"]["dev"] == {
        "value": 1,
        "layer": "pattern environment dev",
        "location": str(lines["dev"]),
    }
    assert found["defaults"]["prod"] == {
        "value": 3,
        "layer": "pattern default",
        "location": str(lines["prod"]),
    }


def test_layers_of_clouds_locks_and_models(documents: Any) -> None:
    document = documents["data_api"]
    assert key(document, "database.instance_class")["defaults"]["prod"]["layer"] == "cloud aws"
    assert (
        key(document, "database.instance_class", "azure")["defaults"]["prod"]["value"] == "Standard_D2ds_v5"
    )
    assert key(document, "database.final_snapshot")["defaults"]["prod"]["layer"] == "locked"
    assert key(document, "database.name")["defaults"]["dev"] == {
        "value": "app",
        "layer": "model default",
        "location": str(shipped().source.location("patterns.data_api")),
    }
    assert key(document, "image.repository")["defaults"]["dev"] == {
        "value": None,
        "layer": None,
        "location": None,
    }
    assert key(document, "tasks[].name")["defaults"] == {}
    assert key(document, "ingress.waf.mode")["group"] == "inherited"
    assert key(document, "pool.kind")["group"] == "own"


def test_every_key_that_a_pattern_sets_is_there(documents: Any) -> None:
    for name, document in documents.items():
        for cloud, found in document["clouds"].items():
            merged = shipped().defaults(name, cloud, "prod")
            shown = {item["key"]: item["defaults"].get("prod") for item in found["keys"]}
            for path, owner in merged.owners.items():
                assert shown[path]["value"] == merged.get(path), (name, cloud, path)
                assert shown[path]["layer"] == owner.name, (name, cloud, path)


def test_an_unknown_pattern(sm: Run) -> None:
    assert sm("patterns", "data-api") == (
        1,
        "",
        "error SM2001 infrastructure-patterns.yaml\n"
        "  there is no pattern 'data-api'\n"
        f"  fix: did you mean 'data_api'? allowed: {', '.join(NAMES)}\n",
    )


def test_a_project_with_patterns_of_its_own(sm: Run, tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: own\nruntime: python\n")
    text = (ROOT / "infrastructure-patterns.yaml").read_text()
    (tmp_path / "infrastructure-patterns.yaml").write_text(
        text.replace("scaling: {min: 3, max: 12,", "scaling: {min: 4, max: 12,")
    )
    document = json.loads(sm("patterns", "web_api", "--json", "--cwd", str(tmp_path))[1])[0]
    assert key(document, "scaling.min")["defaults"]["prod"]["value"] == 4


def test_a_pattern_without_typed_keys_is_a_finding(sm: Run, tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: own\nruntime: python\n")
    text = (ROOT / "infrastructure-patterns.yaml").read_text()
    (tmp_path / "infrastructure-patterns.yaml").write_text(
        text.replace("\n  web_api:\n", "\n  web_page:\n").replace("extends: web_api", "extends: web_page")
    )
    code, out, err = sm("patterns", "--cwd", str(tmp_path))
    assert (code, out) == (1, "")
    assert "there are no typed keys for 'web_page'" in err


def test_outside_of_a_project_the_shipped_ones(
    sm: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert sm("patterns")[0] == 0
    assert sm("patterns", "--cwd", "nowhere")[2].startswith("error SM5004 nowhere\n")


def test_an_environment_that_only_a_pattern_names(tmp_path: Path) -> None:
    shutil.copy(ROOT / "infrastructure-patterns.yaml", tmp_path)
    file = tmp_path / "infrastructure-patterns.yaml"
    before = "      dev:\n        scaling: {min: 0, max: 2}\n"
    text = file.read_text()
    assert before in text
    file.write_text(text.replace(before, f"      qa: {{dashboard: false}}\n{before}"))
    (document,) = json.loads(patterns.as_json(PatternLibrary.load(tmp_path), ["background_worker"], ["aws"]))
    assert set(document["clouds"]["aws"]["monthly_cost"]) == {"dev", "staging", "prod", "qa"}
    assert key(document, "dashboard")["defaults"]["qa"]["value"] is False


def test_the_age_of_prices_is_said(sm: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    prices = table("aws")
    assert prices is not None

    class Later(patterns.datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return cls.fromisoformat(prices.seen).replace(tzinfo=tz) + timedelta(days=cls.days)

    for days, words in ((0, "(today)"), (1, "(a day ago)"), (400, "(400 days ago)")):
        Later.days = days  # type: ignore[attr-defined]
        monkeypatch.setattr(patterns, "datetime", Later)
        assert f"written down on {prices.seen} {words}. Low:" in sm("patterns")[1]


def test_it_imports_nothing_of_pulumi() -> None:
    script = (
        "import sys; from skymason.cli.main import main; main(['patterns', 'data_api', '--all'])\n"
        "print(*{name.partition('.')[0] for name in sys.modules}, file=sys.stderr)"
    )
    said = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert {"pulumi", "pulumi_aws", "grpc"}.isdisjoint(said.stderr.split())


def test_the_help_of_commands_that_take_a_pattern_says_what_each_is_for(
    sm: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for command in ("patterns", "create-microservice"):
        text = " ".join(sm(command, "--help")[1].split())
        assert (
            "Patterns: web_api An HTTP service behind a load balancer, with TLS, a firewall and autoscaling. Use it when: Requests come over HTTP"
            in text
        )
    (tmp_path / "Pulumi.yaml").write_text("name: own\n")
    (tmp_path / "infrastructure-patterns.yaml").write_text("patterns: [\n")
    monkeypatch.chdir(tmp_path)
    code, out, _ = sm("patterns", "--help")
    assert (code, "Patterns:" in out) == (0, False)


def test_on_a_terminal_titles_are_bold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patterns.sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("COLUMNS", "90")
    monkeypatch.setenv("TERM", "xterm")
    text = patterns.show(shipped(), "web_api", ["aws"], every_key=False)
    assert "\x1b[1mweb_api: An HTTP service" in text
