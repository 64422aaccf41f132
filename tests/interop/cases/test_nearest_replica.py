"""A consumer that says where it is reads from the replica there (KIP-392), and from the leader when that one is gone."""

import os
import re
from contextlib import ExitStack
from pathlib import Path

import pytest
from harness import kcli
from harness.cluster import KafkaCluster, running_cluster
from harness.nodes import built
from harness.process import Child
from harness.tools import Tools, java, lines, numbered
from harness.waiting import until


def in_its_own_rack(member) -> None:
    member.properties |= {
        "broker.rack": f"rack-{member.id}",
        "replica.selector.class": "org.apache.kafka.common.replica.RackAwareReplicaSelector",
    }


@pytest.fixture(params=("kafka", "ours"))
def cluster(request, tmp_path: Path):
    if request.param not in (request.config.getoption("broker") or []):
        pytest.skip(f"not asked to look at {request.param}")
    with ExitStack() as held:
        if request.param == "ours":
            yield held.enter_context(running_cluster(tmp_path, in_its_own_rack))
        else:
            yield KafkaCluster(tmp_path, held, in_its_own_rack)


def ports_connected_to(program: Child) -> set[int]:
    """Of the local ports that the program has connections to, by what the kernel has in /proc."""
    descriptors = Path(f"/proc/{program.process.pid}/fd")
    sockets = {os.readlink(one)[len("socket:[") : -1] for one in descriptors.iterdir() if os.readlink(one).startswith("socket:[")}
    established = "01"
    rows = [row.split() for table in ("tcp", "tcp6") for row in Path("/proc/net", table).read_text().splitlines()[1:]]
    return {int(row[2].split(":")[1], 16) for row in rows if row[3] == established and row[9] in sockets}


def test_the_replica_in_the_rack_is_read(cluster, tmp_path: Path):
    tools = Tools(cluster, tmp_path)
    tools.kcli("topic", "create", "near", "-p", "1", "-r", "3", "-c", "min.insync.replicas=1")
    [row] = kcli.rows(tools, "topic", "describe", "near")
    leader = cluster.members[row["leader"] - 1]
    near = next(member for member in cluster.members if member is not leader)
    sent = numbered(100)
    tools.kcli("produce", "near", stdin=lines(sent))

    def reading(*where: str) -> Child:
        return tools.start([built("kcli"), "-B", leader.address, "consume", "near", "-o", "start", *where])

    def has_read(program: Child, records: list[str]) -> bool:
        return re.findall(r'"value":"([^"]*)"', program.output()) == records

    with reading() as anywhere:
        until(lambda: has_read(anywhere, sent), "all is read", 60)
        assert near.port not in ports_connected_to(anywhere)
    java_reads = ["--partition", "0", "--offset", "earliest", "--command-property", f"client.rack=rack-{near.id}"]
    with tools.start(java("consumer.ConsoleConsumer", "--bootstrap-server", leader.address, "--topic", "near", *java_reads)) as program:
        until(lambda: program.output().splitlines() == sent, "Java's consumer reads all", 60)
        assert near.port in ports_connected_to(program)
    with reading("-X", f"client.rack=rack-{near.id}") as program:
        until(lambda: near.port in ports_connected_to(program), "the nearer replica is asked", 60)
        until(lambda: has_read(program, sent), "all is read", 60)
        near.kill()
        more = numbered(100, 100)
        tools.kcli("produce", "near", stdin=lines(more))
        until(lambda: has_read(program, sent + more), "the leader is read instead", 60)
