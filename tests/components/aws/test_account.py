"""What holds for a whole account."""

from blocks import ACCOUNT, build

from components.aws.account import AccountGuardrails


def test_encrypted_disks_and_no_public_buckets_which_outlive_the_stack() -> None:
    built = build(lambda: AccountGuardrails("account", {"account_id": ACCOUNT}))
    assert built.names() == ["account-buckets", "account-disks"]
    assert built.inputs("account-disks") == {"enabled": True}
    assert built.inputs("account-buckets") == {
        "accountId": ACCOUNT,
        "blockPublicAcls": True,
        "blockPublicPolicy": True,
        "ignorePublicAcls": True,
        "restrictPublicBuckets": True,
    }
    assert built.one("account-disks").options.retain_on_delete is True
    assert built.one("account-buckets").options.retain_on_delete is True
