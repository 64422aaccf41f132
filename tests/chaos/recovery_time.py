"""How soon a single node serves its data again after kill -9: python3 recovery_time.py [GIB [PARTITIONS]]."""

import os
import sys
import tempfile
import time
from pathlib import Path

import klamm
from harness import raw
from harness.nodes import KlammNode

TOPIC, RECORD, TRIALS = "kept", 64 << 10, 5


def fill(node: KlammNode, partitions: int, size: int) -> dict[int, int]:
    """Writes so many bytes; each partition's end."""
    with raw.Connection(node.port) as connection:
        connection.create_topic(TOPIC, partitions)
    ends = dict.fromkeys(range(partitions), 0)
    with klamm.Producer(node.address) as producer:
        for number in range(max(partitions, size // RECORD)):
            producer.send(TOPIC, number.to_bytes(8, "big") * (RECORD // 8), partition=number % partitions)
            ends[number % partitions] += 1
        producer.flush()
    return ends


def processor_time(node: KlammNode) -> float:
    """What its process has used: on a busy machine the better figure."""
    user, system = Path(f"/proc/{node.child.process.pid}/stat").read_text().rsplit(")", 1)[1].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def time_until_served(node: KlammNode, ends: dict[int, int]) -> tuple[float, float]:
    """Seconds from its start after a kill until every partition says that it serves all that it had; and of the processor."""
    node.kill()
    started = time.monotonic()
    node.begin()
    while True:
        try:
            with raw.Connection(node.port, limit=30) as connection:
                if all(connection.end_offset(TOPIC, partition) == end for partition, end in ends.items()):
                    return time.monotonic() - started, processor_time(node)
        except (OSError, raw.Closed):
            node.check_running()


def count_all(node: KlammNode) -> int:
    with klamm.Consumer(node.address, topics=TOPIC, start="earliest", stop_at_end=True) as consumer:
        return sum(1 for _ in consumer)


def measure(gib: float, partitions: int) -> None:
    with tempfile.TemporaryDirectory(prefix="klamm-chaos-") as folder:
        node = KlammNode(Path(folder) / "node")
        try:
            ends = fill(node, partitions, int(gib * (1 << 30)))
            times = sorted(time_until_served(node, ends) for _ in range(TRIALS))
            read = count_all(node)
            if read != sum(ends.values()):
                raise AssertionError(f"{read} records of {sum(ends.values())} are there")
        finally:
            node.kill()
        shown = ", ".join(f"{passed * 1000:.0f} ({used * 1000:.0f})" for passed, used in times)
        print(f"{gib:g} GiB in {partitions} partitions, kill -9: served again after ms (of the processor): {shown}; all {read} records are there")


if __name__ == "__main__":
    measure(float(sys.argv[1]) if len(sys.argv) > 1 else 1, int(sys.argv[2]) if len(sys.argv) > 2 else 100)
