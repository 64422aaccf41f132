"""A leader is killed every 15 s for minutes, under Apache Kafka's VerifiableProducer and ours: python3 long_run.py [MINUTES] [ACKS].

With acks=all nothing that was acknowledged may be lost. With acks=1, the control, it may: then the run only says how much was.
"""

import contextlib
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

import klamm
from cluster_under_test import ClusterUnderTest
from harness.cluster import running_cluster
from harness.process import Child
from harness.tools import java
from harness.waiting import until
from load import Load

BETWEEN_KILLS, RATE = 15.0, 1000


class JavaLoad:
    """What VerifiableProducer says on its output; it never sends a record twice, and values count up."""

    def __init__(self, address: str, topic: str, acks: str, log: Path):
        self.address, self.topic = address, topic
        options = ["--max-messages", "-1", "--throughput", str(RATE), "--acks", {"all": "-1"}.get(acks, acks)]
        self.child = Child(java("VerifiableProducer", "--bootstrap-server", address, "--topic", topic, *options), log)

    def _said(self) -> list[dict]:
        lines = [line for line in self.child.output().splitlines() if line.startswith("{") and line.endswith("}")]
        return [json.loads(line) for line in lines]

    def until_more(self, count: int, limit: float = 30.0) -> None:
        target = self._count() + count
        until(lambda: self._count() >= target, f"{count} records of Java's are acknowledged", limit, 0.05)

    def _count(self) -> int:
        return self.child.log.read_bytes().count(b'"producer_send_success"')

    def end(self) -> None:
        self.child.stop()
        said = self._said()
        self.acknowledged = [int(one["value"]) for one in said if one["name"] == "producer_send_success"]
        self.failed = [one for one in said if one["name"] == "producer_send_error"]


def read_back(address: str, topic: str) -> tuple[set[int], int]:
    """All values, and how many of them stand behind a larger one of their partition, or there twice."""
    last: dict[int, int] = {}
    values, misplaced = set(), 0
    with klamm.Consumer(address, topics=topic, start="earliest", stop_at_end=True) as consumer:
        for record in consumer:
            value = int(record.value)
            misplaced += value in values or value < last.get(record.partition, -1)
            last[record.partition] = value
            values.add(value)
    return values, misplaced


def kill_leaders(cluster: ClusterUnderTest, loads: list, topics: list[str], minutes: float) -> list[float]:
    """The seconds from each kill until every load had 200 more records acknowledged."""
    recoveries: list[float] = []
    end = time.monotonic() + minutes * 60
    while time.monotonic() < end:
        started = time.monotonic()
        victim = cluster.leader_of(0, topics[len(recoveries) % len(topics)])
        cluster.nodes.kill(victim)
        for load in loads:
            load.until_more(200, 60)
        recoveries.append(time.monotonic() - started)
        cluster.nodes.restart(victim)
        for topic in topics:
            cluster.until_all_in_sync(topic)
        until(lambda due=started + BETWEEN_KILLS: time.monotonic() >= due, "the next blow is due", BETWEEN_KILLS, 0.1)
    return recoveries


def report(load, name: str, address: str) -> int:
    values, misplaced = read_back(address, load.topic)
    lost = sum(value not in values for value in load.acknowledged)
    print(
        f"{name}: {len(load.acknowledged)} acknowledged, {len(values)} read, {lost} lost, {misplaced} out of order or twice, "
        f"{len(load.failed)} failed",
        flush=True,
    )
    return lost + misplaced


def run(minutes: float, acks: str) -> int:
    with contextlib.ExitStack() as held:
        folder = Path(held.enter_context(tempfile.TemporaryDirectory(prefix="klamm-chaos-")))
        cluster = ClusterUnderTest(held.enter_context(running_cluster(folder)))
        topics = ["by-java", "by-ours"]
        for topic in topics:
            cluster.create_topic(topic)
        theirs = JavaLoad(cluster.address, topics[0], acks, folder / "verifiable-producer")
        held.callback(theirs.child.kill)
        ours = Load(cluster.address, topics[1], acks=acks, rate=RATE)
        held.callback(ours.end)
        for load in (theirs, ours):
            load.until_more(1000, 180)
        epoch = cluster.quorum()["epoch"]
        recoveries = kill_leaders(cluster, [theirs, ours], topics, minutes)
        for load in (theirs, ours):
            load.end()
        print(
            f"acks={acks}: {len(recoveries)} leaders killed in {minutes:g} minutes, the metadata quorum's epoch went from {epoch} to "
            f"{cluster.quorum()['epoch']}; 200 more records of both acknowledged after {statistics.median(recoveries):.1f} s "
            f"(median), {max(recoveries):.1f} s (longest)"
        )
        bad = report(theirs, "Java's VerifiableProducer", cluster.address) + report(ours, "our producer", cluster.address)
        return 1 if bad and acks == "all" else 0


if __name__ == "__main__":
    sys.exit(run(float(sys.argv[1]) if len(sys.argv) > 1 else 10, sys.argv[2] if len(sys.argv) > 2 else "all"))
