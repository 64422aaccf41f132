"""What stands still for a while: a disk, the active controller, the leader of data."""

import signal
import time
import unittest

from chaos_case import ChaosCase
from disk_faults import DiskFaults
from harness.waiting import until

STALL = 3.0


class Stalls(ChaosCase):
    def test_the_active_controller_is_paused(self) -> None:
        before = self.cluster.quorum()
        process = self.member(before["node"]).child
        self.strike()
        process.signal(signal.SIGSTOP)
        paused_at = time.monotonic()
        try:
            until(lambda: self.cluster.quorum(before["node"]), "another controller is active", 20, 0.1)
            until(lambda: time.monotonic() >= paused_at + 5, "five seconds have passed", 6, 0.1)
            after = self.cluster.quorum(before["node"])
        finally:
            process.signal(signal.SIGCONT)
        self.assertEqual(after["epoch"], before["epoch"] + 1, "one election")
        self.load.until_more(1000)
        self.cluster.until_all_in_sync()
        # The one that was paused finds itself deposed, and unseats nobody.
        self.assertEqual(self.cluster.quorum()["epoch"], after["epoch"])
        self.finish("SIGSTOP of the active controller for 5 s (1 election)")

    def test_a_leader_of_data_is_paused_beyond_its_session(self) -> None:
        """A leader that does not know it is none any more acknowledges nothing that the new one has not."""
        controller = self.cluster.quorum()["node"]
        partition = next(p for p in range(3) if self.cluster.leader_of(p) != controller)
        victim = self.cluster.leader_of(partition)
        process = self.member(victim).child
        self.strike()
        process.signal(signal.SIGSTOP)
        try:
            until(lambda: self.cluster.leader_of(partition) != victim, "another leads", 20, 0.1)
        finally:
            process.signal(signal.SIGCONT)
        self.load.until_more(1000)
        self.cluster.until_all_in_sync()
        self.finish("SIGSTOP of a data leader beyond its session")


class SlowDisk(ChaosCase):
    """Data and metadata have directories of their own, as if on two disks, and that of the data stalls. That as long a stall of the whole
    process costs an election and a fence is what the cases above show."""

    def setUp(self) -> None:
        self.faults: dict[int, DiskFaults] = {}
        super().setUp()

    def prepare(self, member) -> None:
        member.data.mkdir(parents=True)
        member.properties["metadata.log.dir"] = member.metadata_directory
        self.faults[member.id] = DiskFaults(member.folder / "disk-faults", member.data)
        member.environment = self.faults[member.id].environment

    def stall(self, victim: int) -> None:
        """Three stalls of 3 s, of calls on whatever of its files comes first."""
        faults = self.faults[victim]
        struck = faults.struck
        faults.slow(STALL)
        until(lambda: faults.struck >= struck + 3, f"the disk of node {victim} stalls", 20, 0.05)
        faults.heal()

    def test_the_data_disk_stalls(self) -> None:
        controller = self.cluster.quorum()
        before = self.cluster.metadata_records()
        self.strike()
        for victim in (controller["node"], self.cluster.others(controller["node"])[0]):
            self.stall(victim)
            self.load.until_more(1000)
        self.cluster.until_all_in_sync()
        since = self.cluster.metadata_records()[len(before) :]
        self.assertEqual(self.cluster.quorum()["epoch"], controller["epoch"], "an election")
        self.assertEqual([record for record in since if record.get("fenced") == 1], [], "a broker was fenced")
        self.finish("3 s of latency on the data disk: 0 elections, 0 fenced")


if __name__ == "__main__":
    unittest.main()
