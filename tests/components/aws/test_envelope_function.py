"""The function that puts events into envelopes."""

import base64
import json
from typing import Any

from components.aws.envelope_function import handle

EVENT = base64.b64encode(b'\x00binary "event"\n').decode()


def opened(field: str, record: dict[str, Any]) -> Any:
    text = base64.b64decode(record[field]).decode()
    assert text.endswith("\n")
    assert text.count("\n") == 1
    return json.loads(text)


def test_kinesis() -> None:
    records = [
        {
            "recordId": "1",
            "approximateArrivalTimestamp": 1700000000000,
            "data": EVENT,
            "kinesisRecordMetadata": {
                "sequenceNumber": "4954115",
                "subsequenceNumber": 0,
                "partitionKey": "building-7",
                "shardId": "shardId-000000000000",
                "approximateArrivalTimestamp": 1700000000000,
            },
        }
    ]
    (record,) = handle({"records": records}, None)["records"]
    assert (record["recordId"], record["result"]) == ("1", "Ok")
    assert opened("data", record) == {
        "key": "building-7",
        "lane": "shardId-000000000000",
        "sequence": "4954115",
        "time": 1700000000000,
        "data": EVENT,
    }
    assert base64.b64decode(opened("data", record)["data"]) == b'\x00binary "event"\n'


def test_kafka() -> None:
    records = [
        {
            "recordId": "2",
            "approximateArrivalTimestamp": 1700000000001,
            "kafkaRecordValue": EVENT,
            "mskRecordMetadata": {"offset": 41, "partitionId": 3},
        }
    ]
    (record,) = handle({"records": records}, None)["records"]
    assert set(record) == {"recordId", "result", "kafkaRecordValue"}
    assert opened("kafkaRecordValue", record) == {
        "key": "",
        "lane": "3",
        "sequence": "41",
        "time": 1700000000001,
        "data": EVENT,
    }


def test_no_record_is_lost_and_their_order_is_kept() -> None:
    records = [
        {"recordId": str(number), "approximateArrivalTimestamp": number, "data": EVENT}
        for number in range(500)
    ]
    answer = handle({"records": records}, None)["records"]
    assert [record["recordId"] for record in answer] == [str(number) for number in range(500)]
