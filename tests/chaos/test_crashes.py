"""Three brokers of ours as processes, on real sockets and files, killed and restarted under load: no acknowledged record is lost, none
is there twice, and records are acknowledged again within 20 s of the blow, or of its end."""

import shutil
import unittest

from chaos_case import ChaosCase


class Crashes(ChaosCase):
    def test_a_leader_is_killed(self) -> None:
        victim = self.cluster.leader_of(0)
        self.strike()
        self.cluster.nodes.kill(victim)
        self.load.until_more(1000)
        self.assertNotEqual(self.cluster.leader_of(0), victim)
        self.cluster.nodes.restart(victim)
        self.cluster.until_all_in_sync()
        self.finish("kill -9 of a leader")

    def test_a_follower_is_killed(self) -> None:
        """It leads nothing, and is not the active controller: who leads goes on, once it is missed."""
        controller = self.cluster.quorum()["node"]
        victim = self.cluster.others(controller)[0]
        self.cluster.take_leaderships_from(victim)
        before = self.cluster.leaders()
        self.strike()
        self.cluster.nodes.kill(victim)
        self.load.until_more(1000)
        self.assertEqual(self.cluster.leaders(), before)
        self.assertEqual(self.cluster.quorum()["node"], controller)
        self.cluster.nodes.restart(victim)
        self.cluster.until_all_in_sync()
        self.finish("kill -9 of a follower")

    def test_the_active_controller_is_killed(self) -> None:
        before = self.cluster.quorum()
        self.strike()
        self.cluster.nodes.kill(before["node"])
        self.load.until_more(1000)
        after = self.cluster.quorum()
        self.assertNotEqual(after["node"], before["node"])
        self.assertGreater(after["epoch"], before["epoch"])
        self.cluster.nodes.restart(before["node"])
        self.cluster.until_all_in_sync()
        self.finish("kill -9 of the active controller")

    def test_all_are_killed(self) -> None:
        self.all_are_killed_at_once("kill -9 of all at once")

    def test_a_rolling_restart(self) -> None:
        self.strike()
        for number in (1, 2, 3):
            self.member(number).stop()
            self.load.until_more()
            self.cluster.nodes.restart(number)
            self.cluster.until_all_in_sync()
        self.finish("rolling restart")

    def test_a_brokers_data_are_gone(self) -> None:
        """It comes back empty, and gets everything from the others."""
        victim = self.cluster.leader_of(0)
        self.strike()
        self.cluster.nodes.kill(victim)
        self.load.until_more(1000)
        shutil.rmtree(self.member(victim).data)
        self.cluster.nodes.restart(victim)
        self.cluster.until_all_in_sync()
        self.another_is_killed(victim)
        self.finish("data directory deleted, then kill -9 of another", "all in sync")


if __name__ == "__main__":
    unittest.main()
