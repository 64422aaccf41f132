"""What kcli shows of a broker and of its files, against what Kafka's own tools say of the same."""

import json
import re

import pytest
from harness import kcli
from harness.log_dump import dump
from harness.process import run
from harness.tools import CODECS, numbered


def test_ping(tools):
    assert re.search(r"^cluster \S{22}, 1 broker\(s\), ", tools.kcli("ping"))


def test_ping_where_nothing_listens(tools):
    run([*tools.kcli_command[:1], "-B", "127.0.0.1:1", "--timeout", "1", "ping"], status=3)


@pytest.mark.parametrize("version", (0, 7, None))
def test_raw(tools, topic, version):
    """In Kafka's field names, in an old version with fixed lengths, one without and the newest."""
    name = topic(3)
    asked = {"topics": [{"name": name}]} if version == 0 else {"topics": [{"name": name}], "allowAutoTopicCreation": False}
    chosen = () if version is None else ("-v", str(version))
    answer = json.loads(tools.kcli("raw", "Metadata", *chosen, "-o", "json", stdin=json.dumps(asked)))
    [found] = answer["topics"]
    assert (found["name"], found["errorCode"]) == (name, 0)
    assert sorted(one["partitionIndex"] for one in found["partitions"]) == [0, 1, 2]


def test_raw_lists_what_both_ends_have(tools):
    ours = {row["api"]: row for row in kcli.rows(tools, "raw")}
    javas = re.findall(r"(\w+)\(\d+\): (\d+)(?: to (\d+))? \[usable: (\d+)\]", tools.java("BrokerApiVersionsCommand"))
    assert len(javas) > 20 and {name for name, *_ in javas} <= set(ours)


@pytest.mark.parametrize("codec", CODECS)
def test_log_dump_reads_segments_as_kafkas_tool_does(tools, node, topic, codec):
    name, sent = topic(), numbered(500)
    kcli.produce(tools, name, sent, "-z", codec)
    [segment] = sorted((node.data / f"{name}-0").glob("*.log"))
    batches = [json.loads(one) for one in tools.kcli("log", "dump", str(segment)).splitlines()]
    assert all(one["crc_valid"] for one in batches)
    records = [record for one in batches for record in one["records"]]
    assert [f"{one['key']}:{one['value']}" for one in records] == sent
    javas = dump("--files", segment)
    shown = re.findall(r"^baseOffset: (\d+) .* producerId: (\d+) .* position: (\d+) .* compresscodec: (\w+) crc: (\d+)", javas, re.MULTILINE)
    assert [(str(one["base_offset"]), str(one["producer_id"]), str(one["position"]), one["codec"], str(one["crc"])) for one in batches] == shown


def test_log_dump_reads_the_metadata_log(tools, node, topic):
    name = topic(2)
    segments = sorted((node.data / "__cluster_metadata-0").glob("*.log"))
    said = tools.kcli("log", "dump", *map(str, segments))
    records = [record["value"] for line in said.splitlines() for record in json.loads(line)["records"] if "value" in record]
    [made] = [one["data"] for one in records if one["type"] == "TopicRecord" and one["data"]["name"] == name]
    owned = [one for one in records if one["type"] == "PartitionRecord" and one["data"]["topicId"] == made["topicId"]]
    assert len(owned) == 2


def test_offsets_by_time(tools, topic):
    name = topic()
    kcli.produce(tools, name, numbered(20), "--ts", "2026-01-01")
    kcli.produce(tools, name, numbered(20), "--ts", "2026-01-02")
    for at, offset in (("@2025-12-31", 0), ("@2026-01-02", 20)):
        [row] = kcli.rows(tools, "offsets", name, "--at", at)
        assert (row["partition"], row["offset"]) == (0, offset)
    millis = "1767312000000"  # 2026-01-02T00:00:00Z
    assert tools.java("GetOffsetShell", "--topic", name, "--time", millis).split() == [f"{name}:0:20"]
    assert tools.kcat("-Q", "-t", f"{name}:0:{millis}").split()[-1] == "20"
