"""A partition's directory, moved between a stopped broker of ours and a stopped Apache Kafka: the other one goes on with it.

Records, leader epochs and producers' states are what the broker was that it comes from: producers repeat and go on as if nothing
had happened. Only the topic's id is the new broker's.
"""

import shutil
import time

import confluent_kafka
import pytest
from harness import raw, topics
from harness.nodes import Node, running
from harness.reading import everything_in, whole
from harness.tools import CODECS
from harness.waiting import until

TOPIC, CONTENT = "moved", "content"
DUPLICATE_OR_DONE, OUT_OF_ORDER = 0, 45
SEGMENT = 1 << 20


def now() -> int:
    """Producers are forgotten by their batches' time."""
    return int(time.time() * 1000)


class Producer:
    """Idempotent, one record a batch, by the wire encoder."""

    def __init__(self, node: Node):
        with raw.Connection(node.port) as connection:
            self.id, self.epoch = until(connection.init_producer_id, "a producer id is given")

    def send(self, node: Node, sequence: int, value: bytes = b"v") -> tuple[int, int]:
        """The error and the offset that the broker answers."""
        batch = raw.Batch(
            raw.record(value), base_timestamp=now(), producer_id=self.id, producer_epoch=self.epoch, base_sequence=sequence
        )
        with raw.Connection(node.port) as connection:
            return connection.produce(TOPIC, batch.encode())


def fill(node: Node):
    """More than a segment takes, without a producer's id."""
    for _ in range(3):
        with raw.Connection(node.port) as connection:
            assert connection.produce(TOPIC, raw.Batch(raw.record(bytes(SEGMENT // 2 - 1000)), base_timestamp=now()).encode())[0] == 0


def start(node: Node, topic: str = TOPIC):
    def led() -> bool:
        with raw.Connection(node.port) as connection:
            return connection.end_offset(topic) is not None

    node.start()
    until(led, f"{topic} has a leader")


def restart(node: Node, topic: str = TOPIC):
    """Another life, and leader epoch."""
    node.stop()
    start(node, topic)


def epoch_ends(node: Node, epochs: range) -> list[tuple[int, int, int]]:
    """What OffsetForLeaderEpoch says: error, epoch and end offset for each."""
    asked = [raw.i32(0) + raw.i32(-1) + raw.i32(epoch) for epoch in epochs]
    with raw.Connection(node.port) as connection:
        answer = connection.call(23, 3, raw.i32(-2) + raw.array([raw.string(TOPIC) + raw.array(asked)]))
    answer.i32(), answer.i32(), answer.string()
    return [(answer.i16(), answer.i32(), answer.i32(), answer.i64()) for _ in range(answer.i32())]


def records(node: Node, topic: str = TOPIC, isolation: str = "read_uncommitted") -> list[tuple]:
    return everything_in(node, topic, 1, isolation, whole)[0]


def latest_epoch(node: Node, topic: str = TOPIC) -> int:
    lines = (node.data / f"{topic}-0" / "leader-epoch-checkpoint").read_text().split("\n")
    return int(lines[-2].split()[0])


def move(source: Node, target: Node, topic: str = TOPIC):
    """Both are stopped afterwards. The leader epochs of the new broker are not to be older than those that it gets."""
    source.stop()
    while latest_epoch(target, topic) < latest_epoch(source, topic):
        restart(target, topic)
    target.stop()
    theirs = target.data / f"{topic}-0"
    identity = (theirs / "partition.metadata").read_text()
    shutil.rmtree(theirs)
    shutil.copytree(source.data / f"{topic}-0", theirs)
    (theirs / "partition.metadata").write_text(identity)


@pytest.fixture(scope="module", params=("ours to kafka", "kafka to ours"))
def pair(request, tmp_path_factory):
    if "ours" not in (request.config.getoption("broker") or []):
        pytest.skip("it is our broker's files that are judged")
    source, target = request.param.split(" to ")
    folder = tmp_path_factory.mktemp("moved")
    with running(source, folder / "source") as one, running(target, folder / "target") as other:
        yield one, other


def test_another_broker_goes_on_with_a_partition_directory(pair):
    source, target = pair
    for node in pair:
        topics.create(node, TOPIC, 1, {"segment.bytes": str(SEGMENT)})
    early, late = Producer(source), Producer(source)
    assert [early.send(source, n) for n in range(3)] == [(0, 0), (0, 1), (0, 2)]
    fill(source)
    assert [late.send(source, n) for n in range(3)] == [(0, 6), (0, 7), (0, 8)]
    restart(source)
    assert late.send(source, 3) == (0, 9)
    last_epoch = latest_epoch(source)
    before, ends = records(source), epoch_ends(source, range(last_epoch + 1))
    assert len(before) == 10 and last_epoch > 0

    move(source, target)
    # Its first segment is not taken, as if retention had dropped it: only the snapshot knows the early producer.
    theirs = target.data / f"{TOPIC}-0"
    first, second = sorted(theirs.glob("*.log"))[:2]
    for file in theirs.glob(f"{first.stem}.*"):
        file.unlink()
    kept = int(second.stem)
    start(target)

    assert records(target) == [one for one in before if one[0] >= kept] != []
    assert epoch_ends(target, range(last_epoch + 1)) == ends
    # Repeats get the offset that they had; a gap is refused; what follows is appended.
    assert early.send(target, 2) == (DUPLICATE_OR_DONE, 2)
    assert late.send(target, 3) == (DUPLICATE_OR_DONE, 9)
    assert late.send(target, 5)[0] == OUT_OF_ORDER
    assert early.send(target, 3) == (DUPLICATE_OR_DONE, 10) and late.send(target, 4) == (DUPLICATE_OR_DONE, 11)
    restart(target)
    assert late.send(target, 4) == (DUPLICATE_OR_DONE, 11) and len(records(target)) == len(before) - kept + 2


def send(producer: confluent_kafka.Producer, name: str):
    """A batch of records of every form."""
    forms = [
        (name, f"value of {name} " * 50, [("header", b"of it"), ("twice", b"1"), ("twice", b"2"), ("empty", b""), ("null", None)]),
        (None, "without a key", []),
        ("tombstone", None, [("why", b"\x00\xff")]),
        ("", "", []),
    ]
    for number, (key, value, headers) in enumerate(forms):
        producer.produce(CONTENT, value, key, timestamp=now() - 1000 * number, headers=headers)
    assert producer.flush(30) == 0


def transactional(node: Node, name: str, codec: str) -> confluent_kafka.Producer:
    lasts = {"transactional.id": name, "transaction.timeout.ms": 600_000}  # longer than the case
    producer = confluent_kafka.Producer({"bootstrap.servers": node.address, "compression.type": codec} | lasts)
    producer.init_transactions(60)
    return producer


def seen(node: Node) -> dict[str, list[tuple]]:
    return {isolation: records(node, CONTENT, isolation) for isolation in ("read_uncommitted", "read_committed")}


def test_records_and_transactions_are_what_they_were(pair):
    """Transactions only from Kafka, and back there: our broker keeps those that come to it so, and coordinates none."""
    source, target = pair
    for node in pair:
        if not node.child.running():
            node.start()
        topics.create(node, CONTENT, 1)
    plain = [confluent_kafka.Producer({"bootstrap.servers": source.address, "compression.type": codec}) for codec in CODECS]
    for producer, codec in zip(plain, CODECS):
        send(producer, codec)
    kafka = source.kind == "kafka"
    if kafka:
        for codec in CODECS:
            producer = transactional(source, f"with-{codec}", codec)
            for end in (producer.commit_transaction, producer.abort_transaction):
                producer.begin_transaction()
                send(producer, f"{codec}, {end.__name__}")
                end(30)
        left_open = transactional(source, "left-open", "zstd")
        left_open.begin_transaction()
        send(left_open, "open")
        send(plain[0], "behind the open one")
    before = seen(source)
    everything, committed = map(len, before.values())
    assert (everything, committed) == ((4 * len(CODECS) * 3 + 8, 4 * len(CODECS) * 2) if kafka else (4 * len(CODECS),) * 2)

    move(source, target, CONTENT)
    start(target, CONTENT)
    assert seen(target) == before
    if kafka:
        # Back where its coordinator is, the transaction ends, and all that waited for it is read.
        move(target, source, CONTENT)
        start(source, CONTENT)
        assert seen(source) == before
        left_open.commit_transaction(60)
        until(lambda: len(seen(source)["read_committed"]) == committed + 8, "the transaction is read")
