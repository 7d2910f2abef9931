"""Labels."""

from components.kubernetes import labels


def test_labels_of_the_caller_never_hide_the_standard_ones() -> None:
    assert labels.standard("orders", extra={"app.kubernetes.io/name": "x", "team": "a"}) == {
        "team": "a",
        "app.kubernetes.io/name": "orders",
        "app.kubernetes.io/component": "server",
        "app.kubernetes.io/managed-by": "pulumi",
    }


def test_replicas_are_selected_by_labels_that_tasks_do_not_have() -> None:
    selected = labels.replicas("orders").items()
    assert selected <= labels.standard("orders").items()
    assert not selected <= labels.standard("orders", labels.TASK).items()
