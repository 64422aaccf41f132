"""A cluster of ours: three brokers, each a process of its own and a voter of the metadata quorum, that cases may kill and start."""

import socket
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Callable

from harness.nodes import CLUSTER_ID, KafkaNode, Node, built
from harness.peers import KAFKA_VERSION, kafka
from harness.process import Child
from harness.waiting import until

SIZE = 3
# What says how many replicas each topic has, and how many have to be in sync, the coordinators' own among them.
REPLICAS = ("default.replication.factor", "offsets.topic.replication.factor", "transaction.state.log.replication.factor")
IN_SYNC = ("min.insync.replicas", "transaction.state.log.min.isr")
# A third of Kafka's default, so that cases do not wait for long until a dead broker is missed.
SESSION_MS = 3000


def reserved_port(held: ExitStack) -> int:
    """A port that stays ours, also while its broker is down: bound and never listened on, which leaves it to a listener beside us."""
    bound = held.enter_context(socket.socket())
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind(("127.0.0.1", 0))
    return bound.getsockname()[1]


class Member(Node):
    """What a case may change before it starts: where it listens, properties of its own, its environment, what runs it."""

    kind = "ours"
    environment: dict[str, str] | None = None
    prefix: list[str] = []

    def __init__(self, folder: Path, number: int, port: int, controller_port: int):
        self.folder, self.data, self.id = folder, folder / "data", number
        self.port, self.controller_port = port, controller_port
        self.properties: dict[str, object] = {}
        self.ready_file = folder / "ready"
        self.metadata_directory = folder / "metadata"  # where a case wants one of its own: metadata.log.dir

    @property
    def controller_address(self) -> str:
        return f"{self.host}:{self.controller_port}"

    def start(self, properties: dict[str, object], *flags: str):
        self.ready_file.unlink(missing_ok=True)
        file = self.folder / "server.properties"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("".join(f"{key}={value}\n" for key, value in properties.items()))
        places = ["--config", str(file), "--data", str(self.data), "--ready-file", str(self.ready_file)]
        self.child = Child([*self.prefix, built("klamm-broker"), *places, *flags], self.folder / "log", env=self.environment)

    def ready(self) -> bool:
        return self.ready_file.exists() and self.answers()


class Addresses:
    """Of `members`: `address` is what clients bootstrap from, as Node's is."""

    members: list

    @property
    def brokers(self) -> list:
        return self.members

    @property
    def controllers(self) -> list:
        return self.members

    @property
    def address(self) -> str:
        return ",".join(member.address for member in self.brokers)

    @property
    def voters(self) -> str:
        return ",".join(f"{one.id}@{one.controller_address}" for one in self.controllers)


class Cluster(Addresses):
    kind = "ours"

    def __init__(
        self, folder: Path, properties: dict[str, object], held: ExitStack, prepare: Callable[[Member], None] = lambda _: None
    ):
        self.properties = properties
        self.members = self._make_members(folder, held)
        for member in self.members:
            prepare(member)
        for member in self.members:
            held.callback(lambda member=member: member.child.kill())
        self.restart_all()

    def _make_members(self, folder: Path, held: ExitStack) -> list[Member]:
        numbers = range(1, SIZE + 1)
        return [Member(folder / f"node-{number}", number, reserved_port(held), reserved_port(held)) for number in numbers]

    def _roles(self, member: Member) -> dict[str, object]:
        return {
            "process.roles": "broker,controller",
            "listeners": f"PLAINTEXT://{member.address},CONTROLLER://{member.controller_address}",
        }

    @property
    def controller_address(self) -> str:
        return ",".join(member.controller_address for member in self.controllers)

    def member(self, number: int) -> Member:
        return self.members[number - 1]

    def kill(self, number: int):
        self.member(number).kill()

    def begin(self, number: int):
        """Starts it and does not wait."""
        self._start(self.member(number))

    def restart(self, number: int):
        self.begin(number)
        until(self.member(number).ready, f"node {number} answers", 60)

    def restart_all(self, members: list[Member] | None = None):
        for member in members or self.members:
            self._start(member)
        until(lambda: all(member.ready() for member in self.members), "the cluster answers", 60)

    def _start(self, member: Member):
        own = self._roles(member) | {
            "node.id": member.id,
            "controller.listener.names": "CONTROLLER",
            "controller.quorum.voters": self.voters,
            "broker.session.timeout.ms": SESSION_MS,
            "broker.heartbeat.interval.ms": SESSION_MS // 6,
            "default.replication.factor": SIZE,
            "min.insync.replicas": 2,
            "auto.leader.rebalance.enable": "false",
        }
        member.start(own | self.properties | member.properties)


class SeparateRoles(Cluster):
    """Nodes 1 to 3 are brokers alone, 4 to 6 controllers alone."""

    @property
    def brokers(self) -> list[Member]:
        return self.members[:SIZE]

    @property
    def controllers(self) -> list[Member]:
        return self.members[SIZE:]

    def _make_members(self, folder: Path, held: ExitStack) -> list[Member]:
        ports = [(number, reserved_port(held)) for number in range(1, 2 * SIZE + 1)]
        return [Member(folder / f"node-{number}", number, port, port) for number, port in ports]

    def _roles(self, member: Member) -> dict[str, object]:
        controls = member in self.controllers
        return {
            "process.roles": "controller" if controls else "broker",
            "listeners": f"{'CONTROLLER' if controls else 'PLAINTEXT'}://{member.address}",
        }


@contextmanager
def running_cluster(
    folder: Path, prepare: Callable[[Member], None] = lambda _: None, shape: type[Cluster] = Cluster, **properties: object
):
    """A "_" in a property stands for ".". `prepare` is called for each member before it starts for the first time."""
    with ExitStack() as held:
        yield shape(folder, {key.replace("_", "."): value for key, value in properties.items()}, held, prepare)


class KafkaBroker(KafkaNode):
    """An Apache Kafka node that is a broker only: its controllers are those of a cluster of ours."""

    def __init__(self, folder: Path, number: int, joined: Cluster, cluster_id: str):
        self.id, self.joined = number, joined
        # Two, so that it has to say in which it keeps a replica.
        self.directories = [folder / "data", folder / "more-data"]
        super().__init__(folder, cluster=cluster_id)

    def _settings(self, controller: int) -> dict[str, str]:
        return {
            "process.roles": "broker",
            "node.id": str(self.id),
            "listeners": f"PLAINTEXT://{self.address}",
            "controller.listener.names": "CONTROLLER",
            "controller.quorum.voters": self.joined.voters,
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "log.dirs": ",".join(map(str, self.directories)),
            "broker.session.timeout.ms": str(SESSION_MS),
            "broker.heartbeat.interval.ms": str(SESSION_MS // 6),
        }


class KafkaMember(KafkaNode):
    def __init__(self, folder: Path, number: int, port: int, controller_port: int, jars: Path):
        self.jars = jars
        self.folder, self.data, self.id, self.port = folder, folder / "data", number, port
        self.controller_address, self.file = f"127.0.0.1:{controller_port}", folder / "server.properties"
        self.properties: dict[str, str] = {}
        folder.mkdir(parents=True)


class KafkaCluster(Addresses):
    """Three Apache Kafka nodes, or `size`, each a broker and a controller."""

    kind = "kafka"

    def __init__(
        self,
        folder: Path,
        held: ExitStack,
        prepare: Callable[[KafkaMember], None] = lambda _: None,
        size: int = SIZE,
        version: str = KAFKA_VERSION,
    ):
        jars = kafka(version)
        self.members = [
            KafkaMember(folder / f"node-{number}", number, reserved_port(held), reserved_port(held), jars)
            for number in range(1, size + 1)
        ]
        for member in self.members:
            prepare(member)
            member.format(self._settings(member) | member.properties, CLUSTER_ID)
            member.launch()
            held.callback(lambda member=member: member.child.kill())
        until(lambda: all(member.answers() for member in self.members), "the Apache Kafka cluster answers", 120)

    def _settings(self, member: KafkaMember) -> dict[str, str]:
        return {
            "process.roles": "broker,controller",
            "node.id": str(member.id),
            "listeners": f"PLAINTEXT://{member.address},CONTROLLER://{member.controller_address}",
            "controller.listener.names": "CONTROLLER",
            "controller.quorum.voters": self.voters,
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "log.dirs": str(member.data),
        } | {name: str(len(self.members)) for name in REPLICAS} | {name: str(min(2, len(self.members))) for name in IN_SYNC}
