"""Full names of images."""

import pytest

from components.patterns.args import full_name, image_name

DIGEST = "sha256:" + "a" * 64
HOST, PREFIX = "123456789012.dkr.ecr.eu-central-1.amazonaws.com", "skymason-prod"


@pytest.mark.parametrize(
    ("repository", "expected"),
    [
        ("orders", f"{HOST}/{PREFIX}/orders@{DIGEST}"),
        ("shop/orders", f"{HOST}/{PREFIX}/shop/orders@{DIGEST}"),
        ("ghcr.io/shop/orders", f"ghcr.io/shop/orders@{DIGEST}"),
        ("registry:5000/orders", f"registry:5000/orders@{DIGEST}"),
        ("localhost/orders", f"localhost/orders@{DIGEST}"),
    ],
)
def test_full_name(repository: str, expected: str) -> None:
    assert full_name(repository, DIGEST, None, HOST, PREFIX) == expected
    assert full_name(repository, DIGEST, "v1", HOST, PREFIX) == expected


def test_by_tag() -> None:
    assert full_name("orders", None, "v1", HOST, PREFIX) == f"{HOST}/{PREFIX}/orders:v1"


@pytest.mark.parametrize("image", [{"repository": "orders"}, {"repository": "orders", "digest": None}])
def test_an_image_needs_a_digest_or_a_tag(image: dict) -> None:
    with pytest.raises(ValueError, match="image: needs a digest, or in development a tag"):
        image_name(image, HOST, PREFIX)
