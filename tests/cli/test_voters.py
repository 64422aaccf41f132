"""kcli cluster quorum add-voter and remove-voter, of a quorum that the first node began alone and a second one observes; and a quorum
that three controllers begin together (--initial-controllers)."""

import json
import socket
import unittest

from broker import Broker
from test_kcli import WithKcli

CLUSTER = "4L6g3nShT-eMCtK--X86sw"


class WithQuorum(WithKcli):
    """`controllers` is where the nodes' controllers are, from the first on."""

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
    def start_node(cls, number: int, *flags: str, wait: bool = True, roles: str = "broker,controller") -> Broker:
        listeners = []
        if "broker" in roles:
            listeners.append("PLAINTEXT://127.0.0.1:0")
        if "controller" in roles:
            listeners.append(f"CONTROLLER://{cls.controllers[number - 1]}")
        node = Broker(
            "--cluster-id",
            CLUSTER,
            *flags,
            wait=wait,
            node_id=number,
            process_roles=roles,
            listeners=",".join(listeners),
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
        cls.broker = cls.start_node(1, "--standalone")
        cls.start_node(2)

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


class InitialControllers(WithQuorum):
    """Three controllers alone that are started with one list, and a broker alone that asks the first of them."""

    nodes = 3
    directories = ("dTaAGKLKTcKwVHTLqMfhlA", "0XP5HRiATaawPSOiSPGGqw", "f5tUaRo3QCiFMpBGjRaBLg")

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        numbers = range(1, cls.nodes + 1)
        voters = ",".join(f"{number}@{at}:{directory}" for number, at, directory in zip(numbers, cls.controllers, cls.directories))
        flags = ("--initial-controllers", voters)
        started = [cls.start_node(number, *flags, wait=False, roles="controller") for number in numbers]
        for node in started:
            node.wait()
        cls.broker = cls.start_node(cls.nodes + 1, roles="broker")

    def test_they_vote_from_the_start_in_the_directories_of_the_list(self) -> None:
        members = self.members()
        self.assertEqual(members.pop(4)["status"], "observer")
        self.assertEqual(sorted(row["status"] for row in members.values()), ["follower", "follower", "leader"])
        self.assertEqual([row["directory"] for _, row in sorted(members.items())], list(self.directories))
        addresses = [[f"CONTROLLER://{at}"] for at in self.controllers]
        self.assertEqual([row["endpoints"] for _, row in sorted(members.items())], addresses)
        features = (json.loads(line) for line in self.kcli("cluster", "features", "-o", "json").splitlines())
        self.assertEqual({row["feature"]: row["level"] for row in features}["kraft.version"], 1)

    def test_the_broker_serves_what_they_decide(self) -> None:
        topic = self.topic()
        self.kcli("produce", topic, stdin="a\n")
        self.assertEqual([one["value"] for one in self.read(topic)], ["a"])
        info = [json.loads(line) for line in self.kcli("cluster", "info", "-o", "json").splitlines()]
        self.assertEqual([(row["node"], row["cluster"]) for row in info], [(4, CLUSTER)])


if __name__ == "__main__":
    unittest.main()
