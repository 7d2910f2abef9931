"""Certificates of a database on the cluster: an authority that clients trust for long, and what it signs."""

from typing import Any, NamedTuple

import pulumi
import pulumi_tls as tls
from pulumi import ResourceOptions
from pulumi_kubernetes.core import v1 as core

AUTHORITY_HOURS, AUTHORITY_RENEWAL_HOURS = 10 * 365 * 24, 365 * 24
"""Ten years, made anew by a deployment in the last one: then clients must start anew with the server."""
HOURS, RENEWAL_HOURS = 2 * 365 * 24, 60 * 24
"""Two years, made anew by a deployment in the last two months: no client notices."""
CURVE = {"algorithm": "ECDSA", "ecdsa_curve": "P256"}


class Certificates(NamedTuple):
    """authority, server: PEM. secret: certificate and key of the server, as a pod mounts them."""

    authority: pulumi.Output[str]
    server: pulumi.Output[str]
    secret: core.Secret


def certificates(
    name: str, host: str, namespace: pulumi.Input[str], metadata: dict[str, Any], opts: ResourceOptions
) -> Certificates:
    """The keys are in the stack's state, encrypted.

    name: of the component. host: name of the Service. metadata: of the secret.
    """
    authority_key = tls.PrivateKey(f"{name}-database-authority-key", opts=opts, **CURVE)
    authority = tls.SelfSignedCert(
        f"{name}-database-authority",
        private_key_pem=authority_key.private_key_pem,
        subject={"common_name": f"{host} authority"},
        is_ca_certificate=True,
        allowed_uses=["cert_signing", "crl_signing"],
        validity_period_hours=AUTHORITY_HOURS,
        early_renewal_hours=AUTHORITY_RENEWAL_HOURS,
        opts=opts,
    )
    key = tls.PrivateKey(f"{name}-database-key", opts=opts, **CURVE)
    hosts = [pulumi.Output.concat(host, ".", namespace, end) for end in ("", ".svc.cluster.local")]
    request = tls.CertRequest(
        f"{name}-database-request",
        private_key_pem=key.private_key_pem,
        subject={"common_name": host},
        dns_names=[host, *hosts],
        opts=opts,
    )
    server = tls.LocallySignedCert(
        f"{name}-database-certificate",
        cert_request_pem=request.cert_request_pem,
        ca_private_key_pem=authority_key.private_key_pem,
        ca_cert_pem=authority.cert_pem,
        allowed_uses=["digital_signature", "server_auth"],
        validity_period_hours=HOURS,
        early_renewal_hours=RENEWAL_HOURS,
        opts=opts,
    )
    secret = core.Secret(
        f"{name}-database-tls",
        metadata=metadata,
        type="kubernetes.io/tls",
        string_data={"tls.crt": server.cert_pem, "tls.key": pulumi.Output.secret(key.private_key_pem)},
        opts=opts,
    )
    return Certificates(authority.cert_pem, server.cert_pem, secret)
