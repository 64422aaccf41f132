"""A cluster of ours, judged by Apache Kafka's own tools, which have to agree with each other and with kcli."""

import json
import re
import shutil
import tempfile
import time
from pathlib import Path

import pytest
from harness import kcli
from harness.cluster import Cluster, running_cluster
from harness.log_dump import metadata_records
from harness.peers import JARS
from harness.process import Failed, run
from harness.tools import Tools, java, numbered
from harness.waiting import until


@pytest.fixture(scope="module")
def cluster(request):
    if "ours" not in (request.config.getoption("broker") or []):
        pytest.skip("it is our cluster that is judged")
    folder = Path(tempfile.mkdtemp(prefix="klamm-interop-cluster-"))
    # Snapshots come early, so that there is one to read.
    with running_cluster(folder, metadata_log_max_record_bytes_between_snapshots=4000) as running:
        yield running
    shutil.rmtree(folder)


@pytest.fixture
def tools(cluster: Cluster, tmp_path: Path) -> Tools:
    return Tools(cluster, tmp_path)


def partitions_of(tools: Tools, topic: str) -> dict[int, dict]:
    return {row["partition"]: row for row in kcli.rows(tools, "topic", "describe", topic)}


def until_all(tools: Tools, topic: str, holds, what: str):
    return until(lambda: all(holds(row) for row in partitions_of(tools, topic).values()), what, 60, 0.2)


def in_sync(row: dict) -> bool:
    return sorted(row["in_sync"]) == sorted(row["replicas"])


@pytest.mark.parametrize("listener", ("server", "controller"))
def test_metadata_quorum_tool(cluster, tools, listener):
    address = cluster.address if listener == "server" else cluster.controller_address

    def described(what: str) -> str:
        return run(java("MetadataQuorumCommand", f"--bootstrap-{listener}", address, "describe", what))

    status = dict(re.findall(r"^(\w+):\s+(.*)$", described("--status"), re.MULTILINE))
    table = [line.split() for line in described("--replication").splitlines()[1:]]
    ours = kcli.rows(tools, "cluster", "quorum")
    assert status["ClusterId"] == kcli.rows(tools, "cluster", "info")[0]["cluster"]
    [leader] = [row for row in ours if row["status"] == "leader"]
    assert int(status["LeaderId"]) == leader["node"] and int(status["LeaderEpoch"]) == leader["epoch"]
    assert int(status["MaxFollowerLag"]) == 0 and int(status["MaxFollowerLagTimeMs"]) < 5000
    assert {(int(row[0]), row[-1].lower()) for row in table} == {(row["node"], row["status"]) for row in ours}
    assert [voter["id"] for voter in json.loads(status["CurrentVoters"])] == [1, 2, 3]
    assert {end for row in ours for end in row["endpoints"]} == {f"CONTROLLER://{m.controller_address}" for m in cluster.members}
    info = kcli.rows(tools, "cluster", "info")
    assert [row["node"] for row in info if row["controller"]] == [leader["node"]]


def test_feature_tool(tools):
    said = tools.java("FeatureCommand", "describe")
    pattern = r"Feature: (\S+)\s+SupportedMinVersion: (\S+)\s+SupportedMaxVersion: (\S+)\s+FinalizedVersionLevel: (\S+)"
    theirs = {name: values for name, *values in re.findall(pattern, said)}
    ours = {row["feature"]: [str(row["min"]), str(row["max"]), str(row["level"])] for row in kcli.rows(tools, "cluster", "features")}
    # The tool gives this one's levels their names.
    assert theirs.pop("metadata.version")[2].startswith("4.") and int(ours.pop("metadata.version")[2]) >= 25
    assert theirs == ours


def reassignment(topic: str, **replicas: list[int]) -> str:
    listed = [{"topic": topic, "partition": int(number[1:]), "replicas": nodes} for number, nodes in replicas.items()]
    return json.dumps({"version": 1, "partitions": listed})


def test_reassign_partitions_tool(tools):
    name, sent = "reassigned", numbered(2000)
    tools.kcli("topic", "create", name, "-p", "2", "-r", "2")
    kcli.produce(tools, name, sent)
    before = partitions_of(tools, name)
    # Each partition gets the node that it is not on for the one that it prefers.
    target = {number: [({1, 2, 3} - set(row["replicas"])).pop(), row["replicas"][1]] for number, row in before.items()}
    file = tools.folder / "reassignment.json"
    file.write_text(reassignment(name, p0=target[0], p1=target[1]))
    command = ("reassign.ReassignPartitionsCommand", "--reassignment-json-file", str(file))
    assert "Successfully started partition reassignments" in tools.java(*command, "--execute")
    complete = "Reassignment of partition reassigned-{} is completed."
    until(lambda: all(complete.format(n) in tools.java(*command, "--verify") for n in target), "both have moved", 60)
    assert "No partition reassignments found" in tools.java("reassign.ReassignPartitionsCommand", "--list")
    assert kcli.rows(tools, "topic", "reassign") == []
    assert {number: row["replicas"] for number, row in partitions_of(tools, name).items()} == target
    until_all(tools, name, in_sync, "the new replicas are in sync")
    assert sorted(kcli.consume(tools, name)) == sorted(sent)
    # Back again by kcli, judged by the tool.
    file.write_text(reassignment(name, p0=before[0]["replicas"], p1=before[1]["replicas"]))
    tools.kcli("topic", "reassign", *(f"{name}/{n}={','.join(map(str, row['replicas']))}" for n, row in before.items()))
    until(lambda: all(complete.format(n) in tools.java(*command, "--verify") for n in target), "both are back", 60)
    assert sorted(kcli.consume(tools, name)) == sorted(sent)


def heavy(size: int) -> list[str]:
    """Records of so many bytes together."""
    return [f"key:{'x' * 2000}-{n}" for n in range(size // 2000)]


def test_reassignment_with_a_throttle(cluster, tools):
    name, rate, size = "throttled", 250_000, 4_000_000
    tools.kcli("topic", "create", name, "-p", "1", "-r", "1")
    kcli.produce(tools, name, heavy(size), "-z", "none")
    [source] = partitions_of(tools, name)[0]["replicas"]
    file = tools.folder / "throttled.json"
    file.write_text(reassignment(name, p0=[source % 3 + 1]))
    command = ("reassign.ReassignPartitionsCommand", "--reassignment-json-file", str(file))
    began = time.monotonic()
    said = tools.java(*command, "--execute", "--throttle", str(rate))
    assert f"The inter-broker throttle limit was set to {rate} B/s" in said and "Successfully started" in said

    def throttles() -> dict[str, str | None]:
        """What the metadata log said of each last; null: it was removed."""
        records = (json.loads(payload)["data"] for payload in metadata_records(cluster.members[0]).values() if "CONFIG_RECORD" in payload)
        return {one["name"]: one["value"] for one in records if "throttled" in one["name"]}

    set_now = throttles()
    assert set_now["leader.replication.throttled.rate"] == set_now["follower.replication.throttled.rate"] == str(rate)
    assert set_now["leader.replication.throttled.replicas"] == f"0:{source}"
    until_all(tools, name, lambda row: row["replicas"] == [source % 3 + 1], "it has moved")
    # One answer of a mebibyte may be more than is allowed, and is made up for.
    assert time.monotonic() - began > (size - (1 << 20)) / rate
    said = tools.java(*command, "--verify")
    assert "Clearing broker-level throttles" in said and "Clearing topic-level throttles" in said
    until(lambda: set(throttles().values()) == {None}, "no throttle is left", 30, 1)


def offline_in_metadata(tools: Tools, topic: str) -> dict[int, list[int]]:
    said = json.loads(tools.kcli("raw", "Metadata", stdin=json.dumps({"topics": [{"name": topic}]})))
    return {one["partitionIndex"]: one["offlineReplicas"] for one in said["topics"][0]["partitions"]}


def not_controlling(tools: Tools) -> list[int]:
    return [row["node"] for row in kcli.rows(tools, "cluster", "quorum") if row["status"] == "follower"]


@pytest.mark.parametrize("stays", (True, False), ids=("more replicas", "another replica"))
def test_a_reassignment_that_is_asked_for_again_and_called_off(tools, stays):
    """As Kafka has it: asked for again it is the same one, and nothing of it is left in the end."""
    name = f"called-off-{stays}"
    tools.kcli("topic", "create", name, "-p", "1", "-r", "1")
    kcli.produce(tools, name, heavy(20_000_000), "-z", "none")
    [source] = partitions_of(tools, name)[0]["replicas"]
    other = source % 3 + 1
    file = tools.folder / "reassignment.json"
    file.write_text(reassignment(name, p0=[*([source] if stays else []), other]))
    command = ("reassign.ReassignPartitionsCommand", "--reassignment-json-file", str(file))
    replicas = [source, other] if stays else [other, source]
    expected = {"topic": name, "partition": 0, "replicas": replicas, "adding": [other], "removing": [] if stays else [source]}
    for more in ([], ["--additional"], ["--additional"]):
        # So slow that it does not come to its end: a mebibyte, the least that a fetch may bring, in eleven seconds.
        assert "Successfully started partition reassignment" in tools.java(*command, "--execute", "--throttle", "100", *more)
        said = tools.java("reassign.ReassignPartitionsCommand", "--list")
        assert f"{name}-0: replicas: {','.join(map(str, replicas))}. adding: {other}." in said and ("removing" in said) != stays
        assert kcli.rows(tools, "topic", "reassign") == [expected]
    assert "Successfully cancelled partition reassignment" in tools.java(*command, "--cancel")
    assert "No partition reassignments found" in tools.java("reassign.ReassignPartitionsCommand", "--list")
    assert [row["replicas"] for row in partitions_of(tools, name).values()] == [[source]]


def under_replicated(tools: Tools, topic: str) -> dict[int, tuple[int, list[int]]]:
    """Leader and in-sync replicas of those partitions, as TopicCommand says."""
    said = tools.java("TopicCommand", "--describe", "--under-replicated-partitions", "--topic", topic)
    found = re.findall(r"Partition: (\d+)\s+Leader: (\d+)\s+Replicas: \S+\s+Isr: (\S+)", said)
    return {int(number): (int(leader), sorted(map(int, isr.split(",")))) for number, leader, isr in found}


def test_a_killed_broker_is_under_replicated_and_elected_again(cluster, tools):
    name = "elected"
    tools.kcli("topic", "create", name, "-p", "3")
    until_all(tools, name, in_sync, "all are in sync")
    before = partitions_of(tools, name)
    victim = before[0]["leader"]
    assert under_replicated(tools, name) == {}
    cluster.kill(victim)
    until_all(tools, name, lambda row: victim not in (row["leader"], *row["in_sync"]), "the others lead without it")
    now = partitions_of(tools, name)
    assert under_replicated(tools, name) == {n: (row["leader"], sorted(row["in_sync"])) for n, row in now.items()}
    assert now[0]["epoch"] > before[0]["epoch"]
    assert {n: row["offline"] for n, row in now.items()} == offline_in_metadata(tools, name) == {n: [victim] for n in now}
    cluster.restart(victim)
    until_all(tools, name, in_sync, "it is in sync again")
    assert under_replicated(tools, name) == {}
    election = ("LeaderElectionCommand", "--election-type", "preferred", "--topic", name)
    assert f"completed leader election (PREFERRED) for partitions {name}-0" in tools.java(*election, "--partition", "0")
    assert f"Valid replica already elected for partitions {name}-0" in tools.java(*election, "--partition", "0")
    tools.kcli("topic", "elect", name)
    assert all(row["leader"] == row["replicas"][0] for row in partitions_of(tools, name).values())


def test_a_broker_whose_disk_was_replaced_leads_again(cluster, tools):
    name, sent = "replaced", numbered(500)
    tools.kcli("topic", "create", name, "-p", "1")
    kcli.produce(tools, name, sent)
    until_all(tools, name, in_sync, "all are in sync")
    victim = partitions_of(tools, name)[0]["replicas"][0]
    cluster.kill(victim)
    shutil.rmtree(cluster.member(victim).data)
    until_all(tools, name, lambda row: row["leader"] != victim, "another one leads")
    cluster.restart(victim)
    until_all(tools, name, in_sync, "it has everything again")

    def elected() -> bool:
        """It may lead once it has told the controller of its new directory."""
        try:
            tools.kcli("topic", "elect", name)
        except Failed:
            return False
        return partitions_of(tools, name)[0]["leader"] == victim

    until(elected, "it leads again", 30, 0.5)
    assert kcli.consume(tools, name) == sent


def test_unclean_election_tool(cluster, tools):
    """Who is left behind leads only when it is told to, and what it never had is gone."""
    name, kept, lost = "unclean", numbered(50), numbered(20, start=50)
    tools.kcli("topic", "create", name, "-p", "1", "-r", "2", "-c", "min.insync.replicas=1")
    kcli.produce(tools, name, kept)
    until_all(tools, name, in_sync, "all are in sync")
    [row] = partitions_of(tools, name).values()
    leader, [other] = row["leader"], [node for node in row["replicas"] if node != row["leader"]]
    cluster.kill(other)
    until_all(tools, name, lambda row: row["in_sync"] == [leader], "its leader is alone")
    kcli.produce(tools, name, lost)
    cluster.kill(leader)
    cluster.restart(other)
    until_all(tools, name, lambda row: row["leader"] == -1, "nobody leads")
    which = ("--topic", name, "--partition", "0", "--election-type")
    asked = java("LeaderElectionCommand", "--bootstrap-server", tools.node.address, *which, "preferred")
    assert "PreferredLeaderNotAvailable" in run(asked, status=1, both=True)
    assert f"completed leader election (UNCLEAN) for partitions {name}-0" in tools.java("LeaderElectionCommand", *which, "unclean")
    until_all(tools, name, lambda row: row["leader"] == other, "who was left behind leads")
    cluster.restart(leader)
    until_all(tools, name, in_sync, "the former leader follows")
    assert kcli.consume(tools, name) == kept


def verified(cluster: Cluster, tools: Tools, topic: str, until_said: str) -> str:
    """What ReplicaVerificationTool says of the topic's replicas, until it says that."""
    reads = ("--topics-include", topic, "--time", "-2", "--report-interval-ms", "500")
    with tools.start(java("ReplicaVerificationTool", "--broker-list", cluster.address, *reads)) as verification:
        until(lambda: re.search(until_said, verification.output()), f"the tool says: {until_said}", 60)
        return verification.output()


def test_replica_verification_tool(cluster, tools):
    name = "compared"
    tools.kcli("topic", "create", name, "-p", "2")
    kcli.produce(tools, name, numbered(1000))
    until_all(tools, name, in_sync, "all are in sync")
    assert not re.search("doesn't match|unmatched", verified(cluster, tools, name, "max lag is 0 for"))


def test_control_replica_verification_tool_sees_another_record(cluster, tools):
    """A follower that has another topic's segment, as long and as sound."""
    names = ("as-it-was", "in-its-place")
    for name in names:
        tools.kcli("topic", "create", name, "-p", "1")
        kcli.produce(tools, name, [f"key:{name[:5]}"])
        until_all(tools, name, in_sync, "all are in sync")
    [row] = partitions_of(tools, names[0]).values()
    victim = next(node for node in row["replicas"] if node != row["leader"])
    cluster.member(victim).stop()
    one, other = (cluster.member(victim).data / f"{name}-0" / f"{0:020}.log" for name in names)
    assert one.stat().st_size == other.stat().st_size and one.read_bytes() != other.read_bytes()
    shutil.copy(other, one)
    cluster.restart(victim)
    until_all(tools, names[0], in_sync, "it is in sync, as far as anybody knows")
    assert f"{names[0]}-0" in verified(cluster, tools, names[0], "unmatched checksum")


def test_dump_log_decodes_the_metadata_log_of_every_node_alike(cluster, tools):
    name = "decoded"
    tools.kcli("topic", "create", name, "-p", "2")
    one, *others = (metadata_records(member) for member in cluster.members)
    assert any('"TOPIC_RECORD"' in payload and f'"{name}"' in payload for payload in one.values())
    for other in others:
        common = one.keys() & other.keys()
        assert len(common) >= 5 and {at: one[at] for at in common} == {at: other[at] for at in common}


def test_metadata_shell_reads_a_snapshot(cluster, tools):
    name, folder = "in-a-snapshot", cluster.members[0].data / "__cluster_metadata-0"
    tools.kcli("topic", "create", name, "-p", "2")
    created = kcli.rows(tools, "cluster", "quorum")[0]["high_watermark"]
    tools.kcli("topic", "create", *(f"snapshot-{n}" for n in range(40)))

    def snapshots() -> list[Path]:
        """Those that hold the topic: a file's name begins with the offset at which its records end."""
        return sorted(file for file in folder.glob("*.checkpoint") if int(file.name.split("-")[0]) >= created)

    until(snapshots, "a snapshot is written", 30)
    file = tools.folder / snapshots()[-1].name
    shutil.copy(snapshots()[-1], file)

    def shell(*command: str) -> str:
        return run(["java", "-Xmx256m", "-cp", f"{JARS}/*", "org.apache.kafka.shell.MetadataShell", "-s", str(file), *command])

    # The shell may look before it has loaded the file.
    partition = f"/image/topics/byName/{name}/0"
    shown = until(lambda: re.search(r"replicas=\[(.*?)\].*leader=(\d+)", shell("cat", partition)), "the shell shows the partition", 60)
    ours = partitions_of(tools, name)[0]
    assert shown[1] == ", ".join(map(str, ours["replicas"])) and int(shown[2]) == ours["leader"]


def test_verifiable_producer_while_its_leader_is_killed(cluster, tools):
    name = "verified"
    tools.kcli("topic", "create", name, "-p", "1")
    until_all(tools, name, in_sync, "all are in sync")
    victim = partitions_of(tools, name)[0]["leader"]
    wanted = ("--topic", name, "--acks", "-1", "--throughput", "1000", "--max-messages", "12000")
    with tools.start_java("VerifiableProducer", *wanted) as producer:

        def acknowledged() -> list[int]:
            whole = (line for line in producer.output().splitlines() if line.startswith("{") and line.endswith("}"))
            return [int(one["value"]) for one in map(json.loads, whole) if one["name"] == "producer_send_success"]

        until(lambda: len(acknowledged()) > 1000, "it produces", 60)
        cluster.kill(victim)
        at_kill = len(acknowledged())
        until(lambda: len(acknowledged()) > at_kill + 1000, "another leader acknowledges", 60)
        cluster.restart(victim)
        until(lambda: not producer.running(), "it has sent all", 60)
    until_all(tools, name, in_sync, "all are in sync again")
    read = [int(json.loads(line)["value"]) for line in tools.kcli("consume", name, "-o", "start", "-e").splitlines()]
    # Its idempotence is on: nothing is there twice either.
    assert set(acknowledged()) <= set(read) and len(set(read)) == len(read)
    assert len(acknowledged()) > 10000


def config_tool(by: str, address: str, *arguments: str, status: int = 0) -> str:
    return run(java("kafka.admin.ConfigCommand", f"--bootstrap-{by}", address, "--entity-type", "brokers", *arguments), status=status, both=True)


def test_configuration_tool_on_brokers(cluster, tools):
    """Also what Kafka has and this broker has no use for: taken as by Kafka, shown as what Kafka does not know, and told in the log."""
    one, changes = ("--entity-name", "1"), ("--alter", "--add-config")
    assert "Completed updating" in config_tool("server", cluster.address, *one, *changes, "log.cleaner.threads=2,log.segment.bytes=2097152")
    for wrong, why in (("log.segment.bytes=abc", "InvalidRequestException"), ("node.id=7", "Cannot update these configs dynamically")):
        assert why in config_tool("server", cluster.address, *one, *changes, wrong, status=1)

    def shown() -> list[str]:
        """Of the node's own controller too."""
        said = (config_tool(by, at, *one, "--describe") for by, at in (("server", cluster.address), ("controller", cluster.controller_address)))
        return [line.split(" synonyms")[0].strip() for text in said for line in text.splitlines() if "sensitive=" in line]

    expected = ["log.cleaner.threads=null sensitive=true", "log.segment.bytes=2097152 sensitive=false"] * 2
    until(lambda: shown() == expected, "both listeners show what was set", 60)
    assert "default.replication.factor=3" in config_tool("controller", cluster.controller_address, *one, "--describe", "--all")
    assert "log.cleaner.threads was set for this broker, and has no effect" in cluster.member(1).child.output()
    assert "Completed updating" in config_tool("server", cluster.address, *one, "--alter", "--delete-config", "log.cleaner.threads,log.segment.bytes")


def test_a_broker_that_is_unregistered_while_it_lives_stays_out(cluster, tools):
    victim = not_controlling(tools)[0]

    def listed() -> set[int]:
        return {row["node"] for row in kcli.rows(tools, "cluster", "info")}

    assert f"Broker {victim} is no longer registered" in run(java("ClusterTool", "unregister", "--bootstrap-server", cluster.address, "--id", str(victim)))
    until(lambda: "the controller does not know this broker any more" in cluster.member(victim).child.output(), "it is told", 30)
    assert listed() == {1, 2, 3} - {victim}
    cluster.kill(victim)
    cluster.restart(victim)
    until(lambda: listed() == {1, 2, 3}, "it is there again", 30)


def test_kraft_version_by_the_feature_tool(cluster, tools):
    """The voters stay the voters, now by their directories: none is an observer too."""
    tool = ("FeatureCommand", "--bootstrap-server", cluster.address)
    assert "kraft.version was upgraded to 1." in run(java(*tool, "upgrade", "--feature", "kraft.version=1"))
    said = tools.java("MetadataQuorumCommand", "describe", "--replication")
    table = {int(row[0]): (row[1], row[-1]) for row in map(str.split, said.splitlines()[1:])}
    assert len(said.splitlines()) == 1 + len(table) and sorted(status for _, status in table.values()) == ["Follower", "Follower", "Leader"]
    for member in cluster.members:
        assert f"directory.id={table[member.id][0]}\n" in (member.data / "meta.properties").read_text()
    assert [row["status"] for row in kcli.rows(tools, "cluster", "quorum")].count("observer") == 0
    assert "Can't downgrade" in run(java(*tool, "downgrade", "--feature", "kraft.version=0"), status=1, both=True)
    assert {row["feature"]: row["level"] for row in kcli.rows(tools, "cluster", "features")}["kraft.version"] == 1
