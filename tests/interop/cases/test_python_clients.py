"""confluent-kafka (librdkafka 2.16) and kafka-python: every codec, idempotence, and groups of two."""

import time

import confluent_kafka
import kafka
import pytest
from confluent_kafka import KafkaError
from confluent_kafka.admin import AdminClient, NewPartitions, NewTopic
from harness.tools import CODECS, numbered
from harness.waiting import until

LIMIT = 60.0


def pairs(count: int) -> list[tuple[bytes, bytes]]:
    return [tuple(text.encode().split(b":")) for text in numbered(count)]


def write_confluent(node, topic, sent, **more):
    failed = []
    settings = {"bootstrap.servers": node.address, "linger.ms": 5} | {k.replace("_", "."): v for k, v in more.items()}
    producer = confluent_kafka.Producer(settings)
    for key, value in sent:
        producer.produce(topic, value, key, on_delivery=lambda error, _: error and failed.append(error))
    assert producer.flush(LIMIT) == 0 and not failed, failed[:3]


def write_kafka_python(node, topic, sent, **more):
    producer = kafka.KafkaProducer(bootstrap_servers=node.address, acks="all", linger_ms=5, **more)
    done = [producer.send(topic, value, key) for key, value in sent]
    for future in done:
        future.get(LIMIT)
    producer.close()


class Confluent:
    """A member of a group, read by polling."""

    def __init__(self, node, topic, group, assigned=None):
        self.owned: set[int] = set()
        self.consumer = confluent_kafka.Consumer({
            "bootstrap.servers": node.address, "group.id": group, "auto.offset.reset": "earliest",
            "enable.auto.commit": False, "partition.assignment.strategy": "range", "session.timeout.ms": 10000,
        })
        self.consumer.subscribe([topic], on_assign=self.assign, on_revoke=self.revoke)

    def assign(self, _, partitions):
        self.owned = {one.partition for one in partitions}

    def revoke(self, *_):
        self.owned = set()

    def poll(self) -> list[tuple[bytes, bytes]]:
        got = self.consumer.consume(500, 0.2)
        assert not [one.error() for one in got if one.error()]
        return [(one.key(), one.value()) for one in got]

    def commit(self):
        self.consumer.commit(asynchronous=False)

    def close(self):
        self.consumer.close()


class KafkaPython:
    def __init__(self, node, topic, group):
        self.consumer = kafka.KafkaConsumer(
            topic, bootstrap_servers=node.address, group_id=group, auto_offset_reset="earliest", enable_auto_commit=False,
            partition_assignment_strategy=[kafka.coordinator.assignors.range.RangePartitionAssignor],
            session_timeout_ms=10000, heartbeat_interval_ms=1000,
        )

    @property
    def owned(self) -> set[int]:
        return {one.partition for one in self.consumer.assignment()}

    def poll(self) -> list[tuple[bytes, bytes]]:
        return [(one.key, one.value) for batch in self.consumer.poll(200).values() for one in batch]

    def commit(self):
        self.consumer.commit()

    def close(self):
        self.consumer.close()


WRITERS = {"confluent": write_confluent, "kafka-python": write_kafka_python}
MEMBERS = {"confluent": Confluent, "kafka-python": KafkaPython}


def read_by_all(members, count: int, ready=lambda: True, before_reading=lambda: None) -> list[list]:
    """Polls the members in turn until they are ready, then until they have read `count` records together."""
    end, started = time.monotonic() + LIMIT, False
    read = [[] for _ in members]
    while sum(map(len, read)) < count:
        assert time.monotonic() < end, f"read {list(map(len, read))}, owned {[member.owned for member in members]}"
        if not started and ready():
            started = True
            before_reading()
        for member, mine in zip(members, read):
            mine += member.poll()
    return read


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("reader", MEMBERS)
@pytest.mark.parametrize("writer", WRITERS)
def test_each_client_reads_what_each_wrote(node, topic, group, writer, reader, codec):
    name, sent = topic(), pairs(1000)
    WRITERS[writer](node, name, sent, **({} if codec == "none" else {"compression_type": codec}))
    member = MEMBERS[reader](node, name, group)
    [read] = read_by_all([member], len(sent))
    member.close()
    assert read == sent


@pytest.mark.parametrize("second", MEMBERS)
@pytest.mark.parametrize("first", MEMBERS)
def test_a_group_of_two_shares_and_continues(node, topic, group, first, second):
    name, sent = topic(4), pairs(2000)
    members = [MEMBERS[first](node, name, group), MEMBERS[second](node, name, group)]
    shared = lambda: [len(member.owned) for member in members] == [2, 2]  # noqa: E731
    read = read_by_all(members, 1000, shared, lambda: write_confluent(node, name, sent[:1000]))
    assert all(read) and sorted(read[0] + read[1]) == sorted(sent[:1000])
    for member in members:
        member.commit()
    # One leaves: the other takes all four partitions, and goes on from where the group had committed.
    members.pop().close()
    alone = lambda: len(members[0].owned) == 4  # noqa: E731
    [rest] = read_by_all(members, 1000, alone, lambda: write_kafka_python(node, name, sent[1000:]))
    members[0].close()
    assert sorted(rest) == sorted(sent[1000:])


def test_idempotent_confluent_producer(node, topic, group):
    name, sent = topic(), pairs(5000)
    write_confluent(node, name, sent, enable_idempotence=True, max_in_flight=5)
    member = Confluent(node, name, group)
    [read] = read_by_all([member], len(sent))
    member.close()
    assert read == sent


def test_confluent_offsets_for_times_and_watermarks(node, topic):
    name = topic()
    write_confluent(node, name, pairs(10))
    consumer = confluent_kafka.Consumer({"bootstrap.servers": node.address, "group.id": "unused"})
    partition = confluent_kafka.TopicPartition(name, 0)
    assert consumer.get_watermark_offsets(partition, LIMIT) == (0, 10)
    [found] = consumer.offsets_for_times([confluent_kafka.TopicPartition(name, 0, 0)], LIMIT)
    assert found.offset == 0
    consumer.close()


def test_confluent_admin(node):
    admin, name = AdminClient({"bootstrap.servers": node.address}), "confluent-admin"
    admin.create_topics([NewTopic(name, 2, 1, config={"retention.ms": "3600000"})])[name].result(LIMIT)
    with pytest.raises(confluent_kafka.KafkaException) as refused:
        admin.create_topics([NewTopic(name, 2, 1)])[name].result(LIMIT)
    assert refused.value.args[0].code() == KafkaError.TOPIC_ALREADY_EXISTS
    admin.create_partitions([NewPartitions(name, 4)])[name].result(LIMIT)
    # Apache Kafka's controller answers before its broker has read of them.
    until(lambda: len(admin.list_topics(name, LIMIT).topics[name].partitions) == 4, "the partitions are known")
    resource = confluent_kafka.admin.ConfigResource("topic", name)
    described = admin.describe_configs([resource])[resource].result(LIMIT)
    assert described["retention.ms"].value == "3600000"
    admin.delete_topics([name])[name].result(LIMIT)
    until(lambda: name not in admin.list_topics(timeout=LIMIT).topics, "the topic is gone")


def test_a_transactional_producer_is_told_at_once_that_our_broker_has_no_transactions(node):
    if node.kind != "ours":
        pytest.skip("Apache Kafka has them")
    began = time.monotonic()
    confluent = confluent_kafka.Producer({"bootstrap.servers": node.address, "transactional.id": "payments"})
    with pytest.raises(confluent_kafka.KafkaException, match="this broker has no transactions"):
        confluent.init_transactions(LIMIT)
    python = kafka.KafkaProducer(bootstrap_servers=node.address, transactional_id="refunds")
    with pytest.raises(kafka.errors.TransactionalIdAuthorizationFailedError):
        python.init_transactions()
    python.close()
    assert time.monotonic() - began < LIMIT / 2  # at once, and not when their time was up
