"""Three brokers of ours and three of Apache Kafka: replicas of every record on all of them before it is acknowledged."""

import os
from contextlib import ExitStack, contextmanager

from harness.cluster import KafkaCluster, running_cluster
from harness.nodes import built
from harness.process import Child, run

from runner.rows import Row, row
from runner.stage import KAFKA, OURS, PRODUCER, column, command, folder, produce, say

SIZE, PARTITIONS, SECONDS = 1000, 6, 5
MEGABYTE = 1e6
TICKS = os.sysconf("SC_CLK_TCK")
MODES = {False: "acknowledged by the operating system of each", True: "synced by each before the acknowledgement"}


@contextmanager
def _cluster(kind: str, synced: bool):
    with folder(on_disk=synced) as place, ExitStack() as held:
        if kind == "ours":
            yield held.enter_context(running_cluster(place, klamm_fsync="ack" if synced else "os"))
        else:
            yield KafkaCluster(place, held)


@contextmanager
def _topic(cluster, synced: bool):
    """Of three replicas. Apache Kafka syncs before it acknowledges where each record is flushed."""
    settings = ["-c", "flush.messages=1"] if synced and cluster.kind == "kafka" else []
    topic = [built("kcli"), "-B", cluster.address, "topic"]
    run([*topic, "create", "bench", "-p", str(PARTITIONS), "-r", "3", "-c", "min.insync.replicas=2", *settings])
    yield "bench"
    run([*topic, "delete", "-y", "bench"])


def _cpu(cluster) -> float:
    """Seconds that the brokers' processes have taken, as user and as system."""
    total = 0
    for member in cluster.members:
        with open(f"/proc/{member.child.process.pid}/stat") as file:
            total += sum(map(int, file.read().rsplit(")", 1)[1].split()[11:13]))
    return total / TICKS


def _measure(cluster, place, synced: bool, warm: int) -> dict:
    options = {"partitions": PARTITIONS, "size": SIZE}
    with _topic(cluster, synced) as topic:
        per_second = produce(OURS, "produce", cluster, topic, records=warm, **options)["per_second"]
        records = max(warm, int(per_second * SECONDS))
        before = _cpu(cluster)
        most = produce(OURS, "produce", cluster, topic, records=records, **options)
        spent = _cpu(cluster) - before
        fifth = most["per_second"] / 5
        beside = {"records": int(fifth * 2 * SECONDS), "rate": fifth, **options}
        with Child(command(OURS, "produce", cluster, topic, PRODUCER, **beside), place / "beside"):
            single = produce(OURS, "ack", cluster, topic, {"linger.ms": "0"}, records=100 * SECONDS, warm=50, pause=5000, size=SIZE)
    return {
        "rate": most["per_second"] * SIZE / MEGABYTE,
        "cpu": 1000 * spent / (records * SIZE / MEGABYTE),
        "p99": single["p99"] / 1000,
    }


def replicated(runs: int) -> list[Row]:
    """three brokers against three of Apache Kafka, RF 3, acks=all, 1 kB records: the most, the brokers' CPU, one record's time at a fifth"""
    rows = []
    for synced, mode in MODES.items():
        results = {}
        for kind in ("ours", "kafka"):
            say(f"three brokers, {kind}, {mode}")
            with _cluster(kind, synced) as cluster, folder() as place:
                _measure(cluster, place, synced, 20_000)  # the virtual machines compile
                results[kind] = [_measure(cluster, place, synced, 20_000) for _ in range(runs)]
        for part, unit, what in (
            ("rate", "MB/s", "most that is acknowledged"),
            ("cpu", "ms/MB", "CPU of the three brokers"),
            ("p99", "ms", "one record at a fifth of that load, 99th percentile"),
        ):
            ours, theirs = column(results["ours"], part), column(results["kafka"], part)
            rows.append(row("replicated", f"{what}, {mode}", unit, ours, theirs, peer=KAFKA, broker="three of each"))
    return rows
