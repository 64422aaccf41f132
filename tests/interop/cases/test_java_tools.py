"""Apache Kafka's own command-line tools."""

import json
import re

import pytest
from harness.tools import CODECS, lines, numbered
from harness.waiting import until


def produce(tools, topic, texts, *more):
    keyed = ("--reader-property", "parse.key=true", "--reader-property", "key.separator=:")
    tools.java("ConsoleProducer", "--topic", topic, *keyed, *more, stdin=lines(texts))


def consume(tools, topic, count, *more):
    shown = ("--formatter-property", "print.key=true", "--formatter-property", "key.separator=:")
    said = tools.java(
        "consumer.ConsoleConsumer", "--topic", topic, "--max-messages", str(count), "--timeout-ms", "30000", *shown, *more
    )
    return said.splitlines()


@pytest.mark.parametrize("codec", CODECS)
def test_console_producer_and_consumer(tools, topic, codec):
    name, sent = topic(), numbered(500)
    produce(tools, name, sent, "--compression-codec", codec)
    assert consume(tools, name, 500, "--from-beginning") == sent


def test_topic_command(tools):
    name = "topic-command"
    command = "TopicCommand"
    said = tools.java(command, "--create", "--topic", name, "--partitions", "3", "--config", "retention.ms=7200000")
    assert f"Created topic {name}" in said
    assert name in tools.java(command, "--list").split()
    described = tools.java(command, "--describe", "--topic", name)
    assert re.search(r"PartitionCount: 3\b.*ReplicationFactor: 1\b.*retention.ms=7200000", described)
    assert len(re.findall(r"Partition: \d\s+Leader: \d+\s+Replicas: \d+\s+Isr: \d+", described)) == 3
    tools.java(command, "--alter", "--topic", name, "--partitions", "5")
    assert "PartitionCount: 5" in tools.java(command, "--describe", "--topic", name)
    tools.java(command, "--delete", "--topic", name)
    assert name not in tools.java(command, "--list").split()


def test_config_command_sets_and_deletes(tools, topic):
    name, command = topic(retention_ms="7200000"), "kafka.admin.ConfigCommand"
    of_it = ("--entity-type", "topics", "--entity-name", name)

    def configured() -> dict[str, str]:
        return dict(re.findall(r"^\s+(\S+)=(\S*) sensitive", tools.java(command, "--describe", *of_it), re.MULTILINE))

    tools.java(command, "--alter", *of_it, "--add-config", "segment.bytes=2000000,cleanup.policy=[delete,compact]")
    assert configured() == {"retention.ms": "7200000", "segment.bytes": "2000000", "cleanup.policy": "delete,compact"}
    tools.java(command, "--alter", *of_it, "--delete-config", "segment.bytes,cleanup.policy")
    assert configured() == {"retention.ms": "7200000"}
    tools.java(command, "--alter", *of_it, "--delete-config", "retention.ms")
    assert configured() == {}


def test_console_consumer_in_a_group_continues(tools, topic, group):
    name = topic()
    sent = numbered(100)
    produce(tools, name, sent[:60])
    assert consume(tools, name, 60, "--group", group, "--from-beginning") == sent[:60]
    produce(tools, name, sent[60:])
    assert consume(tools, name, 40, "--group", group) == sent[60:]
    assert tools.lag(group) == {(name, 0): 0}


RESETS = (
    (("--to-offset", "20"), 30),
    (("--to-earliest",), 50),
    (("--shift-by", "5"), 45),
    (("--to-current",), 45),
    (("--to-datetime", "2020-01-01T00:00:00.000"), 50),
    (("--by-duration", "PT0S"), 0),
    (("--to-offset", "99"), 0),
    (("--to-latest",), 0),
)


def test_consumer_group_command(tools, topic, group):
    name, command = topic(), "consumer.group.ConsumerGroupCommand"
    produce(tools, name, numbered(50))
    consume(tools, name, 50, "--group", group, "--from-beginning")
    assert group in tools.java(command, "--list").split()
    assert re.search(r"\bEmpty\b", tools.java(command, "--describe", "--state", "--group", group))
    reset = ("--reset-offsets", "--group", group, "--topic", name, "--execute")
    for how, lag in RESETS:
        tools.java(command, *reset, *how)
        assert tools.lag(group) == {(name, 0): lag}, how
    planned = tools.java(command, *reset[:-1], "--to-offset", "30", "--export", "--dry-run").split()[-1]
    assert planned.replace('"', "") == f"{name},0,30" and tools.lag(group) == {(name, 0): 0}
    file = tools.folder / "offsets.csv"
    file.write_text(planned + "\n")
    tools.java(command, "--reset-offsets", "--group", group, "--from-file", str(file), "--execute")
    assert tools.lag(group) == {(name, 0): 20}
    tools.java(command, "--delete-offsets", "--group", group, "--topic", name)
    assert tools.lag(group) == {}
    tools.java(command, "--delete", "--group", group)
    assert group not in tools.java(command, "--list").split()


def test_get_offset_shell(tools, topic):
    name = topic(2)
    produce(tools, name, numbered(30))
    ends = tools.java("GetOffsetShell", "--topic", name).split()
    counts = [int(line.rsplit(":", 1)[1]) for line in ends]
    assert len(counts) == 2 and sum(counts) == 30
    assert sorted(tools.java("GetOffsetShell", "--topic", name, "--time", "earliest").split()) == [f"{name}:0:0", f"{name}:1:0"]


def test_performance_tools(tools, topic):
    name = topic(2)
    sized = ("--num-records", "50000", "--record-size", "100", "--throughput", "-1")
    said = tools.java("ProducerPerformance", "--topic", name, *sized)
    assert "50000 records sent" in said
    said = tools.java("ConsumerPerformance", "--topic", name, "--num-records", "50000", "--timeout", "30000")
    figures = said.splitlines()[1].split(",")
    assert int(figures[4]) == 50000


def test_verifiable_producer_and_consumer(tools, topic, group):
    name, count = topic(2), 1000
    said = tools.java("VerifiableProducer", "--topic", name, "--max-messages", str(count), "--acks", "-1")
    acked = [one for one in map(json.loads, said.splitlines()) if one["name"] == "producer_send_success"]
    assert sorted(int(one["value"]) for one in acked) == list(range(count))
    said = tools.java(
        "VerifiableConsumer", "--topic", name, "--group-id", group, "--max-messages", str(count), "--reset-policy", "earliest"
    )
    events = list(map(json.loads, said.splitlines()))
    assert sum(one["count"] for one in events if one["name"] == "records_consumed") == count
    assert all(one["success"] for one in events if one["name"] == "offsets_committed")


def test_broker_api_versions(tools):
    assert re.search(r"Produce\(0\): \d+ to \d+", tools.java("BrokerApiVersionsCommand"))


def test_group_of_two_verifiable_consumers(tools, topic, group):
    name, count = topic(4), 2000
    form = ("VerifiableConsumer", "--topic", name, "--group-id", group, "--reset-policy", "earliest")
    with tools.start_java(*form) as first, tools.start_java(*form) as second:
        until(lambda: owned(first) == 2 and owned(second) == 2, "both own two partitions", 60)
        tools.kcat("-P", "-t", name, "-K:", stdin=lines(numbered(count)))
        until(lambda: consumed(first) + consumed(second) == count, "both together have read all", 60)
        assert consumed(first) and consumed(second)


def said_by(child, event: str) -> list[dict]:
    """The events of one kind in a verifiable client's output; a line that is still being written does not count."""
    whole = [line for line in child.output().splitlines(keepends=True) if line.startswith("{") and line.endswith("}\n")]
    return [one for one in map(json.loads, whole) if one["name"] == event]


def owned(child) -> int:
    assigned = said_by(child, "partitions_assigned")
    return len(assigned[-1]["partitions"]) if assigned else 0


def consumed(child) -> int:
    return sum(one["count"] for one in said_by(child, "records_consumed"))
