"""A quorum of ours whose voters change (KIP-853), changed and judged by Apache Kafka's own tools."""

import re
import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path

import pytest
from harness.cluster import SESSION_MS, Member, reserved_port
from harness.log_dump import dump
from harness.process import run
from harness.tools import java
from harness.waiting import until

CLUSTER = "4L6g3nShT-eMCtK--X86sw"


class Quorum:
    """The first node makes the cluster; the others ask it for the log, and observe."""

    def __init__(self, folder: Path, held: ExitStack):
        self.members = [Member(folder / f"node-{n}", n, reserved_port(held), reserved_port(held)) for n in (1, 2, 3)]
        for member in self.members:
            held.callback(lambda member=member: member.child.kill())
            self.start(member)
        until(lambda: all(member.ready() for member in self.members), "the cluster answers", 60)

    def properties_of(self, member: Member) -> dict[str, object]:
        return {
            "process.roles": "broker,controller",
            "node.id": member.id,
            "listeners": f"PLAINTEXT://{member.address},CONTROLLER://{member.controller_address}",
            "advertised.listeners": f"PLAINTEXT://{member.address},CONTROLLER://{member.controller_address}",
            "controller.listener.names": "CONTROLLER",
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "controller.quorum.bootstrap.servers": ",".join(one.controller_address for one in self.members),
            "broker.session.timeout.ms": SESSION_MS,
            "broker.heartbeat.interval.ms": SESSION_MS // 6,
            "log.dirs": member.data,
        }

    def start(self, member: Member):
        member.start(self.properties_of(member), "--cluster-id", CLUSTER, *(["--standalone"] if member.id == 1 else []))

    def tool(self, *arguments: str, by: str = "server", config: Member | None = None) -> str:
        at = self.members[0].address if by == "server" else self.members[0].controller_address
        how = ["--command-config", str(config.folder / "server.properties")] if config else []
        return run(java("MetadataQuorumCommand", f"--bootstrap-{by}", at, *how, *arguments))

    def replicas(self) -> dict[int, tuple[str, str]]:
        """Number -> directory and status."""
        rows = [line.split() for line in self.tool("describe", "--replication").splitlines()[1:]]
        return {int(row[0]): (row[1], row[-1].lower()) for row in rows}

    def leader(self) -> int:
        return next(number for number, (_, status) in self.replicas().items() if status == "leader")


@pytest.fixture(scope="module")
def quorum(request):
    if "ours" not in (request.config.getoption("broker") or []):
        pytest.skip("it is our quorum that is judged")
    folder = Path(tempfile.mkdtemp(prefix="klamm-interop-voters-"))
    with ExitStack() as held:
        yield Quorum(folder, held)
    shutil.rmtree(folder)


def directory_of(member: Member) -> str:
    return re.search(r"^directory.id=(\S+)$", (member.data / "meta.properties").read_text(), re.MULTILINE)[1]


def test_voters_are_added_and_removed_by_kafkas_tool(quorum):
    first, second, third = quorum.members
    until(lambda: len(quorum.replicas()) == 3, "three replicas fetch", 30)
    assert quorum.replicas() == {
        1: (directory_of(first), "leader"),
        2: (directory_of(second), "observer"),
        3: (directory_of(third), "observer"),
    }
    assert "Added controller 2" in quorum.tool("add-controller", config=second)
    assert "Added controller 3" in quorum.tool("add-controller", by="controller", config=third)
    assert {status for _, status in quorum.replicas().values()} == {"leader", "follower"}

    # The leader is removed: another voter leads, and it observes.
    removal = ("remove-controller", "--controller-id", "1", "--controller-directory-id", directory_of(first))
    assert "KRaft controller 1 with directory id" in quorum.tool(*removal)
    until(lambda: quorum.replicas().get(1, ("", ""))[1] == "observer" and quorum.leader() != 1, "another one leads", 30)
    assert "Added controller 1" in quorum.tool("add-controller", config=first)
    assert sorted(quorum.replicas()) == [1, 2, 3]

    # With three voters one may die.
    leader = quorum.members[quorum.leader() - 1]
    if leader is not first:
        leader.kill()
        until(lambda: quorum.leader() != leader.id, "another one leads", 30)
        quorum.start(leader)
        until(leader.ready, "it answers again", 60)


def test_the_control_records_are_kafkas(quorum):
    [log] = sorted((quorum.members[0].data / "__cluster_metadata-0").glob("*.log"))
    said = dump("--cluster-metadata-decoder", "--files", log)
    assert "KRaftVersion" in said and "KRaftVoters" in said


def test_a_directory_that_kafkas_storage_tool_formatted(quorum, tmp_path):
    with ExitStack() as held:
        member = Member(tmp_path, 1, reserved_port(held), reserved_port(held))
        properties = quorum.properties_of(member) | {"controller.quorum.bootstrap.servers": member.controller_address}
        file = tmp_path / "format.properties"
        file.write_text("".join(f"{key}={value}\n" for key, value in properties.items()))
        run(java("kafka.tools.StorageTool", "format", "-t", CLUSTER, "-c", str(file), "--standalone"))
        held.callback(lambda: member.child.kill())
        member.start(properties)
        until(member.ready, "it answers", 30)
        said = run(java("MetadataQuorumCommand", "--bootstrap-server", member.address, "describe", "--status"))
        assert f"ClusterId: {CLUSTER}" in re.sub(" +", " ", said)
        assert f'"directoryId": "{directory_of(member)}"' in said
