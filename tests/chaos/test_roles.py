"""Brokers alone and controllers alone (process.roles), three of each, killed under load."""

import subprocess
import unittest

from chaos_case import ChaosCase
from harness.cluster import SeparateRoles
from harness.nodes import built


class Roles(ChaosCase):
    shape = SeparateRoles

    def test_a_broker_then_the_active_controller_are_killed(self) -> None:
        broker, before = self.cluster.leader_of(0), self.cluster.quorum()
        self.assertIn(before["node"], [one.id for one in self.cluster.nodes.controllers])
        self.strike()
        self.cluster.nodes.kill(broker)
        self.load.until_more(1000)
        self.assertNotEqual(self.cluster.leader_of(0), broker)
        self.cluster.nodes.kill(before["node"])
        self.cluster.nodes.restart(broker)  # it registers with another controller
        self.cluster.until_all_in_sync()
        self.load.until_more(1000)
        after = self.cluster.quorum()
        self.assertNotEqual(after["node"], before["node"])
        self.assertGreater(after["epoch"], before["epoch"])
        self.cluster.kcli("topic", "create", "made-by-another-controller", "-r", "3")
        self.cluster.nodes.restart(before["node"])
        self.finish("brokers and controllers apart: kill -9 of a leader, then of the active controller")

    def test_all_controllers_are_killed_at_once(self) -> None:
        """Without them nothing changes, and records flow."""
        self.strike()
        for controller in self.cluster.nodes.controllers:
            controller.kill()
        self.load.until_more(1000)
        self.cluster.nodes.restart_all(self.cluster.nodes.controllers)
        self.cluster.kcli("topic", "create", "made-afterwards", "-r", "3")
        self.finish("brokers and controllers apart: kill -9 of all controllers at once")

    def test_who_is_what(self) -> None:
        nodes = self.cluster.nodes
        self.assertEqual([row["node"] for row in self.cluster.kcli("cluster", "info")], [one.id for one in nodes.brokers])
        rows = {row["node"]: row["status"] for row in self.cluster.kcli("cluster", "quorum")}
        self.assertEqual(sorted(rows), [one.id for one in nodes.members])
        self.assertEqual({rows[one.id] for one in nodes.brokers}, {"observer"})
        self.assertEqual({rows[one.id] for one in nodes.controllers}, {"leader", "follower"})
        # A client that comes to a controller is told that it serves none.
        asked = [built("kcli"), "-B", nodes.controllers[0].address, "--timeout", "5s", "topic", "list"]
        said = subprocess.run(asked, capture_output=True, text=True, timeout=60, check=False)
        self.assertNotEqual(said.returncode, 0)
        self.assertIn("Metadata", said.stderr)


if __name__ == "__main__":
    unittest.main()
