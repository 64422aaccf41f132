"""Three brokers of ours as processes, on real sockets and files, struck under load: no acknowledged record is lost, none is there
twice, and records are acknowledged again within 20 s of the blow, or of its end."""

import json
import shutil
import signal
import subprocess
import tempfile
import unittest
from pathlib import Path

from harness.cluster import running_cluster
from harness.nodes import built
from harness.waiting import until
from load import Load

TOPIC, PARTITIONS = "orders", 3


class Chaos(unittest.TestCase):
    def setUp(self) -> None:
        folder = Path(tempfile.mkdtemp(prefix="klamm-chaos-"))
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        self.cluster = self.enterContext(running_cluster(folder))
        self.kcli("topic", "create", TOPIC, "-p", str(PARTITIONS), "-r", "3")
        self.load = Load(self.cluster.address, TOPIC)
        self.addCleanup(self.load.end)
        self.load.until_more()

    def kcli(self, *arguments: str) -> list[dict]:
        command = [built("kcli"), "-B", self.cluster.address, *arguments, "-o", "json"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def leader_of(self, partition: int) -> int:
        return next(row["leader"] for row in self.kcli("topic", "describe", TOPIC) if row["partition"] == partition)

    def quorum(self) -> dict:
        return next(row for row in self.kcli("cluster", "quorum") if row["status"] == "leader")

    def until_all_in_sync(self) -> None:
        def in_sync() -> bool:
            rows = self.kcli("topic", "describe", TOPIC)
            return all(sorted(row["in_sync"]) == sorted(row["replicas"]) for row in rows)

        until(in_sync, "every replica is in sync", 30, 0.1)

    def finish(self) -> None:
        self.load.until_more()
        self.load.end()
        self.load.check(self)

    def test_a_leader_is_killed(self) -> None:
        victim = self.leader_of(0)
        self.cluster.kill(victim)
        self.load.until_more(1000)
        self.assertNotEqual(self.leader_of(0), victim)
        self.cluster.restart(victim)
        self.until_all_in_sync()
        self.finish()

    def test_the_active_controller_is_killed(self) -> None:
        before = self.quorum()
        self.cluster.kill(before["node"])
        self.load.until_more(1000)
        after = self.quorum()
        self.assertNotEqual(after["node"], before["node"])
        self.assertGreater(after["epoch"], before["epoch"])
        self.cluster.restart(before["node"])
        self.until_all_in_sync()
        self.finish()

    def test_all_are_killed_at_once(self) -> None:
        for number in (1, 2, 3):
            self.cluster.kill(number)
        self.cluster.restart_all()
        self.load.until_more(1000)
        self.until_all_in_sync()
        self.finish()

    def test_a_rolling_restart(self) -> None:
        for number in (1, 2, 3):
            self.cluster.member(number).stop()
            self.load.until_more()
            self.cluster.restart(number)
            self.until_all_in_sync()
        self.finish()

    def test_the_active_controller_is_paused(self) -> None:
        before = self.quorum()
        process = self.cluster.member(before["node"]).child
        process.signal(signal.SIGSTOP)
        try:
            until(lambda: self.elected_besides(before["node"]), "another controller is active", 20, 0.1)
            after = self.quorum()
        finally:
            process.signal(signal.SIGCONT)
        self.assertGreater(after["epoch"], before["epoch"])
        self.load.until_more(1000)
        self.until_all_in_sync()
        # The one that was paused finds itself deposed, and unseats nobody.
        self.assertEqual(self.quorum()["epoch"], after["epoch"])
        self.finish()

    def elected_besides(self, paused: int) -> bool:
        others = ",".join(member.address for member in self.cluster.members if member.id != paused)
        command = [built("kcli"), "-B", others, "cluster", "quorum", "-o", "json", "--timeout", "5s"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        rows = [json.loads(line) for line in done.stdout.splitlines()]
        return any(row["status"] == "leader" and row["node"] != paused for row in rows)

    def test_a_brokers_data_are_gone(self) -> None:
        """It comes back empty, and gets everything from the others."""
        victim = self.leader_of(0)
        self.cluster.kill(victim)
        self.load.until_more(1000)
        shutil.rmtree(self.cluster.member(victim).data)
        self.cluster.restart(victim)
        self.until_all_in_sync()
        others = [number for number in (1, 2, 3) if number != victim]
        self.cluster.kill(others[0])
        self.load.until_more(1000)
        self.cluster.restart(others[0])
        self.finish()


if __name__ == "__main__":
    unittest.main()
