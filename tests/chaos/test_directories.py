"""Directories and names that are not what they should be: restored from an old copy, used twice, taken by a stranger."""

import shutil
import unittest
from contextlib import ExitStack

from chaos_case import ChaosCase
from harness.cluster import Member, reserved_port
from harness.waiting import until

REFUSAL = "a broker of this id is registered and alive; give each its own"


class Directories(ChaosCase):
    def copy_of(self, victim: int) -> None:
        """As its files are now; it is stopped for that, and goes on."""
        self.member(victim).stop()
        shutil.copytree(self.member(victim).data, self.folder / "copy")
        self.cluster.nodes.restart(victim)
        self.cluster.until_all_in_sync()

    def restore(self, victim: int) -> None:
        shutil.rmtree(self.member(victim).data)
        shutil.copytree(self.folder / "copy", self.member(victim).data)

    def test_an_old_copy_is_restored(self) -> None:
        """It has a clean marker, old votes and an old end. What it lacks it gets from the others."""
        victim = self.cluster.leader_of(0)
        self.copy_of(victim)
        self.load.until_more(1000)
        self.strike()
        self.cluster.nodes.kill(victim)
        self.load.until_more(1000)
        self.restore(victim)
        self.cluster.nodes.restart(victim)
        self.cluster.until_all_in_sync()
        self.another_is_killed(victim)
        self.finish("data directory restored from an old copy, then kill -9 of another", "all in sync")

    def test_a_broker_id_is_used_twice(self) -> None:
        held = self.enterContext(ExitStack())
        before = self.cluster.metadata_records()
        self.strike()
        first = self.cluster.others(self.cluster.quorum()["node"])[0]
        twin = Member(self.folder / "twin", first, reserved_port(held), reserved_port(held))
        voters = ",".join(f"{one.id}@{one.controller_address}" for one in self.cluster.nodes.members)
        twin.start(
            {
                "node.id": first,
                "listeners": f"PLAINTEXT://{twin.address},CONTROLLER://{twin.controller_address}",
                "controller.listener.names": "CONTROLLER",
                "controller.quorum.voters": voters,
            }
        )
        self.addCleanup(twin.child.kill)
        until(lambda: REFUSAL in twin.child.output(), "the second is refused", 30)
        self.load.until_more(1000)
        self.assertFalse((twin.folder / "ready").exists(), "the second serves")
        since = self.cluster.metadata_records()[len(before) :]
        self.assertEqual([record for record in since if record.get("brokerId") == first], [], "the first was unseated")
        twin.child.kill()
        self.finish("a second broker with the id of the first: refused", "unharmed")


if __name__ == "__main__":
    unittest.main()
