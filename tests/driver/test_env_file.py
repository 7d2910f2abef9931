"""Outputs as an env file."""

import pytest

from skymason.diagnostics import DiagnosticError
from skymason.driver.env_file import needs_quotes, quoted, render, text_of, variable


@pytest.mark.parametrize(
    ("path", "name"),
    [
        (("storefront", "role_arn"), "STOREFRONT_ROLE_ARN"),
        (("roleArn",), "ROLE_ARN"),
        (("awsVPCId",), "AWS_VPC_ID"),
        (("telemetry-ingest", "urls"), "TELEMETRY_INGEST_URLS"),
        (("a.b/c d",), "A_B_C_D"),
        (("2nd",), "_2ND"),
        (("--",), "_"),
        (("s3Bucket2",), "S3_BUCKET2"),
    ],
)
def test_names_of_variables(path: tuple[str, ...], name: str) -> None:
    assert variable(path) == name


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("plain", "plain"),
        (["a", "b"], "a,b"),
        (["a,b", "c"], '["a,b","c"]'),
        ([], ""),
        ({"a": [1, None]}, '{"a":[1,null]}'),
        ([{"a": "ä"}], '[{"a":"ä"}]'),
        (True, "true"),
        (1.5, "1.5"),
        (None, ""),
    ],
)
def test_values_as_text(value: object, text: str) -> None:
    assert text_of(value) == text


@pytest.mark.parametrize(
    ("text", "written"),
    [
        # Read back the same by docker compose (compose-go 2), dotenv for Node and python-dotenv.
        ("plain", "plain"),
        ("", ""),
        ("with space", "with space"),
        ('[{"a":"b"}]', '[{"a":"b"}]'),
        ("it's", "it's"),
        ("C:\\new", "C:\\new"),
        ("=x=y", "=x=y"),
        ("é ü", "é ü"),
        ('"q"', "'\"q\"'"),
        ("'q'", "\"'q'\""),
        ("`x`", "'`x`'"),
        ("$HOME", "'$HOME'"),
        ("a#b", "'a#b'"),
        (" lead", "' lead'"),
        ("trail ", "'trail '"),
        ("line1\nline2", '"line1\\nline2"'),
        ("a\r\nb", '"a\\r\\nb"'),
        # No form of quotes is read alike by all three; this is compose's.
        ("it's $5 \\", '"it\'s \\$5 \\\\"'),
    ],
)
def test_quotes_only_where_they_are_needed(text: str, written: str) -> None:
    assert quoted(text) == written


def test_the_file() -> None:
    values = {"url": "https://x", "svc": {"role": "arn", "none": {}}, "token": "[secret]", "price": "$5"}
    assert render(values, ["token"]) == (
        "PRICE='$5'\nSVC_NONE={}\nSVC_ROLE=arn\n# TOKEN is secret: --show-secrets writes it\nURL=https://x\n"
    )
    assert needs_quotes(values, ["token"]) == ["PRICE"]
    assert render({"token": "$t"}) == "TOKEN='$t'\n"
    assert needs_quotes({"token": "$t"}, ["token"]) == []


def test_two_outputs_of_one_name() -> None:
    with pytest.raises(DiagnosticError) as raised:
        render({"a-b": 1, "a": {"b": 2}})
    assert raised.value.diagnostics[0].as_text() == (
        "error SM4126 sm outputs\n"
        "  outputs a.b and a-b would both be A_B\n"
        "  fix: rename one of them in the program, or use --json"
    )
