"""Where a benchmark plays: brokers in memory, topics, and the clients that take turns."""

import itertools
import json
import os
import shutil
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

os.environ.setdefault("KAFKA_HEAP", "1g")
from harness.nodes import KafkaNode, KlammNode, Node, built
from harness.peers import JARS, KAFKA_VERSION, PYTHON, VENV
from harness.process import Failed, run

HERE = Path(__file__).resolve().parents[1]
OURS, KAFKA, RDKAFKA, JAVA = "klamm", f"Apache Kafka {KAFKA_VERSION}", "librdkafka 2.16.1", f"Java client {KAFKA_VERSION}"
# Records wait for their place in memory, on both sides for as much of it.
PRODUCER = {
    "acks": "all",
    "enable.idempotence": "true",
    "linger.ms": "5",
    "batch.size": "262144",
    "compression.type": "none",
}
# What only librdkafka has: its limits in records must not end its batches before the limit in bytes does.
RDKAFKA_PRODUCER = {"batch.num.messages": "1000000", "queue.buffering.max.messages": "1000000", "queue.buffering.max.kbytes": "32768"}

# Whether a record is synced before its acknowledgement: Apache Kafka does where each is flushed, which its topic says.
MODES = {False: "acknowledged by the operating system of each", True: "synced by each before the acknowledgement"}

TICKS = os.sysconf("SC_CLK_TCK")
_topics = itertools.count()


def say(text: str):
    print(f"bench: {text}", file=sys.stderr, flush=True)


@contextmanager
def folder(on_disk: bool = False):
    """A folder of our own; in memory, so that a disk's moods are not measured, unless they are what is asked."""
    memory = Path("/dev/shm")
    made = Path(tempfile.mkdtemp(prefix="klamm-bench-", dir=None if on_disk or not memory.is_dir() else memory))
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


@contextmanager
def broker(kind: str):
    with folder() as place:
        node = KafkaNode(place) if kind == "kafka" else KlammNode(place)
        try:
            yield node
        finally:
            node.child.kill()


def broker_name(node: Node) -> str:
    return "klamm-broker" if node.kind == "ours" else KAFKA


def broker_cpu(*nodes: Node) -> float:
    """Seconds that the brokers' processes have taken, as user and as system."""
    total = 0
    for node in nodes:
        with open(f"/proc/{node.child.process.pid}/stat") as file:
            total += sum(map(int, file.read().rsplit(")", 1)[1].split()[11:13]))
    return total / TICKS


@contextmanager
def topic(node: Node, partitions: int = 1, settings: list[str] = ()):
    name = f"bench-{next(_topics)}"
    kcli = [built("kcli"), "-B", node.address, "topic"]
    run([*kcli, "create", name, "-p", str(partitions), *settings])
    yield name
    run([*kcli, "delete", "-y", name])


def sync_each(node: Node, synced: bool) -> list[str]:
    """Of a topic; our brokers are told at their start."""
    return ["-c", "flush.messages=1"] if synced and node.kind == "kafka" else []


def librdkafka() -> Path:
    found = list(VENV.glob("lib/python*/site-packages/confluent_kafka.libs/librdkafka-*.so*"))
    if not found:
        raise Failed(f"no librdkafka under {VENV}")
    return found[0]


def command(client: str, verb: str, node: Node, topic: str, properties: dict[str, str] | None = None, **options) -> list[str]:
    """Of a load program."""
    program = [built("rdkafka_load"), verb, f"--library={librdkafka()}"] if client == RDKAFKA else [built("klamm_load"), verb]
    more = [f"--{name}={value}" for name, value in options.items()]
    settings = [f"{name}={value}" for name, value in (properties or {}).items()]
    return [*program, f"--bootstrap={node.address}", f"--topic={topic}", *more, *settings]


def load(*arguments, **options) -> dict:
    """Runs a load program to its end: what it printed."""
    return json.loads(run(command(*arguments, **options), limit=180))


def produce(client: str, verb: str, node: Node, topic: str, properties: dict[str, str] | None = None, **options) -> dict:
    settings = PRODUCER | (RDKAFKA_PRODUCER if client == RDKAFKA else {}) | (properties or {})
    return load(client, verb, node, topic, settings, **options)


def replay(node: Node, topic: str, partitions: int, **options) -> dict:
    """The same requests again and again: what the broker takes where the client does nothing."""
    own = {"connections", "in_flight", "batch"}
    given = [f"{name}={value}" if name in own else f"--{name}={value}" for name, value in options.items()]
    command = [built("replay"), f"--bootstrap={node.address}", f"--topic={topic}", f"--partitions={partitions}", *given]
    return json.loads(run(command, limit=180))


def python(script: str, *arguments: str) -> dict:
    environment = dict(os.environ, PYTHONPATH=str(Path(built("kcli")).parents[1] / "python"))
    command = ["env", f"PYTHONPATH={environment['PYTHONPATH']}", str(PYTHON), "-B", str(HERE / "clients" / script), *arguments]
    return json.loads(run(command, limit=180))


def java(classes: Path, name: str, *arguments: str) -> dict:
    logger = "-Dorg.slf4j.simpleLogger.defaultLogLevel=error"
    return json.loads(run(["java", "-Xmx256m", logger, "-cp", f"{classes}:{JARS}/*", name, *arguments], limit=180))


def compile_java(name: str, into: Path):
    run(["javac", "-cp", f"{JARS}/*", "-d", str(into), str(HERE / "clients" / f"{name}.java")])


def take_turns(runs: int, clients: dict[str, callable]) -> dict[str, list[dict]]:
    """Each client once in each round, every second round in the opposite order: none always follows the other."""
    results: dict[str, list[dict]] = {name: [] for name in clients}
    for turn in range(runs):
        for name in list(clients)[:: -1 if turn % 2 else 1]:
            results[name].append(clients[name]())
    return results


def column(results: list[dict], name: str) -> list[float]:
    return [one[name] for one in results]
