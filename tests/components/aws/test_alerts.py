"""The alert topic."""

import pytest
from blocks import ACCOUNT, KEY, Built, build

from components.aws.alerts import Alerts


@pytest.fixture(scope="module")
def built() -> Built:
    return build(
        lambda: Alerts(
            "alerts", {"account_id": ACCOUNT, "key_arn": KEY, "emails": ["a@example.com", "b@example.com"]}
        )
    )


def test_the_topic_is_encrypted(built: Built) -> None:
    assert built.inputs("alerts-topic")["kmsMasterKeyId"] == KEY


def test_only_alarms_and_events_of_the_account_publish_and_only_over_tls(built: Built) -> None:
    arn = built.one("alerts-topic").outputs["arn"]
    assert built.inputs("alerts-policy")["arn"] == arn
    assert built.policy("alerts-policy") == [
        {
            "Sid": "AlarmsAndEventsOfTheAccount",
            "Effect": "Allow",
            "Principal": {"Service": ["cloudwatch.amazonaws.com", "events.amazonaws.com"]},
            "Action": "sns:Publish",
            "Resource": arn,
            "Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}},
        },
        {
            "Sid": "RefusePlainTransport",
            "Effect": "Deny",
            "Principal": "*",
            "Action": ["sns:Publish"],
            "Resource": [arn],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        },
    ]


def test_each_address_is_subscribed_under_a_name_that_does_not_tell_it(built: Built) -> None:
    found = built.deployed.of_type("aws:sns/topicSubscription:TopicSubscription")
    assert {(s.inputs["protocol"], s.inputs["endpoint"]) for s in found} == {
        ("email", "a@example.com"),
        ("email", "b@example.com"),
    }
    assert not [s for s in found if "example" in s.name]


def test_nobody_need_subscribe() -> None:
    built = build(lambda: Alerts("alerts", {"account_id": ACCOUNT, "key_arn": KEY}))
    assert built.names() == ["alerts-policy", "alerts-topic"]
