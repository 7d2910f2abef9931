"""The table of versions."""

import re

import pytest

from components.aws.cluster_addons import BEFORE_NODES, CONFIGURATION, IDENTITIES, ON_NODES
from components.aws.cluster_versions import DEFAULT_VERSION, VERSIONS, cluster_version


@pytest.mark.parametrize("version", VERSIONS)
def test_every_version_pins_every_addon(version: str) -> None:
    entry = cluster_version(version)
    assert set(entry.addons) == {*BEFORE_NODES, *ON_NODES} == set(CONFIGURATION)
    assert all(re.fullmatch(r"v\d+\.\d+\.\d+-eksbuild\.\d+", pinned) for pinned in entry.addons.values())
    assert entry.addons["kube-proxy"].startswith(f"v{version}.")
    assert entry.autoscaler.startswith(f"v{version}.")


def test_the_default_is_one_of_them() -> None:
    assert DEFAULT_VERSION in VERSIONS
    assert set(IDENTITIES) <= set(CONFIGURATION)


def test_an_unsupported_version_is_named_with_those_there_are() -> None:
    with pytest.raises(ValueError, match=r"Kubernetes 1.20 is not supported; there are: 1.34, 1.35, 1.36"):
        cluster_version("1.20")
