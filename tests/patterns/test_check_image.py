from spec_table import DIGEST, resolve, spec_text

from skymason.patterns.checks.image import PLACEHOLDER

IMAGE = '{{repository: orders, digest: "{}"}}'


def test_a_placeholder_is_a_warning_in_every_environment() -> None:
    for environment in ("dev", "staging", "prod"):
        (found,) = resolve(spec_text(image=IMAGE.format(PLACEHOLDER)), environment=environment).diagnostics
        assert (found.code.id, str(found.severity), found.location.line, found.key, found.message) == (
            "SM2129",
            "warning",
            3,
            "image.digest",
            "no image of 'orders' has been built yet: the digest is a placeholder",
        )


def test_a_digest_of_an_image_is_none() -> None:
    assert resolve(spec_text(image=IMAGE.format(DIGEST))).diagnostics == []


def test_an_environment_that_runs_another_image_is_fine() -> None:
    text = spec_text(
        image=IMAGE.format(PLACEHOLDER), tail="environments:\n  dev: {image: {digest: null, tag: main}}\n"
    )
    assert resolve(text, environment="dev").diagnostics == []
    assert len(resolve(text, environment="prod").diagnostics) == 1
