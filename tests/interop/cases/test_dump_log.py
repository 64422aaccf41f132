"""Apache Kafka's DumpLogSegments reads what the broker wrote to its disk: segments, indexes, producers, and the metadata log."""

import re
import shutil

import pytest
from harness import topics
from harness.log_dump import dump
from harness.nodes import running
from harness.tools import CODECS, Tools, lines, numbered


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


ROLLED = {"segment.bytes": "1048576", "index.interval.bytes": "4096"}


def write_and_roll(tools, name):
    """4,000 records of 1,000 bytes by one idempotent producer, in batches of eight."""
    tools.kcat("-P", "-t", name, "-X", "batch.size=8000", "-X", "enable.idempotence=true", stdin=lines(["x" * 1000] * 4000))


def check_indexes(segment) -> list[int]:
    """The offsets that both indexes of a segment lead to."""
    indexes = [segment.with_suffix(".index"), segment.with_suffix(".timeindex")]
    for index in indexes:
        assert dump("--files", index, "--index-sanity-check").count("passed sanity check") == 1
        dump("--files", index, "--verify-index-only")
    by_position, by_time = (re.findall(r"offset: (\d+)", dump("--files", index)) for index in indexes)
    assert by_position and by_time
    return list(map(int, by_position + by_time))


def check_partition(folder, records: int):
    """All segments of a partition with one producer, each with its indexes, and what is known of the producer at each roll."""
    segments = sorted(folder.glob("*.log"))
    assert len(segments) >= records // 1000
    found = []
    for segment in segments:
        offsets = [int(n) for n in re.findall(r"\| offset: (\d+)", dump("--files", segment, "--deep-iteration"))]
        assert set(check_indexes(segment)) <= set(offsets)
        found += offsets
    assert found == list(range(records))
    for snapshot in folder.glob("*.snapshot"):
        said = dump("--files", snapshot)
        assert f"lastOffset: {int(snapshot.stem) - 1} " in said or int(snapshot.stem) == 0, said


def test_indexes_and_producer_snapshots_of_rolled_segments(tools, node, topic):
    name = topic(**{key.replace(".", "_"): value for key, value in ROLLED.items()})
    write_and_roll(tools, name)
    folder = partition_folder(node, name)
    segments = sorted(folder.glob("*.log"))
    assert len(segments) >= 4
    for segment in segments[:-1]:
        check_indexes(segment)
    rolled_at = {segment.stem for segment in segments[1:]}
    assert {snapshot.stem for snapshot in folder.glob("*.snapshot")} & rolled_at
    for snapshot in folder.glob("*.snapshot"):
        assert re.search(rf"producerId: \d+ producerEpoch: 0 .*lastOffset: {int(snapshot.stem) - 1} ", dump("--files", snapshot))


def test_what_a_recovery_rebuilt(node, tmp_path):
    """A start after kill -9 reads the last segments, and a clean stop leaves every file whole."""
    with running(node.kind, tmp_path / "own") as own:
        topics.create(own, "orders", 1, ROLLED)
        write_and_roll(Tools(own, tmp_path), "orders")
        own.kill()
        for index in partition_folder(own, "orders").glob("*.*index"):
            index.unlink()
        own.start()
        write_and_roll(Tools(own, tmp_path), "orders")
        own.stop()
        check_partition(partition_folder(own, "orders"), 8000)
        for file in sorted((own.data / "__cluster_metadata-0").glob("*")):
            if file.suffix in (".log", ".checkpoint", ".snapshot"):
                dump("--cluster-metadata-decoder", "--files", file)


def test_control_damage_is_complained_of(tools, node, topic, tmp_path):
    """A copy of a segment and its indexes, each damaged in its turn: what the cases above rely on."""
    name = topic(**{key.replace(".", "_"): value for key, value in ROLLED.items()})
    write_and_roll(tools, name)
    segment = sorted(partition_folder(node, name).glob("*.log"))[0]
    for suffix, at in ((".log", 700), (".index", 3), (".timeindex", 7)):
        for whole in (".log", ".index", ".timeindex"):
            shutil.copy(segment.with_suffix(whole), tmp_path)
        damaged = tmp_path / segment.with_suffix(suffix).name
        data = bytearray(damaged.read_bytes())
        data[at] ^= 1
        damaged.write_bytes(data)
        with pytest.raises(AssertionError):
            dump("--files", damaged, *(("--deep-iteration",) if suffix == ".log" else ()))


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
