"""All of a topic, read by librdkafka."""

from typing import Callable

import confluent_kafka
from confluent_kafka import TopicPartition
from harness.nodes import Node
from harness.waiting import until


def value_of(message) -> tuple[int, bytes]:
    return message.offset(), message.value()


def whole(message) -> tuple:
    """All that a record is."""
    return message.offset(), message.timestamp(), message.key(), message.value(), message.headers()


def everything_in(
    node: Node, topic: str, partitions: int, isolation: str = "read_committed", take: Callable[..., tuple] = value_of
) -> dict[int, list[tuple]]:
    """(offset, value) of each record, or what else `take` takes of it, by partition."""
    chosen = {"enable.partition.eof": True, "isolation.level": isolation}
    consumer = confluent_kafka.Consumer({"bootstrap.servers": node.address, "group.id": "reader"} | chosen)
    consumer.assign([TopicPartition(topic, p, confluent_kafka.OFFSET_BEGINNING) for p in range(partitions)])
    found, ended = {p: [] for p in range(partitions)}, set()

    def read_on() -> bool:
        for message in consumer.consume(1000, 0.2):
            if not message.error():
                found[message.partition()].append(take(message))
            elif message.error().code() == confluent_kafka.KafkaError._PARTITION_EOF:
                ended.add(message.partition())
        return len(ended) == partitions

    until(read_on, f"{topic} is read to its end", 60, pause=0)
    consumer.close()
    return found
