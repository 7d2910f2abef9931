"""The code of the function that puts each event of a stream into an envelope, before it goes to the store.

It runs in AWS Lambda, called by Firehose. What is stored is one line of JSON for each event, with all that a
replay needs and that the event's own bytes do not tell: its key, its place in the order, and when it came.
The event itself is kept as it was, in base64, whatever its format.
"""

import base64
import json
from typing import Any

LINE = "\n"


def handle(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Entry point. event: a batch of records. Every record comes back, under its own id, as 'Ok'."""
    return {"records": [envelope(record) for record in event["records"]]}


def envelope(record: dict[str, Any]) -> dict[str, Any]:
    """From Kinesis the event comes as `data`, from Kafka as `kafkaRecordValue`, and must go back likewise."""
    field = "kafkaRecordValue" if "kafkaRecordValue" in record else "data"
    kinesis, kafka = record.get("kinesisRecordMetadata", {}), record.get("mskRecordMetadata", {})
    lane = kinesis.get("shardId", kafka.get("partitionId", ""))
    sequence = kinesis.get("sequenceNumber", kafka.get("offset", ""))
    line = {
        "key": kinesis.get("partitionKey", record.get("kafkaRecordKey", "")),
        "lane": str(lane),
        "sequence": str(sequence),
        "time": record["approximateArrivalTimestamp"],
        "data": record[field],
    }
    text = json.dumps(line, separators=(",", ":")) + LINE
    return {
        "recordId": record["recordId"],
        "result": "Ok",
        field: base64.b64encode(text.encode()).decode(),
    }
