"""An Apache Kafka cluster that is struck: who coordinates and leads what, and when all of its replicas are in sync again."""

from contextlib import ExitStack
from pathlib import Path

from confluent_kafka.admin import AdminClient, NewTopic
from harness import raw
from harness.cluster import SESSION_MS, KafkaCluster, KafkaMember
from harness.tools import SHORT_LIVED
from harness.waiting import until

GROUP, TRANSACTION = 0, 1  # kinds of coordinators
MEMBER_SESSION_MS = 6000  # the least that Kafka allows a classic member by default
# So that who is dead is missed soon, and few partitions have to be loaded when a coordinator moves.
QUICK = {
    "broker.session.timeout.ms": SESSION_MS,
    "broker.heartbeat.interval.ms": SESSION_MS // 6,
    "auto.leader.rebalance.enable": "false",
    "offsets.topic.num.partitions": 3,
    "transaction.state.log.num.partitions": 3,
    "transaction.abort.timed.out.transaction.cleanup.interval.ms": 1000,
    "group.initial.rebalance.delay.ms": 0,
    "group.consumer.min.session.timeout.ms": MEMBER_SESSION_MS,
    "group.consumer.session.timeout.ms": MEMBER_SESSION_MS,
    "group.consumer.min.heartbeat.interval.ms": 1000,
    "group.consumer.heartbeat.interval.ms": 1000,
}


class Kafka:
    def __init__(self, folder: Path, held: ExitStack, size: int, version: str):
        self.nodes = KafkaCluster(folder, held, self._prepare, size, version)
        self.address = self.nodes.address
        self._admin = AdminClient({"bootstrap.servers": self.address})

    @staticmethod
    def _prepare(member: KafkaMember):
        member.properties |= {name: str(value) for name, value in QUICK.items()}
        member.jvm = SHORT_LIVED

    def create(self, topic: str, partitions: int):
        [made] = self._admin.create_topics([NewTopic(topic, partitions)]).values()
        made.result(60)
        # Kafka answers before its other brokers have heard of it.
        until(lambda: all(self._known_to(member, topic) == partitions for member in self.nodes.members), f"{topic} is known", 60)
        self.until_in_sync()

    @staticmethod
    def _known_to(member: KafkaMember, topic: str) -> int:
        with raw.Connection(member.port) as connection:
            return connection.partition_count(topic)

    def coordinator(self, kind: int, key: str) -> KafkaMember:
        def asked() -> KafkaMember | None:
            alive = next(member for member in self.nodes.members if member.child.running())
            with raw.Connection(alive.port) as connection:
                answer = connection.call(raw.FIND_COORDINATOR, 1, raw.string(key) + raw.i8(kind))
            answer.i32()
            code, _, node = answer.i16(), answer.string(), answer.i32()
            return self.nodes.members[node - 1] if code == 0 else None

        return until(asked, f"the coordinator of {key} is known", 60)

    def leader(self, topic: str, partition: int = 0) -> KafkaMember:
        def asked() -> int:
            return max(0, self._partitions(topic)[partition].leader)

        return self.nodes.members[until(asked, f"{topic}/{partition} has a leader", 60) - 1]

    def until_in_sync(self):
        def all_are() -> bool:
            topics = self._admin.list_topics(timeout=30).topics
            return all(len(p.isrs) == len(p.replicas) and p.leader > 0 for t in topics.values() for p in t.partitions.values())

        until(all_are, "all replicas are in sync", 120, 0.2)

    def _partitions(self, topic: str) -> dict:
        return self._admin.list_topics(topic, timeout=30).topics[topic].partitions
