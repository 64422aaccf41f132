"""What kcli says of a cluster while it is struck."""

import json
import subprocess

from harness.cluster import Cluster
from harness.nodes import built
from harness.waiting import until

TOPIC, PARTITIONS = "orders", 3
METADATA = "__cluster_metadata-0"


class ClusterUnderTest:
    """`nodes` are the processes."""

    def __init__(self, nodes: Cluster):
        self.nodes, self.address = nodes, nodes.address

    def kcli(self, *arguments: str, at: str = "", check: bool = True) -> list[dict]:
        command = [built("kcli"), "-B", at or self.address, *arguments, "-o", "json"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=check)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def create_topic(self, name: str = TOPIC, *arguments: str) -> None:
        self.kcli("topic", "create", name, "-p", str(PARTITIONS), "-r", "3", *arguments)

    def leaders(self, topic: str = TOPIC) -> dict[int, int]:
        return {row["partition"]: row["leader"] for row in self.kcli("topic", "describe", topic)}

    def leader_of(self, partition: int, topic: str = TOPIC) -> int:
        return self.leaders(topic)[partition]

    def take_leaderships_from(self, number: int) -> None:
        """It follows the others only: they are preferred, and elected."""
        one, other = self.others(number)
        lists = ((one, other, number) if partition % 2 else (other, one, number) for partition in range(PARTITIONS))
        self.kcli("-y", "topic", "reassign", *(f"{TOPIC}/{n}={','.join(map(str, nodes))}" for n, nodes in enumerate(lists)))
        self.kcli("topic", "elect", TOPIC)
        until(lambda: number not in self.leaders().values(), f"node {number} leads nothing", 30, 0.1)

    def others(self, *without: int) -> list[int]:
        return [broker.id for broker in self.nodes.brokers if broker.id not in without]

    def quorum(self, *without: int) -> dict | None:
        """The row of the active controller, as the nodes but these see it; None: they see none."""
        at = ",".join(self.nodes.member(number).address for number in self.others(*without))
        rows = self.kcli("cluster", "quorum", "--timeout", "5s", at=at, check=not without)
        return next((row for row in rows if row["status"] == "leader" and row["node"] not in without), None)

    def until_all_in_sync(self, topic: str = TOPIC, limit: float = 30) -> None:
        """In the eyes of every broker: one that was cut off learns last who leads now."""

        def in_sync() -> bool:
            seen = [self.kcli("topic", "describe", topic, at=broker.address, check=False) for broker in self.nodes.brokers]
            return all(
                rows and rows == seen[0] and all(sorted(row["in_sync"]) == sorted(row["replicas"]) for row in rows)
                for rows in seen
            )

        until(in_sync, f"every replica of {topic} is in sync, and every node says so", limit, 0.1)

    def metadata_records(self) -> list[dict]:
        """What the records of the metadata say, as a node that leads the quorum has them on its disk."""
        leader = self.nodes.member(self.quorum()["node"])
        [folder] = [at for at in (leader.metadata_directory, leader.data) if (at / METADATA).exists()]
        command = [built("kcli"), "log", "dump", *map(str, sorted((folder / METADATA).glob("*.log")))]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
        batches = [json.loads(line) for line in done.stdout.splitlines()]
        return [record["value"]["data"] for batch in batches for record in batch["records"]]
