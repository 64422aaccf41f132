"""A member of a group by librdkafka, as group_member.cpp is one by our SDK: librdkafka_member.py BOOTSTRAP GROUP TOPIC PROTOCOL."""

import json
import signal
import sys
import time
from collections import defaultdict

from confluent_kafka import Consumer, KafkaException, TopicPartition


def say(name: str, **more: object):
    print(json.dumps({"timestamp": int(time.time() * 1000), "name": name} | more), flush=True)


def told(name: str):
    """A callback that says what comes or goes, and leaves it to the client to act on it."""
    return lambda _, partitions: say(name, partitions=[{"topic": one.topic, "partition": one.partition} for one in partitions])


def consume(consumer: Consumer) -> list[TopicPartition]:
    """What is behind the records that came."""
    offsets = defaultdict(list)
    for message in consumer.consume(500, 0.2):
        if not message.error():
            offsets[message.topic(), message.partition()].append(message.offset())
    read = [
        {"topic": topic, "partition": partition, "count": len(of), "minOffset": of[0], "maxOffset": of[-1]}
        for (topic, partition), of in offsets.items()
    ]
    if read:
        say("records_consumed", partitions=read)
    return [TopicPartition(topic, partition, of[-1] + 1) for (topic, partition), of in offsets.items()]


def commit(consumer: Consumer, behind: list[TopicPartition]):
    offsets = [{"topic": one.topic, "partition": one.partition, "offset": one.offset} for one in behind]
    try:
        done = consumer.commit(offsets=behind, asynchronous=False)
        refused = next((one.error.name() for one in done if one.error), "")
    except KafkaException as why:
        refused = why.args[0].name()
    say("offsets_committed", success=not refused, error=refused, offsets=offsets)


def main(bootstrap: str, group: str, topic: str, protocol: str):
    stopped = []
    signal.signal(signal.SIGTERM, lambda *_: stopped.append(True))
    of_protocol = {"partition.assignment.strategy": "cooperative-sticky", "session.timeout.ms": 6000}
    settings = {"bootstrap.servers": bootstrap, "group.id": group, "auto.offset.reset": "earliest", "enable.auto.commit": False}
    consumer = Consumer(settings | {"group.protocol": protocol} | (of_protocol if protocol == "classic" else {}))
    callbacks = {f"on_{short}": told(f"partitions_{long}") for short, long in
                 (("assign", "assigned"), ("revoke", "revoked"), ("lost", "lost"))}
    consumer.subscribe([topic], **callbacks)
    say("startup_complete")
    while not stopped:
        if behind := consume(consumer):
            commit(consumer, behind)
    consumer.close()
    say("shutdown_complete")


if __name__ == "__main__":
    main(*sys.argv[1:])
