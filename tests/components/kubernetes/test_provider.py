"""How a stack reaches its cluster."""

from components.kubernetes.provider import cluster_provider
from skymason.plan.evaluate import evaluate


def test_server_side_apply_changes_in_place_and_a_cluster_told_apart_by_its_name() -> None:
    plan = evaluate(
        lambda: (
            cluster_provider("named", "apiVersion: v1", cluster_name="shop-prod"),
            cluster_provider("guessed", "apiVersion: v1"),
        ),
        project="shop",
        stack="prod",
    )
    inputs = {r.name: r.inputs for r in plan.resources}
    assert inputs["named"]["clusterIdentifier"] == "shop-prod"
    assert "clusterIdentifier" not in inputs["guessed"]
    for setting in ("enableServerSideApply", "enableConfigMapMutable", "enableSecretMutable"):
        assert {str(each[setting]).lower() for each in inputs.values()} == {"true"}
