"""Stopping, killing and starting again: what was acknowledged is there, once, in order, and the cluster is the same."""

import itertools
from contextlib import contextmanager

import confluent_kafka
import pytest
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient, ConfigResource, NewTopic
from harness.nodes import running
from harness.process import run
from harness.reading import everything_in
from harness.waiting import until

LIMIT = 60.0
PARTITIONS = 3
ACKS_BETWEEN_KILLS = 200
# Apache Kafka takes seconds to come back; a few kills are control enough.
KILLS = {"ours": 20, "kafka": 2}
NOT_YET = (confluent_kafka.KafkaError.COORDINATOR_LOAD_IN_PROGRESS, confluent_kafka.KafkaError.NOT_COORDINATOR)
# Reconnects at once, so that a restart costs no waiting.
IMPATIENT = {"reconnect.backoff.ms": 10, "reconnect.backoff.max.ms": 100, "retry.backoff.ms": 10}


@pytest.fixture
def start(tmp_path, request):
    """start(kind, *arguments): a node of the test's own, which it may stop, kill and start."""
    numbers = itertools.count()

    @contextmanager
    def make(kind: str, *arguments: str):
        with running(kind, tmp_path / f"node-{next(numbers)}", *arguments) as own:
            yield own

    return make


def pytest_generate_tests(metafunc):
    kinds = metafunc.config.getoption("broker") or ["kafka"]
    if "durability" in metafunc.fixturenames:
        modes = [("ours", "os"), ("ours", "ack"), ("kafka", "os")]
        metafunc.parametrize("kind, durability", [mode for mode in modes if mode[0] in kinds])
    elif "kind" in metafunc.fixturenames:
        metafunc.parametrize("kind", kinds)


def arguments_for(kind: str, durability: str) -> list[str]:
    return ["--fsync", durability] if kind == "ours" else []


def admin_of(node) -> AdminClient:
    return AdminClient({"bootstrap.servers": node.address})


def create(node, topic: str, partitions: int = PARTITIONS, **config):
    settings = {key.replace("_", "."): value for key, value in config.items()}
    admin = admin_of(node)  # what it answers is lost when it goes
    [made] = admin.create_topics([NewTopic(topic, partitions, 1, config=settings)]).values()
    made.result(LIMIT)


class Writer:
    """An idempotent producer that outlives its broker, and what it was promised."""

    def __init__(self, node, topic: str):
        self.topic, self.sent, self.acked, self.failed = topic, 0, {}, []
        self.producer = confluent_kafka.Producer(
            {"bootstrap.servers": node.address, "enable.idempotence": True, "linger.ms": 1} | IMPATIENT
        )

    def told(self, error, message):
        if error:
            self.failed.append(error)
        else:
            self.acked[message.value()] = (message.partition(), message.offset())

    def write_until_acked(self, count: int):
        """Leaves a few records on their way."""
        goal = len(self.acked) + count

        def write_some() -> bool:
            for _ in range(50):
                if len(self.producer) > 2000:
                    break
                self.producer.produce(self.topic, b"%d" % self.sent, partition=self.sent % PARTITIONS, on_delivery=self.told)
                self.sent += 1
            self.producer.poll(0.01)
            return len(self.acked) >= goal or bool(self.failed)

        until(write_some, f"{count} more records are acknowledged", LIMIT, pause=0)

    def finish(self):
        assert self.producer.flush(LIMIT) == 0 and not self.failed, self.failed[:3]
        assert len(self.acked) == self.sent


class Committer:
    """Commits offsets of a group without members, and remembers what was acknowledged."""

    def __init__(self, node, topic: str):
        self.topic, self.done = topic, 0
        self.consumer = confluent_kafka.Consumer({"bootstrap.servers": node.address, "group.id": "committer"} | IMPATIENT)

    def commit(self):
        self.done += 1
        self.once_loaded(lambda: self.consumer.commit(offsets=[TopicPartition(self.topic, 0, self.done)], asynchronous=False))

    def committed(self) -> int:
        [found] = self.once_loaded(lambda: self.consumer.committed([TopicPartition(self.topic, 0)], LIMIT))
        return found.offset

    def once_loaded(self, ask):
        """What `ask` gives. A broker that was just started serves before it has its coordinators, and before they have read
        their log, and says so."""

        def answer() -> list | None:
            try:
                return [ask()]
            except confluent_kafka.KafkaException as refused:
                if refused.args[0].code() not in NOT_YET:
                    raise
                return None

        [got] = until(answer, "the coordinator has loaded and answers", LIMIT)
        return got


def test_killed_under_load_nothing_acknowledged_is_lost(start, kind, durability):
    """An idempotent producer writes on through kills: each record is there once, in order, where it was acknowledged."""
    with start(kind, *arguments_for(kind, durability)) as node:
        create(node, "orders")
        cluster = admin_of(node).list_topics(timeout=LIMIT).cluster_id
        writer, committer = Writer(node, "orders"), Committer(node, "orders")
        for _ in range(KILLS[kind]):
            writer.write_until_acked(ACKS_BETWEEN_KILLS)
            committer.commit()
            node.kill()
            node.start()
            assert committer.committed() == committer.done
        writer.finish()
        found = everything_in(node, "orders", PARTITIONS)
        assert admin_of(node).list_topics(timeout=LIMIT).cluster_id == cluster
    for value, (partition, offset) in writer.acked.items():
        assert found[partition][offset] == (offset, value)
    assert sum(len(records) for records in found.values()) == writer.sent
    for records in found.values():
        numbers = [int(value) for _, value in records]
        assert numbers == sorted(numbers)


def test_a_topic_made_before_a_kill_is_served_after_it(start, kind, durability):
    """What CreateTopics, DeleteTopics and AlterConfigs acknowledged needs no clean stop."""
    with start(kind, *arguments_for(kind, durability)) as node:
        create(node, "kept", retention_ms="12345")
        create(node, "gone")
        admin = admin_of(node)
        [deleted] = admin.delete_topics(["gone"]).values()
        deleted.result(LIMIT)
        node.kill()
        node.start()
        topics = admin.list_topics(timeout=LIMIT).topics
        assert "kept" in topics and "gone" not in topics and len(topics["kept"].partitions) == PARTITIONS
        [described] = admin.describe_configs([ConfigResource(ConfigResource.Type.TOPIC, "kept")]).values()
        assert described.result(LIMIT)["retention.ms"].value == "12345"


def test_a_clean_restart_changes_nothing(start, kind):
    with start(kind) as node:
        create(node, "orders")
        writer, committer = Writer(node, "orders"), Committer(node, "orders")
        cluster = admin_of(node).list_topics(timeout=LIMIT).cluster_id
        for _ in range(2):
            writer.write_until_acked(ACKS_BETWEEN_KILLS)
            committer.commit()
            node.stop()
            node.start()
        writer.finish()
        assert committer.committed() == committer.done
        assert admin_of(node).list_topics(timeout=LIMIT).cluster_id == cluster
        assert sum(len(records) for records in everything_in(node, "orders", PARTITIONS).values()) == writer.sent


def test_a_group_of_two_goes_on_after_its_broker_was_killed(start, kind):
    with start(kind) as node:
        create(node, "orders")
        owned: list[set[int]] = [set(), set()]
        read: list[bytes] = []
        members = []
        for number in range(2):
            member = confluent_kafka.Consumer({"bootstrap.servers": node.address, "group.id": "pair", "auto.offset.reset": "earliest",
                                               "enable.auto.commit": False, "session.timeout.ms": 6000} | IMPATIENT)
            member.subscribe(["orders"], on_assign=lambda _, given, n=number: owned.__setitem__(n, {one.partition for one in given}),
                             on_revoke=lambda *_, n=number: owned.__setitem__(n, set()))
            members.append(member)

        def shared_out() -> bool:
            for member in members:
                read.extend(one.value() for one in member.consume(500, 0.1) if not one.error())
            return all(owned) and set().union(*owned) == set(range(PARTITIONS))

        writer = Writer(node, "orders")
        until(shared_out, "both members have partitions", LIMIT, pause=0)
        node.kill()
        node.start()
        writer.write_until_acked(ACKS_BETWEEN_KILLS)
        writer.finish()
        until(lambda: shared_out() and len(set(read)) == writer.sent, "both members read what came after the kill", LIMIT, pause=0)
        for member in members:
            member.close()


def test_a_directory_that_is_not_this_nodes_is_refused(start, tmp_path, kind):
    if kind != "ours":
        pytest.skip("about klamm-broker's command line")
    with start("ours") as node:
        in_use = run([str(node.program), "--port", "0", "--data", str(node.data)], status=1, both=True)
        assert f"{node.data} is in use by another broker (process {node.child.process.pid})" in in_use
        node.stop()
        other = run([str(node.program), "--port", "0", "--data", str(node.data), "-X", "node.id=7"], status=1, both=True)
        assert f"{node.data} belongs to node 1, not 7" in other
        node.start()  # neither has harmed it


def test_the_configuration_file_takes_kafkas_names(start, tmp_path, kind):
    if kind != "ours":
        pytest.skip("about klamm-broker's command line")
    file = tmp_path / "server.properties"
    file.write_text("# as Kafka's\nnode.id=5\nnum.partitions = 4\nadvertised.listeners=PLAINTEXT://kafka.example:9999\n"
                    "log.cleaner.dedupe.buffer.size=1\n")
    with start("ours", "--config", str(file)) as node:
        metadata = admin_of(node).list_topics(timeout=LIMIT)
        [broker] = metadata.brokers.values()
        assert (broker.id, broker.host, broker.port) == (5, "kafka.example", 9999)
        assert "log.cleaner.dedupe.buffer.size is not followed here" in node.child.output()
    with start("ours", "--advertise", "localhost:1234") as node:
        [broker] = admin_of(node).list_topics(timeout=LIMIT).brokers.values()
        assert (broker.host, broker.port) == ("localhost", 1234)
