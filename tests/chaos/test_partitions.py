"""Networks that are cut, one way and both ways. Each broker is in a network namespace of its own, on one bridge with this process; a
cut is a wrong hardware address for a peer, so that what is sent to it is lost without a word. Needs in_namespaces.py."""

import subprocess
import unittest

from chaos_case import ChaosCase
from harness.waiting import until

PORT, CONTROLLER_PORT = 9092, 9093


def run(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


class Namespace:
    """A process that keeps it open, and an interface on the bridge."""

    def __init__(self, number: int):
        self.port = f"port{number}"
        self.address, self.hardware = f"10.77.0.{number}", f"02:00:00:00:77:{number:02x}"
        self.keeper = subprocess.Popen(["unshare", "--net", "sleep", "infinity"])
        self.enter = ["nsenter", f"--net=/proc/{self.keeper.pid}/ns/net"]
        until(self._is_apart, "the namespace is there", 10, 0.01)
        run("ip", "link", "add", self.port, "type", "veth", "peer", "name", "eth0", "netns", str(self.keeper.pid))
        run("ip", "link", "set", self.port, "master", "chaos", "up")
        self.ip("link", "set", "lo", "up")
        self.ip("link", "set", "eth0", "address", self.hardware, "up")
        self.ip("address", "add", f"{self.address}/24", "dev", "eth0")

    def _is_apart(self) -> bool:
        own = subprocess.run(["readlink", "/proc/self/ns/net"], capture_output=True, text=True).stdout
        keepers = subprocess.run(["readlink", f"/proc/{self.keeper.pid}/ns/net"], capture_output=True, text=True).stdout
        comes = subprocess.run(["cat", f"/proc/{self.keeper.pid}/comm"], capture_output=True, text=True).stdout
        return own != keepers and comes == "sleep\n"

    def ip(self, *arguments: str) -> None:
        run(*self.enter, "ip", *arguments)

    def loses_what_it_sends_to(self, other: "Namespace") -> None:
        self.ip("neigh", "replace", other.address, "lladdr", "02:00:00:00:77:ff", "dev", "eth0", "nud", "permanent")

    def reaches(self, other: "Namespace") -> None:
        self.ip("neigh", "replace", other.address, "lladdr", other.hardware, "dev", "eth0", "nud", "permanent")

    def end(self) -> None:
        run("ip", "link", "delete", self.port)
        self.keeper.kill()
        self.keeper.wait()


class Partitions(ChaosCase):
    # A leader that is cut off keeps what it cannot replicate until the producer gives up waiting.
    load_options = {"request_timeout_ms": 5000}

    def setUp(self) -> None:
        run("ip", "link", "add", "chaos", "type", "bridge")
        self.addCleanup(run, "ip", "link", "delete", "chaos")
        run("ip", "address", "add", "10.77.0.254/24", "dev", "chaos")
        run("ip", "link", "set", "chaos", "up")
        self.spaces: dict[int, Namespace] = {}
        super().setUp()

    def prepare(self, member) -> None:
        space = self.spaces[member.id] = Namespace(member.id)
        self.addCleanup(space.end)
        member.host, member.port, member.controller_port = space.address, PORT, CONTROLLER_PORT
        member.prefix = space.enter

    def cut(self, sender: int, receiver: int) -> None:
        self.spaces[sender].loses_what_it_sends_to(self.spaces[receiver])

    def heal(self) -> None:
        for sender in self.spaces.values():
            for receiver in self.spaces.values():
                if sender is not receiver:
                    sender.reaches(receiver)

    def cut_off(self, victim: int, ways: str) -> None:
        """From the other brokers; clients still reach it."""
        for other in self.cluster.others(victim):
            if ways in ("both", "out"):
                self.cut(victim, other)
            if ways in ("both", "in"):
                self.cut(other, victim)

    def leader_is_cut_off(self, ways: str) -> None:
        controller = self.cluster.quorum()["node"]
        partition = next(p for p in range(3) if self.cluster.leader_of(p) != controller)
        victim = self.cluster.leader_of(partition)
        self.strike()
        self.cut_off(victim, ways)
        until(lambda: self.leader_seen_by(controller, partition) != victim, "another leads", 20, 0.1)
        self.heal()
        self.load.until_more(1000)
        self.cluster.until_all_in_sync()
        self.finish(f"a leader is cut off from the others ({ways})")

    def leader_seen_by(self, node: int, partition: int) -> int:
        rows = self.cluster.kcli("topic", "describe", "orders", at=self.member(node).address)
        return next(row["leader"] for row in rows if row["partition"] == partition)

    def controller_is_cut_off(self, ways: str) -> None:
        before = self.cluster.quorum()
        self.strike()
        self.cut_off(before["node"], ways)
        until(lambda: self.cluster.quorum(before["node"]), "another controller is active", 20, 0.1)
        self.heal()
        self.load.until_more(1000)
        self.cluster.until_all_in_sync()
        after = self.cluster.quorum()
        self.assertGreater(after["epoch"], before["epoch"])
        self.finish(f"the active controller is cut off from the others ({ways})")

    def test_a_leader_both_ways(self) -> None:
        self.leader_is_cut_off("both")

    def test_a_leader_hears_and_is_not_heard(self) -> None:
        self.leader_is_cut_off("out")

    def test_a_leader_is_heard_and_hears_nothing(self) -> None:
        self.leader_is_cut_off("in")

    def test_the_controller_both_ways(self) -> None:
        self.controller_is_cut_off("both")

    def test_the_controller_hears_and_is_not_heard(self) -> None:
        self.controller_is_cut_off("out")

    def test_the_controller_is_heard_and_hears_nothing(self) -> None:
        self.controller_is_cut_off("in")

    def test_two_cannot_reach_each_other_and_both_reach_the_third(self) -> None:
        """A bridge: the one that does not reach the controller loses what it leads, and unseats nobody."""
        before = self.cluster.quorum()
        controller = before["node"]
        partition = next(p for p in range(3) if self.cluster.leader_of(p) != controller)
        other = self.cluster.leader_of(partition)
        self.strike()
        self.cut(controller, other)
        self.cut(other, controller)
        until(lambda: self.leader_seen_by(controller, partition) != other, "another leads", 20, 0.1)
        self.heal()
        self.load.until_more(1000)
        self.cluster.until_all_in_sync()
        self.assertEqual(self.cluster.quorum()["epoch"], before["epoch"])
        self.finish("a bridge: the controller and one other cannot reach each other")


if __name__ == "__main__":
    unittest.main()
