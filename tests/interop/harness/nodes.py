"""One broker to talk to: Apache Kafka (the control) or ours, started on ports of the operating system's choice."""

import os
import socket
from contextlib import ExitStack, contextmanager
from pathlib import Path

from harness import raw
from harness.peers import JARS
from harness.process import Child, Failed, run
from harness.waiting import until

CHECKOUT = Path(__file__).resolve().parents[3]
CLUSTER_ID = "klammInteropTestClust1"
KAFKA_HEAP = os.environ.get("KAFKA_HEAP", "512m")
# The SASL listener's only account.
USER, PASSWORD = "alice", "wonderland"


def free_ports(count: int) -> list[int]:
    """Ports that nothing listened on just now. Held together until all are chosen, so that they differ."""
    with ExitStack() as held:
        sockets = [held.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [s.getsockname()[1] for s in sockets]


def built(program: str) -> str:
    """The path of a program of ours."""
    path = Path(os.environ.get("KLAMM_BIN", CHECKOUT / "build" / "bin")) / program
    if not path.exists():
        raise Failed(f"{path} is not built: ./dev build")
    return str(path)


class Node:
    """A running broker. `address` is its plaintext listener, `sasl_address` asks for SASL, `data` holds its logs."""

    kind: str
    host = "127.0.0.1"
    port: int
    sasl_port: int | None = None
    data: Path
    child: Child

    @property
    def address(self) -> str:
        return f"{self.host}:{self.port}"

    def check_running(self):
        if not self.child.running():
            raise Failed(f"the {self.kind} broker ended:\n{self.child.output()[-3000:]}")

    def answers(self) -> bool:
        self.check_running()
        try:
            with raw.Connection(self.port, limit=2, host=self.host) as connection:
                return connection.api_versions() == 0
        except OSError:
            return False

    def stop(self):
        self.child.stop()

    def kill(self):
        self.child.kill()


class KafkaNode(Node):
    kind = "kafka"
    jars = JARS
    jvm: list[str] = []  # what a case adds to the virtual machine's options

    def __init__(
        self, folder: Path, properties: dict[str, str] | None = None, advertise: str | None = None, cluster: str = CLUSTER_ID
    ):
        self.folder, self.data, self.advertise = folder, folder / "data", advertise
        folder.mkdir(parents=True, exist_ok=True)
        self.port, self.sasl_port, controller = free_ports(3)
        self.file = folder / "server.properties"
        self.format(self._settings(controller) | (properties or {}), cluster)
        self.start()

    def format(self, settings: dict[str, str], cluster: str):
        self.file.write_text("".join(f"{key}={value}\n" for key, value in settings.items()))
        run(self._java("-Xmx128m", "kafka.tools.StorageTool", "format", f"--cluster-id={cluster}", "-c", str(self.file)))

    def _settings(self, controller: int) -> dict[str, str]:
        plain = "org.apache.kafka.common.security.plain.PlainLoginModule required"
        sasl = f"SASL://127.0.0.1:{self.sasl_port}"
        return {
            "process.roles": "broker,controller",
            "node.id": "1",
            "listeners": f"PLAINTEXT://{self.address},{sasl},CONTROLLER://127.0.0.1:{controller}",
            "advertised.listeners": f"PLAINTEXT://{self.advertise or self.address},{sasl}",
            "controller.listener.names": "CONTROLLER",
            "controller.quorum.voters": f"1@127.0.0.1:{controller}",
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL:SASL_PLAINTEXT",
            "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-256",
            "listener.name.sasl.plain.sasl.jaas.config": f'{plain} user_{USER}="{PASSWORD}";',
            "listener.name.sasl.scram-sha-256.sasl.jaas.config": "org.apache.kafka.common.security.scram.ScramLoginModule required;",
            "log.dirs": str(self.data),
            "group.initial.rebalance.delay.ms": "0",
            "offsets.topic.replication.factor": "1",
            "offsets.topic.num.partitions": "5",
            "transaction.state.log.replication.factor": "1",
            "transaction.state.log.min.isr": "1",
            "transaction.state.log.num.partitions": "5",
            "share.coordinator.state.topic.replication.factor": "1",
            "share.coordinator.state.topic.min.isr": "1",
        }

    def _java(self, heap: str, *command: str) -> list[str]:
        return ["java", heap, *self.jvm, "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-cp", f"{self.jars}/*", *command]

    def launch(self):
        self.child = Child(self._java(f"-Xmx{KAFKA_HEAP}", "kafka.Kafka", str(self.file)), self.folder / "log")

    def start(self):
        self.launch()
        try:
            until(self.answers, f"Apache Kafka on port {self.port} answers", 90)
        except BaseException:
            self.child.kill()
            raise


class KlammNode(Node):
    kind = "ours"

    def __init__(self, folder: Path, *arguments: str):
        self.folder, self.data, self.arguments = folder, folder / "data", arguments
        folder.mkdir(parents=True, exist_ok=True)
        self.program = built("klamm-broker")
        [self.port] = free_ports(1)
        self.start()

    def begin(self):
        """Starts it and does not wait."""
        self.ready = self.folder / "ready"
        self.ready.unlink(missing_ok=True)
        command = [self.program, "--port", str(self.port), "--data", str(self.data), "--ready-file", str(self.ready)]
        self.child = Child(command + list(self.arguments), self.folder / "log")

    def start(self):
        self.begin()
        try:
            until(lambda: self.ready.exists() and self.answers(), f"klamm-broker on port {self.port} answers", 30)
        except BaseException:
            self.child.kill()
            raise


@contextmanager
def running(kind: str, folder: Path, *arguments: str, advertise: str | None = None):
    """`arguments` are klamm-broker's; `advertise` is what clients are told instead of the listener's own address."""
    if kind == "kafka":
        node = KafkaNode(folder, advertise=advertise)
    else:
        node = KlammNode(folder, *arguments, *(["--advertise", advertise] if advertise else []))
    try:
        yield node
    finally:
        node.child.kill()
