"""An Apache Kafka node among ours: our controllers lead the quorum, and Kafka's broker replicates, leads and hands back."""

import json
import re
import shutil
import tempfile
from pathlib import Path

import pytest
from harness import kcli
from harness.cluster import Cluster, KafkaBroker, running_cluster
from harness.log_dump import metadata_records
from harness.tools import Tools
from harness.waiting import until

KAFKA = 4


@pytest.fixture(scope="module")
def cluster(request):
    if "ours" not in (request.config.getoption("broker") or []):
        pytest.skip("it is our cluster that is joined")
    folder = Path(tempfile.mkdtemp(prefix="klamm-interop-mixed-"))
    # Snapshots come early: Kafka's node begins with one.
    with running_cluster(folder, metadata_log_max_record_bytes_between_snapshots=4000) as running:
        yield running
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def kafka(cluster: Cluster):
    tools = Tools(cluster, cluster.member(1).folder)
    tools.kcli("topic", "create", *(f"before-{n}" for n in range(40)))
    node = KafkaBroker(cluster.member(1).folder.parent / "kafka", KAFKA, cluster, kcli.rows(tools, "cluster", "info")[0]["cluster"])
    yield node
    node.kill()


@pytest.fixture
def tools(cluster: Cluster, kafka: KafkaBroker, tmp_path: Path) -> Tools:
    return Tools(cluster, tmp_path)


def partition(tools: Tools, topic: str) -> dict:
    [row] = kcli.rows(tools, "topic", "describe", topic)
    return row


def until_partition(tools: Tools, topic: str, holds, what: str):
    return until(lambda: holds(partition(tools, topic)), what, 60, 0.2)


def in_sync(row: dict) -> bool:
    return sorted(row["in_sync"]) == sorted(row["replicas"])


def move(tools: Tools, topic: str, *replicas: int):
    """The first of them leads in the end."""
    tools.kcli("topic", "reassign", f"{topic}/0={','.join(map(str, replicas))}")
    until_partition(tools, topic, lambda row: row["replicas"] == list(replicas) and in_sync(row), f"it is on {replicas}")
    if partition(tools, topic)["leader"] != replicas[0]:
        tools.kcli("topic", "elect", topic)
    until_partition(tools, topic, lambda row: row["leader"] == replicas[0], f"{replicas[0]} leads")


def create(tools: Tools, topic: str, *replicas: int) -> list[int]:
    """One partition, on these: left to itself, the controller may well choose Kafka's node."""
    tools.kcli("topic", "create", topic, "-p", "1", "-r", str(len(replicas)))
    move(tools, topic, *replicas)
    return list(replicas)


def acknowledged(said: str) -> list[int]:
    whole = (line for line in said.splitlines() if line.startswith("{") and line.endswith("}"))
    return [int(one["value"]) for one in map(json.loads, whole) if one["name"] == "producer_send_success"]


def folder_of(kafka: KafkaBroker, topic: str) -> Path:
    [folder] = [path for data in kafka.directories for path in data.glob(f"{topic}-0")]
    return folder


def batches(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in sorted(folder.glob("*.log")))


def test_kafka_registers_and_is_unfenced(tools):
    assert KAFKA in {row["node"] for row in kcli.rows(tools, "cluster", "info")}
    # As an observer, Kafka's node follows the metadata log.
    assert [row["status"] for row in kcli.rows(tools, "cluster", "quorum") if row["node"] == KAFKA] == ["observer"]


def test_kafka_replicates_leads_and_hands_back(cluster, kafka, tools):
    name = "handed"
    ours = create(tools, name, 1, 2)
    wanted = ("--topic", name, "--acks", "-1", "--throughput", "500", "--max-messages", "20000")
    with tools.start_java("VerifiableProducer", *wanted) as producer:

        def until_acknowledged(more: int):
            before = len(acknowledged(producer.output()))
            until(lambda: len(acknowledged(producer.output())) > before + more, f"{more} more are acknowledged", 60)

        until_acknowledged(500)
        move(tools, name, *ours, KAFKA)
        move(tools, name, KAFKA, *ours)
        until_acknowledged(1000)
        move(tools, name, *ours)
        until_acknowledged(500)
        producer.stop()
    sent = acknowledged(producer.output())
    read = [int(json.loads(line)["value"]) for line in tools.kcli("consume", name, "-o", "start", "-e").splitlines()]
    assert set(sent) <= set(read) and len(set(read)) == len(read) and len(sent) > 2000


def test_replicas_of_both_are_the_same_bytes(cluster, kafka, tools):
    name = "compared"
    [one] = create(tools, name, 1)
    move(tools, name, one, KAFKA)
    kcli.produce(tools, name, [f"k{n}:v{n}" for n in range(500)], "-z", "zstd")
    move(tools, name, KAFKA, one)
    kcli.produce(tools, name, [f"k{n}:v{n}" for n in range(500, 1000)], "-z", "lz4")
    until_partition(tools, name, in_sync, "both are in sync")
    theirs, ours = folder_of(kafka, name), cluster.member(one).data / f"{name}-0"
    until(lambda: batches(theirs) == batches(ours) != b"", "both replicas are the same")
    checkpoint = (theirs / "leader-epoch-checkpoint").read_text()
    assert (ours / "leader-epoch-checkpoint").read_text() == checkpoint and int(checkpoint.split()[1]) > 1


def test_kafka_is_killed_while_it_leads(cluster, kafka, tools):
    name = "survived"
    ours = create(tools, name, 1, 2)
    move(tools, name, KAFKA, *ours)
    sent = [f"k:{n}" for n in range(1000)]
    kcli.produce(tools, name, sent)
    kafka.kill()
    until_partition(tools, name, lambda row: row["leader"] in ours, "one of ours leads")
    assert kcli.consume(tools, name) == sent
    more = [f"k:{n}" for n in range(1000, 1500)]
    kcli.produce(tools, name, more)
    kafka.start()
    until_partition(tools, name, in_sync, "Kafka's node is in sync again")
    move(tools, name, KAFKA, *ours)
    assert kcli.consume(tools, name) == sent + more


def test_kafka_says_in_which_of_its_directories_a_replica_is(cluster, kafka, tools):
    name = "placed"
    create(tools, name, KAFKA)
    properties = folder_of(kafka, name).parent / "meta.properties"
    directory = re.search(r"directory.id=(\S+)", properties.read_text())[1]

    def assigned() -> bool:
        """In the metadata log of a node of ours, by a change of the partition."""
        changes = [one for one in metadata_records(cluster.member(1)).values() if "PARTITION_CHANGE" in one]
        return any(f'"{directory}"' in one for one in changes)

    until(assigned, "the metadata say where it is", 30, 1)


def test_kafka_leaves_by_controlled_shutdown(kafka, tools):
    name = "left"
    ours = create(tools, name, 1, 2)
    move(tools, name, KAFKA, *ours)
    kcli.produce(tools, name, ["k:v"])
    kafka.stop()
    now = partition(tools, name)
    assert now["leader"] in ours and KAFKA not in now["in_sync"]
    assert kcli.consume(tools, name) == ["k:v"]
