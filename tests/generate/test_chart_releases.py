"""Releases of a chart by Helm itself: what is made in which order, taken over, rolled back, and left behind."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from api_server import Cluster, cluster
from built_tools import tool
from generated import on_disk, requests

NAME = "customer-records"
CHART = next(
    on_disk(item) / item.folder / "chart"
    for item in requests()
    if item.name == NAME and item.cloud == "aws" and item.language == "python"
)
RELEASES = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "releases"}}
Done = list[tuple[str, str, str]]
"""Verb, kind and name of what was done, in order."""
SHARED = ("Namespace", "ServiceAccount", "NetworkPolicy")
pytestmark = pytest.mark.slow


class Helm:
    """Helm with a cluster of its own, and a chart whose cloud values are filled."""

    def __init__(self, cluster: Cluster, folder: Path) -> None:
        self.cluster = cluster
        self._config, self._cloud = folder / "kubeconfig", folder / "cloud.yaml"
        self._config.write_text(json.dumps(cluster.kubeconfig()))
        values = yaml.safe_load((CHART / "values-dev.yaml").read_text())
        task = {"name": "seed", "command": ["/app/seed"]}
        self._cloud.write_text(yaml.safe_dump({"cloud": filled(values["cloud"]), "tasks": [task]}))

    def __call__(self, *words: str, image: str = "") -> Done:
        """Run a command; returns what it did in the cluster. Raises AssertionError with its errors."""
        self.cluster.done.clear()
        values = ["--values", CHART / "values-dev.yaml", "--values", self._cloud]
        values += ["--set", f"namespace.create=true,image.digest=sha256:{image * 64}"]
        where = ["--namespace", "releases", "--kubeconfig", self._config]
        run = subprocess.run(
            [tool("helm"), *words, *(values if image else []), *where],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert run.returncode == 0, run.stderr
        return list(self.cluster.done)

    def install(self, image: str) -> Done:
        return self("install", NAME, str(CHART), "--disable-openapi-validation", image=image)

    def upgrade(self, image: str) -> Done:
        return self("upgrade", NAME, str(CHART), "--disable-openapi-validation", image=image)


def filled(values: Any) -> Any:
    """Cloud values with something in the place of each empty one."""
    if isinstance(values, dict):
        return {key: filled(value) for key, value in values.items()}
    return values or (["10.10.0.0/21"] if values == [] else "arn:aws:example:eu-central-1:123456789012:it")


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What each of a row of releases did in the cluster, and what was there after some of them. A run takes
    Helm more than a second, so that all tests look at one row."""
    with cluster(RELEASES) as made:
        helm = Helm(made, tmp_path_factory.mktemp("helm"))
        found: dict[str, Any] = {"installed": helm.install("a")}
        made.failing = "migrate-up"
        with pytest.raises(AssertionError) as failure:
            helm.upgrade("b")
        found |= {"error": str(failure.value), "failed": list(made.done)}
        made.failing = "-"
        found["upgraded"] = helm.upgrade("c")
        found["rolled back"] = helm("rollback", NAME, "1")
        found["accounts"] = made.names("ServiceAccount", NAME)
        found["policies"] = made.names("NetworkPolicy", NAME)
        found["upgraded again"] = helm.upgrade("d")
        found["removed"] = helm("uninstall", NAME)
        found["left"] = {kind: made.names(kind, NAME) for kind in ("Deployment", *SHARED[1:])}
        found["namespaces"] = made.names("Namespace", "")
        # A namespace outlives its release; to be made by the next one it must go.
        made.objects.pop(("Namespace", "", NAME))
        found["installed again"] = helm.install("e")
    return found


def jobs(done: Done) -> list[str]:
    """Names of the Jobs that were made, in order, without the digest at their end."""
    return [name.rpartition("-")[0] for verb, kind, name in done if (verb, kind) == ("create", "Job")]


def test_the_first_release_makes_what_runs_need_then_runs_then_replicas(story: dict[str, Any]) -> None:
    done: Done = story["installed"]
    assert {verb for verb, _, _ in done} == {"create"}
    assert done[0] == ("create", "Namespace", NAME)
    assert jobs(done) == ["database-setup", "migrate-up", "seed"]
    at = {(kind, name): index for index, (_, kind, name) in enumerate(done)}
    first_job = min(index for (kind, _), index in at.items() if kind == "Job")
    last_job = max(index for (kind, _), index in at.items() if kind == "Job")
    for needed in (
        ("NetworkPolicy", "allow-dns"),
        ("NetworkPolicy", f"{NAME}-database-setup"),
        ("ServiceAccount", f"{NAME}-database-setup"),
    ):
        assert at[needed] < first_job
    for needed in (("ServiceAccount", NAME), ("ConfigMap", NAME), ("NetworkPolicy", NAME)):
        assert at[needed] < last_job
    assert at["Deployment", NAME] > last_job


def test_a_failed_migration_stops_the_rollout(story: dict[str, Any]) -> None:
    assert "pre-upgrade hooks failed" in story["error"]
    assert [item for item in story["failed"] if item[1] == "Deployment"] == []
    assert jobs(story["failed"]) == ["database-setup", "migrate-up"]


@pytest.mark.parametrize("release", ["upgraded", "upgraded again"])
def test_a_release_runs_again_before_the_rollout_and_takes_over_what_is_shared(
    story: dict[str, Any], release: str
) -> None:
    done: Done = story[release]
    assert jobs(done) == ["database-setup", "migrate-up", "seed"]
    last_job = max(index for index, (_, kind, _) in enumerate(done) if kind == "Job")
    assert done.index(("update", "Deployment", NAME)) > last_job
    gone = {(kind, name) for verb, kind, name in done if verb == "delete"}
    own = {(kind, f"{NAME}-{run}") for kind in SHARED[1:] for run in ("database-setup", "migrations")}
    assert {item for item in gone if item[0] in SHARED} == own, "what replicas need was made anew"


def test_a_rollback_to_the_first_release_leaves_what_is_shared(story: dict[str, Any]) -> None:
    done: Done = story["rolled back"]
    assert ("update", "Deployment", NAME) in done
    assert jobs(done) == []
    assert [item for item in done if item[0] == "delete" and item[1] in SHARED] == []
    assert NAME in story["accounts"]
    assert {NAME, "allow-dns", "default-deny"} <= set(story["policies"])


def test_what_a_removed_release_leaves_does_not_stand_in_the_way_of_the_next(story: dict[str, Any]) -> None:
    assert story["left"]["Deployment"] == []
    assert NAME in story["left"]["ServiceAccount"]
    assert NAME in story["namespaces"]
    assert ("create", "Deployment", NAME) in story["installed again"]


def test_a_namespace_of_the_stack_is_left_alone(tmp_path: Path) -> None:
    """Helm would delete and make anew what it finds there."""
    metadata = {"name": NAME, "namespace": NAME, "labels": {"app.kubernetes.io/managed-by": "pulumi"}}
    with cluster(RELEASES, {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata}) as made:
        helm = Helm(made, tmp_path)
        with pytest.raises(AssertionError, match=f"the namespace {NAME} is somebody else's"):
            helm.install("a")
        assert made.done == []
