"""kcli cluster quorum add-voter and remove-voter: a quorum that the first node began alone, and a second that observes it."""

import json
import socket
import unittest

from broker import Broker
from test_kcli import WithKcli

CLUSTER = "4L6g3nShT-eMCtK--X86sw"


class WithQuorum(WithKcli):
    """Its nodes are both broker and controller; `broker` is the first."""

    nodes: int
    controllers: "list[str]"

    @classmethod
    def setUpClass(cls) -> None:
        # Bound and never listened on, so that they stay ours until a node listens beside us.
        held = [cls.enterClassContext(socket.socket()) for _ in range(cls.nodes)]
        for one in held:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            one.bind(("127.0.0.1", 0))
        cls.controllers = [f"127.0.0.1:{one.getsockname()[1]}" for one in held]

    @classmethod
    def start_node(cls, number: int, *flags: str, wait: bool = True) -> Broker:
        node = Broker(
            *flags,
            wait=wait,
            node_id=number,
            listeners=f"PLAINTEXT://127.0.0.1:0,CONTROLLER://{cls.controllers[number - 1]}",
            controller_quorum_bootstrap_servers=cls.controllers[0],
        )
        cls.addClassCleanup(node.stop)
        return node

    @classmethod
    def tearDownClass(cls) -> None:
        """The nodes are stopped by their clean-ups, the last one first."""

    def members(self) -> "dict[int, dict[str, object]]":
        rows = (json.loads(line) for line in self.kcli("cluster", "quorum", "-o", "json").splitlines())
        return {row["node"]: row for row in rows}

    def statuses(self) -> "dict[int, object]":
        return {number: row["status"] for number, row in self.members().items()}


class Voters(WithQuorum):
    nodes = 2

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.broker = cls.start_node(1, "--cluster-id", CLUSTER, "--standalone")
        cls.start_node(2, "--cluster-id", CLUSTER)

    def change(self, what: str, *arguments: str) -> None:
        self.assertEqual(self.kcli("-y", "cluster", "quorum", what, *arguments), "")

    def test_a_voter_is_added_and_removed(self) -> None:
        self.assertEqual(self.statuses(), {1: "leader", 2: "observer"})
        second = ("2", self.members()[2]["directory"])
        at = f"CONTROLLER://{self.controllers[1]}"
        self.change("add-voter", *second, at)
        self.assertEqual(self.statuses(), {1: "leader", 2: "follower"})
        self.assertEqual(self.members()[2]["endpoints"], [at])
        self.fails(1, "DUPLICATE_VOTER (", "cluster", "quorum", "add-voter", *second, at)

        remove = ("cluster", "quorum", "remove-voter")
        self.fails(2, "say -y to mean it", *remove, *second)
        self.fails(1, "VOTER_NOT_FOUND (", "-y", *remove, "2", self.members()[1]["directory"])
        self.assertEqual(self.statuses()[2], "follower")
        self.change("remove-voter", *second)
        self.assertEqual(self.statuses(), {1: "leader", 2: "observer"})
        self.fails(1, "VOTER_NOT_FOUND (", "-y", *remove, *second)

    def test_what_is_wrong_is_named_and_nothing_is_done(self) -> None:
        directory = self.members()[2]["directory"]
        for endpoint in ("127.0.0.1:9093", "CONTROLLER://127.0.0.1", "CONTROLLER://127.0.0.1:x", "CONTROLLER://127.0.0.1:0"):
            with self.subTest(endpoint):
                says = f'"{endpoint}" is no NAME://HOST:PORT'
                self.fails(2, says, "cluster", "quorum", "add-voter", "2", directory, endpoint)
        self.fails(2, "NODE", "cluster", "quorum", "add-voter", "-1", directory, "CONTROLLER://127.0.0.1:9093")
        self.fails(2, "ENDPOINT is required", "cluster", "quorum", "add-voter", "2", directory)
        self.fails(2, "DIRECTORY is required", "-y", "cluster", "quorum", "remove-voter", "2")
        self.fails(2, 'did you mean "add-voter"?', "cluster", "quorum", "add-voters", "2")
        self.assertEqual(self.statuses()[2], "observer")


if __name__ == "__main__":
    unittest.main()
