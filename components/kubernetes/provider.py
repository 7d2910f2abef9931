"""How Kubernetes resources of a stack reach their cluster."""

import pulumi
import pulumi_kubernetes as kubernetes


def cluster_provider(
    name: str,
    kubeconfig: pulumi.Input[str],
    opts: pulumi.ResourceOptions | None = None,
    *,
    cluster_name: pulumi.Input[str] | None = None,
) -> kubernetes.Provider:
    """A provider for one cluster, with server-side apply: other controllers keep the fields that are theirs.

    ConfigMaps and Secrets change in place: replaced, one whose name is given would be gone for a moment, and
    a pod that starts then would fail. What reads them carries a checksum of them and so starts anew.

    kubeconfig: the document itself, secret. cluster_name: what tells clusters apart. Given, only another name
    replaces the provider, and with it all that was made through it; left out, the provider guesses from the
    kubeconfig, and a new endpoint or way to sign in may look like another cluster.
    """
    return kubernetes.Provider(
        name,
        kubeconfig=kubeconfig,
        cluster_identifier=cluster_name,
        enable_server_side_apply=True,
        enable_config_map_mutable=True,
        enable_secret_mutable=True,
        opts=opts,
    )
