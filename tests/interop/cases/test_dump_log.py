"""Apache Kafka's DumpLogSegments reads what the broker wrote to its disk: segments, indexes, and the metadata log."""

import re

import pytest
from harness.log_dump import dump
from harness.tools import CODECS, lines, numbered


def partition_folder(node, topic, partition=0):
    return node.data / f"{topic}-{partition}"


@pytest.mark.parametrize("codec", CODECS)
def test_segments_of_every_codec(tools, node, topic, codec):
    name = topic()
    tools.kcat("-P", "-t", name, "-K:", "-z", codec, stdin=lines(numbered(500)))
    [segment] = sorted(partition_folder(node, name).glob("*.log"))
    said = dump("--files", segment, "--deep-iteration", "--print-data-log")
    assert [int(n) for n in re.findall(r"\| offset: (\d+)", said)] == list(range(500))
    assert re.findall(r"payload: (\S+)", said) == [text.split(":")[1] for text in numbered(500)]
    assert all(valid == "true" for valid in re.findall(r"isvalid: (\w+)", said))


def test_indexes_of_rolled_segments(tools, node, topic):
    name = topic(segment_bytes="1048576", index_interval_bytes="4096")
    tools.kcat("-P", "-t", name, "-X", "batch.size=8000", stdin=lines(["x" * 1000] * 4000))
    folder = partition_folder(node, name)
    segments = sorted(folder.glob("*.log"))
    assert len(segments) >= 4
    for segment in segments[:-1]:
        assert dump("--files", segment.with_suffix(".index"), "--index-sanity-check").count("passed sanity check") == 1
        dump("--files", segment.with_suffix(".index"), "--verify-index-only")
        assert "timestamp:" in dump("--files", segment.with_suffix(".timeindex"))


def test_metadata_log(node, topic):
    name = topic(3)
    segments = sorted((node.data / "__cluster_metadata-0").glob("*.log"))
    said = dump("--cluster-metadata-decoder", "--files", ",".join(map(str, segments)))
    assert f'"type":"TOPIC_RECORD","version":0,"data":{{"name":"{name}"' in said
    topic_id = re.search(rf'"name":"{name}","topicId":"([^"]+)"', said)[1]
    assert len(re.findall(rf'"type":"PARTITION_RECORD".*"topicId":"{topic_id}"', said)) == 3
    for record in ("FEATURE_LEVEL_RECORD", "REGISTER_BROKER_RECORD"):
        assert f'"type":"{record}"' in said


def test_offsets_log(tools, node, topic, group):
    name = topic()
    tools.kcat("-P", "-t", name, stdin=lines(["a", "b", "c"]))
    tools.kcat("-G", group, "-X", "auto.offset.reset=earliest", "-c", "3", name)
    segments = sorted(node.data.glob("__consumer_offsets-*/*.log"))
    said = dump("--offsets-decoder", "--files", ",".join(str(one) for one in segments if one.stat().st_size))
    assert re.search(rf'"group":"{group}","topic":"{name}","partition":0.*"offset":3', said)
