"""What a single broker takes, from a client that has nothing to do: the same requests, encoded once, again and again."""

from contextlib import contextmanager

from harness.nodes import KafkaNode, KlammNode

from runner.rows import Row, Target, row
from runner.stage import KAFKA, MODES, broker, column, folder, replay, say, sync_each, topic

PARTITIONS, SECONDS = 6, 5


@contextmanager
def _node(kind: str, synced: bool):
    with folder(on_disk=synced) as place:
        node = KafkaNode(place) if kind == "kafka" else KlammNode(place, "--fsync", "ack" if synced else "os")
        try:
            yield node
        finally:
            node.child.kill()


def _runs(node, runs: int, partitions: int, synced: bool = False, **options) -> list[dict]:
    def once():
        with topic(node, partitions, sync_each(node, synced)) as name:
            return replay(node, name, partitions, warm=1, seconds=SECONDS, **options)

    once()  # the virtual machine compiles
    return [once() for _ in range(runs)]


def requests(runs: int) -> list[Row]:
    """requests a second, one record each, over 64 connections that wait for each answer"""
    results = {}
    for kind in ("ours", "kafka"):
        with broker(kind) as node:
            say(f"one record a request, {kind}")
            results[kind] = column(_runs(node, runs, PARTITIONS, size=100, connections=64, in_flight=1, batch=1), "requests_per_second")
    what = "one record of 100 B a request, 64 connections"
    return [row("requests", what, "requests/s", results["ours"], results["kafka"], Target("at least", 5), peer=KAFKA, broker="one of each")]


def taken(runs: int) -> list[Row]:
    """the most that one broker takes, RF 1, 64 records of 1 kB a request, five on their way on each of 6 connections"""
    rows = []
    for synced, mode in MODES.items():
        results = {}
        for kind in ("ours", "kafka"):
            say(f"as many records as one broker takes, {kind}, {mode}")
            with _node(kind, synced) as node:
                done = _runs(node, runs, PARTITIONS, synced, size=1000, connections=PARTITIONS)
                results[kind] = [one / 1000 for one in column(done, "per_second")]
        what = f"most that is acknowledged, {mode}"
        rows.append(row("taken", what, "MB/s", results["ours"], results["kafka"], Target("at least", 3), peer=KAFKA, broker="one of each"))
    return rows
