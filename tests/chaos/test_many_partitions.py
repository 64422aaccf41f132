"""A broker with very many partitions beside those that are written: its logs take long to close and to recover, and nobody waits for
that who need not."""

import unittest

from chaos_case import ChaosCase

MANY = 1000


class ManyPartitions(ChaosCase):
    def setUp(self) -> None:
        super().setUp()
        self.cluster.kcli("topic", "create", "many", "-p", str(MANY), "-r", "3")
        self.cluster.until_all_in_sync("many", 60)

    def test_a_leader_is_stopped(self) -> None:
        victim = self.cluster.leader_of(0)
        self.strike()
        self.member(victim).stop()
        self.load.until_more(1000)
        self.cluster.nodes.restart(victim)
        self.cluster.until_all_in_sync()
        self.finish(f"a leader is stopped in good order, with {MANY:,} partitions beside")

    def test_all_are_killed(self) -> None:
        self.all_are_killed_at_once(f"kill -9 of all at once, with {MANY:,} partitions beside")


if __name__ == "__main__":
    unittest.main()
