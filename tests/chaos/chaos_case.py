"""What every row has: three brokers, a load on them, and at the end the invariant and how long nothing was acknowledged."""

import json
import os
import shutil
import tempfile
import time
import unittest
from pathlib import Path

from cluster_under_test import TOPIC, ClusterUnderTest
from harness.cluster import Cluster, running_cluster
from load import Load


def note(row: str, invariant: str, recovery: str) -> None:
    """For the table that ./dev chaos prints."""
    print(f"{row}: {invariant}; {recovery}", flush=True)
    if path := os.environ.get("KLAMM_CHAOS_ROWS"):
        with Path(path).open("a") as file:
            file.write(json.dumps([row, invariant, recovery]) + "\n")


class ChaosCase(unittest.TestCase):
    properties: dict[str, object] = {}
    shape: type[Cluster] = Cluster
    load_options: dict[str, object] = {}
    topic_options: list[str] = []

    def setUp(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="klamm-chaos-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.cluster = ClusterUnderTest(self.start_nodes())
        self.cluster.create_topic(TOPIC, *self.topic_options)
        self.load = Load(self.cluster.address, TOPIC, **self.load_options)
        self.addCleanup(self.load.end)
        self.load.until_more(limit=60)
        self.struck_at = time.monotonic()

    def start_nodes(self):
        return self.enterContext(running_cluster(self.folder, self.prepare, self.shape, **self.properties))

    def prepare(self, member) -> None:
        """Before it starts for the first time."""

    def member(self, number: int):
        return self.cluster.nodes.member(number)

    def strike(self) -> None:
        """From here on the silence counts."""
        self.load.longest_silence = 0.0
        self.struck_at = time.monotonic()

    def another_is_killed(self, victim: int) -> None:
        """So that the victim is needed, and what it has."""
        other = self.cluster.others(victim)[0]
        self.cluster.nodes.kill(other)
        self.load.until_more(1000)
        self.cluster.nodes.restart(other)
        self.cluster.until_all_in_sync()

    def all_are_killed_at_once(self, row: str) -> None:
        self.strike()
        for number in (1, 2, 3):
            self.cluster.nodes.kill(number)
        self.cluster.nodes.restart_all()
        self.load.until_more(1000)
        self.cluster.until_all_in_sync()
        self.finish(row)

    def finish(self, row: str, healed: str = "in sync again") -> None:
        """`healed` names what the time from the blow to here was spent on."""
        whole = time.monotonic() - self.struck_at
        self.load.until_more()
        silence = self.load.longest_silence
        self.load.end()
        count = self.load.check(self)
        note(row, f"{count} acknowledged, all read once and in order", f"silent for {silence:.1f} s, {healed} after {whole:.1f} s")
