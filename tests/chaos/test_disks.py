"""A disk that is full, and one that fails: its broker ends and says why, the others serve, and with the disk it comes back."""

import contextlib
import errno
import subprocess
import unittest
from pathlib import Path

from chaos_case import ChaosCase
from disk_faults import READING, SYNCING, WRITING, DiskFaults
from harness.waiting import until


class DiskCase(ChaosCase):
    def heal(self, victim: int) -> None:
        raise NotImplementedError

    def ends_and_comes_back(self, victim: int, said: str, row: str) -> None:
        member = self.member(victim)
        until(lambda: not member.child.running(), f"node {victim} ends", 30)
        self.assertEqual(member.child.process.returncode, 1)
        self.assertIn(said, member.child.output())
        self.load.until_more(1000)
        self.heal(victim)
        self.cluster.nodes.restart(victim)
        self.cluster.until_all_in_sync()
        self.finish(row)


class BrokenDisk(DiskCase):
    def setUp(self) -> None:
        self.faults: dict[int, DiskFaults] = {}
        super().setUp()

    def prepare(self, member) -> None:
        member.data.mkdir(parents=True)
        self.faults[member.id] = DiskFaults(member.folder / "disk-faults", member.data)
        member.environment = self.faults[member.id].environment

    def heal(self, victim: int) -> None:
        self.faults[victim].heal()

    def test_writes_fail(self) -> None:
        victim = self.cluster.leader_of(0)
        self.strike()
        self.faults[victim].fail(WRITING)
        self.ends_and_comes_back(victim, "Input/output error", "EIO of writes")

    def test_syncs_fail(self) -> None:
        """Those of the metadata's log come at once; of the data's, with the next segment or checkpoint."""
        victim = self.cluster.quorum()["node"]
        self.strike()
        self.faults[victim].fail(SYNCING)
        self.cluster.kcli("topic", "create", "another", "-p", "1", "-r", "3", check=False)  # whoever creates it may lose its connection
        self.ends_and_comes_back(victim, "Input/output error", "EIO of syncs")

    def test_the_disk_is_full_by_its_error(self) -> None:
        victim = self.cluster.leader_of(0)
        self.strike()
        self.faults[victim].fail(WRITING, errno.ENOSPC)
        self.ends_and_comes_back(victim, "No space left on device", "ENOSPC as an injected error")

    def test_reads_fail_at_the_start(self) -> None:
        victim = self.cluster.leader_of(0)
        self.strike()
        self.cluster.nodes.kill(victim)
        self.faults[victim].fail(READING)
        self.cluster.nodes.begin(victim)
        self.ends_and_comes_back(victim, "Input/output error", "EIO of reads")


class FullDisk(DiskCase):
    """A real one: a small file system of its own, in this process's mount namespace (in_namespaces.py)."""

    SIZE = 64 << 20

    def prepare(self, member) -> None:
        member.data.mkdir(parents=True)
        if member.id == 1:
            self.file_system = self.mount(member.data)
            self.addCleanup(subprocess.run, ["umount", "-l", str(member.data)], check=False)
            self.others_file = member.data / "somebody-elses"

    def mount(self, at: Path) -> str:
        """ext4 in a file where the machine lets us (as root, with loop devices), else one in memory."""
        image = at.parent / "disk"
        with image.open("wb") as file:
            file.truncate(self.SIZE)
        on_loop = f"mkfs.ext4 -q -m 0 {image} && mount -o loop {image} {at}"
        if subprocess.run(["sh", "-c", on_loop], capture_output=True).returncode == 0:
            return "ext4 on a loop device"
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={self.SIZE}", "none", str(at)], check=True)
        return "tmpfs"

    def heal(self, _: int) -> None:
        self.others_file.unlink()

    def test_the_disk_is_full(self) -> None:
        self.strike()
        with self.others_file.open("wb", buffering=0) as other, contextlib.suppress(OSError):
            while True:
                other.write(bytes(4096))
        self.ends_and_comes_back(1, "No space left on device", f"ENOSPC of a real file system ({self.file_system})")


if __name__ == "__main__":
    unittest.main()
