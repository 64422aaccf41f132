"""Three brokers of ours and three of Apache Kafka: replicas of every record on all of them before it is acknowledged."""

from contextlib import ExitStack, contextmanager

from harness.cluster import KafkaCluster, running_cluster
from harness.process import Child, Failed

from runner.rows import Row, Target, row
from runner.stage import (
    KAFKA,
    MODES,
    OURS,
    PRODUCER,
    RDKAFKA,
    RDKAFKA_PRODUCER,
    broker_cpu,
    column,
    command,
    folder,
    produce,
    replay,
    say,
    sync_each,
    topic,
)

SIZE, PARTITIONS, SECONDS = 1000, 6, 5
FIXED = 20_000  # records a second that the brokers' CPU is measured under
MEGABYTE = 1e6


@contextmanager
def _cluster(kind: str, synced: bool):
    with folder(on_disk=synced) as place, ExitStack() as held:
        if kind == "ours":
            yield held.enter_context(running_cluster(place, klamm_fsync="ack" if synced else "os"))
        else:
            yield KafkaCluster(place, held)


def _topic(cluster, synced: bool):
    return topic(cluster, PARTITIONS, ["-r", "3", "-c", "min.insync.replicas=2", *sync_each(cluster, synced)])


def _cost(cluster, place, name: str) -> float:
    """The brokers' CPU in ms a MB, while librdkafka produces at a fixed rate and another one consumes it all."""
    options = {"partitions": PARTITIONS, "size": SIZE, "records": FIXED * SECONDS}
    before = broker_cpu(*cluster.members)
    reads = Child(command(RDKAFKA, "consume", cluster, name, **(options | {"records": options["records"] - 1})), place / "reads")
    with reads:
        produce(RDKAFKA, "produce", cluster, name, RDKAFKA_PRODUCER, rate=FIXED, **options)
        if reads.process.wait(timeout=60) != 0:
            raise Failed(f"the consumer beside it: {reads.output()}")
    return 1000 * (broker_cpu(*cluster.members) - before) / (options["records"] * SIZE / MEGABYTE)


def _latency(cluster, place, name: str, per_second: float) -> float:
    """Of one record beside a fifth of what is taken at most, the 99th percentile in ms."""
    fifth = per_second / 5
    beside = {"partitions": PARTITIONS, "records": int(fifth * 2 * SECONDS), "rate": fifth, "size": SIZE}
    with Child(command(OURS, "produce", cluster, name, PRODUCER, **beside), place / "beside"):
        single = {"records": 100 * SECONDS, "warm": 50, "pause": 5000, "size": SIZE}
        return produce(OURS, "ack", cluster, name, {"linger.ms": "0"}, **single)["p99"] / 1000


def _measure(cluster, place, synced: bool) -> dict:
    with _topic(cluster, synced) as name:
        cost = _cost(cluster, place, name)
    with _topic(cluster, synced) as name:
        most = replay(cluster, name, PARTITIONS, size=SIZE, warm=1, seconds=SECONDS, connections=PARTITIONS)
    with _topic(cluster, synced) as name:
        p99 = _latency(cluster, place, name, most["per_second"])
    return {"rate": most["per_second"] * SIZE / MEGABYTE, "cpu": cost, "p99": p99}


def replicated(runs: int) -> list[Row]:
    """three brokers against three of Apache Kafka, RF 3, acks=all, 1 kB records: the most that they take, their CPU under a fixed load, one record's time"""
    rows = []
    for synced, mode in MODES.items():
        results = {}
        for kind in ("ours", "kafka"):
            say(f"three brokers, {kind}, {mode}")
            with _cluster(kind, synced) as cluster, folder() as place:
                _measure(cluster, place, synced)  # the virtual machines compile
                results[kind] = [_measure(cluster, place, synced) for _ in range(runs)]
        for part, unit, target, what in (
            ("rate", "MB/s", Target("at least", 3), "most that is acknowledged"),
            ("cpu", "ms/MB", Target("at most", 0.2), f"CPU of the three brokers, {FIXED:,} records/s produced and consumed by librdkafka"),
            ("p99", "ms", Target("at most", 0.333), "one record at a fifth of the most, 99th percentile"),
        ):
            ours, theirs = column(results["ours"], part), column(results["kafka"], part)
            rows.append(row("replicated", f"{what}, {mode}", unit, ours, theirs, target, peer=KAFKA, broker="three of each"))
    return rows
