"""A partition's directory, moved between a stopped broker of ours and a stopped Apache Kafka: the other one goes on with it.

Records, leader epochs and producers' states are what the broker was that it comes from: producers repeat and go on as if nothing
had happened. Only the topic's id is the new broker's.
"""

import shutil
import time

import pytest
from harness import raw, topics
from harness.nodes import Node, running
from harness.tools import Tools
from harness.waiting import until

TOPIC = "moved"
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


def until_led(node: Node):
    def led() -> bool:
        with raw.Connection(node.port) as connection:
            return connection.end_offset(TOPIC) is not None

    until(led, f"{TOPIC} has a leader")


def restart(node: Node):
    """Another life, and leader epoch."""
    node.stop()
    node.start()
    until_led(node)


def epoch_ends(node: Node, epochs: range) -> list[tuple[int, int, int]]:
    """What OffsetForLeaderEpoch says: error, epoch and end offset for each."""
    asked = [raw.i32(0) + raw.i32(-1) + raw.i32(epoch) for epoch in epochs]
    with raw.Connection(node.port) as connection:
        answer = connection.call(23, 3, raw.i32(-2) + raw.array([raw.string(TOPIC) + raw.array(asked)]))
    answer.i32(), answer.i32(), answer.string()
    return [(answer.i16(), answer.i32(), answer.i32(), answer.i64()) for _ in range(answer.i32())]


def records(node: Node, folder) -> list[str]:
    return Tools(node, folder).kcat("-C", "-t", TOPIC, "-o", "beginning", "-e", "-q", "-f", r"%o %T %S\n").splitlines()


def latest_epoch(node: Node) -> int:
    lines = (node.data / f"{TOPIC}-0" / "leader-epoch-checkpoint").read_text().split("\n")
    return int(lines[-2].split()[0])


@pytest.fixture(scope="module", params=("ours to kafka", "kafka to ours"))
def pair(request, tmp_path_factory):
    if "ours" not in (request.config.getoption("broker") or []):
        pytest.skip("it is our broker's files that are judged")
    source, target = request.param.split(" to ")
    folder = tmp_path_factory.mktemp("moved")
    with running(source, folder / "source") as one, running(target, folder / "target") as other:
        yield one, other


def test_another_broker_goes_on_with_a_partition_directory(pair, tmp_path):
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
    before, ends = records(source, tmp_path), epoch_ends(source, range(last_epoch + 1))
    assert len(before) == 10 and last_epoch > 0
    source.stop()

    # The new broker's leader epochs are not to be older than those that it gets.
    while latest_epoch(target) < last_epoch:
        restart(target)
    target.stop()
    theirs, taken = target.data / f"{TOPIC}-0", source.data / f"{TOPIC}-0"
    identity = (theirs / "partition.metadata").read_text()
    shutil.rmtree(theirs)
    shutil.copytree(taken, theirs)
    (theirs / "partition.metadata").write_text(identity)
    # Its first segment is not taken, as if retention had dropped it: only the snapshot knows the early producer.
    first, second = sorted(taken.glob("*.log"))[:2]
    for file in theirs.glob(f"{first.stem}.*"):
        file.unlink()
    start = int(second.stem)
    target.start()
    until_led(target)

    assert records(target, tmp_path) == [one for one in before if int(one.split()[0]) >= start] != []
    assert epoch_ends(target, range(last_epoch + 1)) == ends
    # Repeats get the offset that they had; a gap is refused; what follows is appended.
    assert early.send(target, 2) == (DUPLICATE_OR_DONE, 2)
    assert late.send(target, 3) == (DUPLICATE_OR_DONE, 9)
    assert late.send(target, 5)[0] == OUT_OF_ORDER
    assert early.send(target, 3) == (DUPLICATE_OR_DONE, 10) and late.send(target, 4) == (DUPLICATE_OR_DONE, 11)
    restart(target)
    assert late.send(target, 4) == (DUPLICATE_OR_DONE, 11) and len(records(target, tmp_path)) == len(before) - start + 2
