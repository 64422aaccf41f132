"""Flipped bits. A broker is stopped, one bit of one of its files is turned, and it starts again: it repairs what it can from the others or
from what else it has, or it refuses to start and names the file; then what it named is removed, and it comes back. At the end all
replicas are compared, byte for byte of what they say: nothing damaged was served or replicated."""

import collections
import contextlib
import json
import random
import shutil
import subprocess
import time
import unittest
from pathlib import Path

from chaos_case import ChaosCase, note
from cluster_under_test import METADATA, PARTITIONS, TOPIC
from harness.nodes import built
from harness.waiting import TooLate, until

SEED, TURNS = 1, 1


def flip(path: Path, chance: random.Random) -> str:
    content = bytearray(path.read_bytes())
    at, bit = chance.randrange(len(content)), chance.randrange(8)
    content[at] ^= 1 << bit
    path.write_bytes(content)
    return f"bit {bit} of byte {at} of {len(content)} of {path}"


class Damage(ChaosCase):
    # Values of 1 KiB, so that the smallest segments fill.
    load_options = {"padding": 1024, "rate": 1000}
    topic_options = ["-c", "segment.bytes=1048576"]

    def setUp(self) -> None:
        super().setUp()
        self.chance = random.Random(SEED)
        self.left: set[tuple[int, int]] = set()  # node and partition of segments that stay damaged until they are read
        until(lambda: all(len(self.segments(n, ".log")) >= 2 * PARTITIONS for n in (1, 2, 3)), "segments are closed", 60, 0.2)

    def segments(self, number: int, suffix: str) -> list[Path]:
        return sorted(self.member(number).data.glob(f"{TOPIC}-*/*{suffix}"))

    def file_to_strike(self, victim: int, kind: str) -> Path | None:
        """None: there is no such file. The victim is stopped."""
        data = self.member(victim).data
        closed = [path for folder in data.glob(f"{TOPIC}-*") for path in sorted(folder.glob("*.log"))[:-1]]
        last = [sorted(folder.glob("*.log"))[-1] for folder in data.glob(f"{TOPIC}-*")]
        found = {
            "closed segment": closed,
            "last segment": last,
            "metadata log": list((data / METADATA).glob("*.log")),
            "recovery point of the metadata": [data / METADATA / "recovery-point-offset-checkpoint"],
            "metadata snapshot": list((data / METADATA).glob("*.checkpoint")),
            "quorum-state": [data / METADATA / "quorum-state"],
            "index": list(data.glob(f"{TOPIC}-*/*.index")),
            "time index": list(data.glob(f"{TOPIC}-*/*.timeindex")),
            "producer snapshot": list(data.glob(f"{TOPIC}-*/*.snapshot")),
            "leader-epoch-checkpoint": list(data.glob(f"{TOPIC}-*/leader-epoch-checkpoint")),
            "partition.metadata": list(data.glob(f"{TOPIC}-*/partition.metadata")),
            "clean shutdown marker": [data / ".kafka_cleanshutdown"],
        }.get(kind, [data / kind])
        there = sorted(path for path in found if path.exists() and path.stat().st_size > 0)
        return self.chance.choice(there) if there else None

    def comes_back(self, victim: int) -> str:
        """What became of it; afterwards it serves in any case."""
        member = self.member(victim)
        member.child.log.write_bytes(b"")
        self.cluster.nodes.begin(victim)
        with contextlib.suppress(TooLate):
            until(lambda: not member.child.running() or member.ready(), f"node {victim} serves or refuses", 20)
        if member.ready_file.exists():
            return "came back"
        said = member.child.output()
        if member.child.running():
            self.assertIn("cannot register yet", said)
            member.kill()
            outcome = "kept out"
        else:
            self.assertEqual(member.child.process.returncode, 1, said)
            self.assertIn(str(member.data), said, "a refusal names what it cannot use")
            outcome = "refused"
        shutil.rmtree(member.data)
        self.cluster.nodes.restart(victim)
        return f"{outcome}: " + said.strip().splitlines()[-1].replace(str(member.data), "DATA")

    def turn_bits(self, kind: str) -> None:
        self.strike()
        outcomes = collections.Counter()
        for turn in range(TURNS * 2):
            victim = self.cluster.leader_of(0)
            clean = turn >= TURNS
            if clean:
                self.member(victim).stop()
            else:
                self.cluster.nodes.kill(victim)
            file = self.file_to_strike(victim, kind)
            if file is None:
                self.cluster.nodes.restart(victim)
            else:
                with self.subTest(what := flip(file, self.chance)):
                    outcome = self.comes_back(victim)
                    print(f"  {'stop' if clean else 'kill'}, {what}: {outcome}", flush=True)
                    outcomes[outcome.split(":")[0]] += 1
                    if clean and outcome == "came back" and kind.endswith(" segment"):
                        self.left.add((victim, int(file.parent.name.rpartition("-")[2])))
            self.cluster.until_all_in_sync()
        self.assertGreater(outcomes.total(), 0, f"no {kind} was there")
        self.load.until_more()
        self.load.end()
        count = self.load.check(self)
        outcomes["batches left that are refused when read"] = self.compare_replicas()
        told = ", ".join(f"{outcome} {times}" for outcome, times in sorted(outcomes.items()) if times)
        note(f"a bit turned in a {kind}", f"{count} acknowledged, all read once and in order; {told}", f"{time.monotonic() - self.struck_at:.1f} s for {TURNS * 2}")

    def compare_replicas(self) -> int:
        """As they are on disk, when all were in sync and have stopped: the same from the first record to the last. Only a replica with
        a segment that was left damaged may lack something. How many batches of those are."""
        self.cluster.until_all_in_sync()
        for number in (1, 2, 3):
            self.member(number).stop()
        damaged = 0
        for partition in range(PARTITIONS):
            [expected, *whole] = [self.content(n, partition) for n in (1, 2, 3) if (n, partition) not in self.left]
            self.assertNotIn(None, expected.values(), "damage was replicated, or was not repaired")
            self.assertEqual(list(expected), list(range(len(expected))), "there is not every record from the first on")
            self.assertGreater(len(expected), 0)
            self.assertGreater(len(whole), 0)
            for one in whole:
                self.assertEqual(one, expected)
            for number in (n for n in (1, 2, 3) if (n, partition) in self.left):
                found = self.content(number, partition, damaged=True)
                readable = {offset: value for offset, value in found.items() if value is not None}
                self.assertEqual(readable, {offset: expected.get(offset) for offset in readable})
                damaged += len(found) - len(readable)
        return damaged

    def content(self, number: int, partition: int, damaged: bool = False) -> dict[int, object]:
        """Each record's epoch and value by its offset; None for a batch that is damaged. `damaged`: so that a dump may end early."""
        files = sorted((self.member(number).data / f"{TOPIC}-{partition}").glob("*.log"))
        done = subprocess.run([built("kcli"), "log", "dump", *map(str, files)], capture_output=True, text=True, timeout=60)
        self.assertTrue(damaged or (done.returncode, done.stderr) == (0, ""), f"{done.returncode}: {done.stderr}")
        found: dict[int, object] = {}
        for batch in map(json.loads, done.stdout.splitlines()):
            if batch["crc_valid"]:
                found |= {record["offset"]: (batch["leader_epoch"], record.get("value")) for record in batch["records"]}
            else:
                found[batch["base_offset"]] = None
        return found


KINDS = [
    "closed segment",
    "last segment",
    "index",
    "time index",
    "producer snapshot",
    "leader-epoch-checkpoint",
    "partition.metadata",
    "meta.properties",
    "recovery-point-offset-checkpoint",
    "log-start-offset-checkpoint",
    "replication-offset-checkpoint",
    "clean shutdown marker",
    "quorum-state",
    "metadata log",
    "recovery point of the metadata",
    "metadata snapshot",
]
for kind in KINDS:
    setattr(Damage, "test_" + kind.replace(" ", "_").replace("-", "_").replace(".", "_"), lambda self, kind=kind: self.turn_bits(kind))


if __name__ == "__main__":
    unittest.main()
