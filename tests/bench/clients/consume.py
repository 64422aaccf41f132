"""Reads a topic record by record, by one of Python's clients, and prints the rate as JSON.

consume.py klamm|confluent-poll|confluent-consume BOOTSTRAP TOPIC PARTITIONS RECORDS SECONDS
"""

import json
import sys
import time
from typing import Iterator


def klamm(bootstrap: str, topic: str, partitions: int) -> Iterator[bytes]:
    import klamm

    with klamm.Consumer(bootstrap, start="earliest") as consumer:
        consumer.assign([(topic, partition) for partition in range(partitions)])
        for record in consumer:
            yield record.value


def _confluent(bootstrap: str, topic: str, partitions: int):
    import confluent_kafka

    consumer = confluent_kafka.Consumer({"bootstrap.servers": bootstrap, "group.id": "bench", "enable.auto.commit": False})
    consumer.assign([confluent_kafka.TopicPartition(topic, partition, 0) for partition in range(partitions)])
    return consumer


def confluent_poll(bootstrap: str, topic: str, partitions: int) -> Iterator[bytes]:
    consumer = _confluent(bootstrap, topic, partitions)
    while True:
        if (message := consumer.poll(0.1)) is not None:
            yield message.value()


def confluent_consume(bootstrap: str, topic: str, partitions: int) -> Iterator[bytes]:
    consumer = _confluent(bootstrap, topic, partitions)
    while True:
        for message in consumer.consume(10_000, 0.1):
            yield message.value()


def main(way: str, bootstrap: str, topic: str, partitions: str, records: str, seconds: str):
    values = {"klamm": klamm, "confluent-poll": confluent_poll, "confluent-consume": confluent_consume}[way](
        bootstrap, topic, int(partitions)
    )
    next(values)  # connected, and reading
    count, size = 0, 0
    began = time.monotonic()
    end, wanted = began + float(seconds), int(records)
    for value in values:
        count += 1
        size += len(value)
        if count == wanted or (count % 1000 == 0 and time.monotonic() >= end):
            break
    took = time.monotonic() - began
    print(json.dumps({"records": count, "seconds": took, "per_second": count / took}))


if __name__ == "__main__":
    main(*sys.argv[1:])
