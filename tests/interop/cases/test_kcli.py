"""kcli, and with it our SDK: what it writes others read, what others write it reads, and it shares groups with them."""

import json
import re

import pytest
from harness.tools import CODECS, lines, numbered
from harness.waiting import until


def kcli_produce(tools, topic, texts, *more):
    tools.kcli("produce", topic, "-K:", *more, stdin=lines(texts))


def kcli_rows(tools, *arguments) -> list[dict]:
    return [json.loads(line) for line in tools.kcli(*arguments, "-o", "json").splitlines()]


def kcli_consume(tools, topic, *more):
    said = tools.kcli("consume", topic, "-o", "start", *(more or ("-e",)))
    return [f"{one['key']}:{one['value']}" for one in map(json.loads, said.splitlines())]


def kcat_produce(tools, topic, texts, *more):
    tools.kcat("-P", "-t", topic, "-K:", *more, stdin=lines(texts))


def kcat_consume(tools, topic):
    return tools.kcat("-C", "-t", topic, "-o", "beginning", "-e", "-q", "-K:").splitlines()


def java_consume(tools, topic, count):
    shown = ("--formatter-property", "print.key=true", "--formatter-property", "key.separator=:")
    form = ("--topic", topic, "--from-beginning", "--max-messages", str(count), "--timeout-ms", "30000")
    return tools.java("consumer.ConsoleConsumer", *form, *shown).splitlines()


@pytest.mark.parametrize("codec", CODECS)
def test_others_read_what_kcli_wrote(tools, topic, codec):
    name, sent = topic(), numbered(2000)
    kcli_produce(tools, name, sent, "-z", codec)
    assert kcat_consume(tools, name) == sent
    assert java_consume(tools, name, len(sent)) == sent
    assert kcli_consume(tools, name) == sent


@pytest.mark.parametrize("codec", CODECS)
def test_kcli_reads_what_kcat_wrote(tools, topic, codec):
    name, sent = topic(), numbered(2000)
    kcat_produce(tools, name, sent, "-z", codec)
    assert kcli_consume(tools, name) == sent


@pytest.mark.parametrize("codec", CODECS)
def test_kcli_reads_what_java_wrote(tools, topic, codec):
    name, sent = topic(), numbered(500)
    keyed = ("--reader-property", "parse.key=true", "--reader-property", "key.separator=:")
    tools.java("ConsoleProducer", "--topic", name, *keyed, "--compression-codec", codec, stdin=lines(sent))
    assert kcli_consume(tools, name) == sent


def test_keys_go_where_java_puts_them(tools, topic):
    """Our partitioner by key is Kafka's (murmur2): one key's records of both clients are in one partition."""
    name, sent = topic(7), numbered(100)
    keyed = ("--reader-property", "parse.key=true", "--reader-property", "key.separator=:")
    tools.java("ConsoleProducer", "--topic", name, *keyed, stdin=lines(sent))
    kcli_produce(tools, name, sent)
    seen = map(json.loads, tools.kcli("consume", name, "-o", "start", "-e").splitlines())
    places = {(one["key"], one["partition"]) for one in seen}
    assert len(places) == 10 == len({key for key, _ in places})


def test_nulls_and_headers(tools, topic):
    name = topic()
    tools.kcat("-P", "-t", name, "-Z", "-K:", "-H", "a=1", "-H", "b=", stdin="k:\n")
    tools.kcli("produce", name, "-K:", "-Z", "-H", "a=1", "-H", "b=", stdin="k:\n")
    by_kcat = [json.loads(one) for one in tools.kcat("-C", "-t", name, "-o", "beginning", "-e", "-q", "-J").splitlines()]
    assert [(one["key"], one["payload"], one["headers"]) for one in by_kcat] == [("k", None, ["a", "1", "b", ""])] * 2
    by_kcli = [json.loads(one) for one in tools.kcli("consume", name, "-o", "start", "-e").splitlines()]
    assert all(one["value"] is None and one["key"] == "k" for one in by_kcli) and len(by_kcli) == 2
    assert by_kcli[0]["headers"] == by_kcli[1]["headers"] != []


def test_topics(tools):
    name = "kcli-topic"
    tools.kcli("topic", "create", name, "-p", "3", "-c", "retention.ms=7200000")
    described = tools.java("TopicCommand", "--describe", "--topic", name)
    assert re.search(r"PartitionCount: 3\b.*retention.ms=7200000", described)
    assert name in [one["topic"] for one in kcli_rows(tools, "topic", "list")]
    rows = kcli_rows(tools, "topic", "describe", name)
    assert [(row["topic"], row["partition"]) for row in rows] == [(name, n) for n in range(3)]
    tools.kcli("topic", "delete", "--yes", name)
    assert name not in tools.java("TopicCommand", "--list").split()


def test_offsets(tools, topic):
    name = topic(2)
    kcli_produce(tools, name, numbered(30))
    by_java = {tuple(map(int, line.split(":")[1:])) for line in tools.java("GetOffsetShell", "--topic", name).split()}
    rows = kcli_rows(tools, "offsets", name)
    assert {(row["partition"], row["end"]) for row in rows} == by_java
    assert sum(row["end"] for row in rows) == 30


def test_a_group_continues_across_clients(tools, topic, group):
    name, sent = topic(), numbered(90)
    kcli_produce(tools, name, sent)
    assert kcli_consume(tools, name, "-g", group, "-n", "30") == sent[:30]
    assert tools.lag(group) == {(name, 0): 60}
    said = tools.java("consumer.ConsoleConsumer", "--topic", name, "--group", group, "--max-messages", "30", "--timeout-ms", "30000")
    assert said.splitlines() == [text.split(":")[1] for text in sent[30:60]]
    assert kcli_consume(tools, name, "-g", group, "-n", "30") == sent[60:]
    assert tools.lag(group) == {(name, 0): 0}
    assert [row["lag"] for row in kcli_rows(tools, "group", "lag", group)] == [0]


def values(child) -> list[str]:
    return re.findall(r"value-\d+", child.output())


JAVA_MEMBER = ("--timeout-ms", "60000", "--command-property", "partition.assignment.strategy=org.apache.kafka.clients.consumer.RangeAssignor")


def start_member(tools, kind, group, name):
    if kind == "kcat":
        assigned = ("-X", "partition.assignment.strategy=range", "-X", "session.timeout.ms=6000")
        return tools.start_kcat("-G", group, "-X", "auto.offset.reset=earliest", *assigned, "-u", name)
    if kind == "java":
        return tools.start_java("consumer.ConsoleConsumer", "--topic", name, "--group", group, "--from-beginning", *JAVA_MEMBER)
    return tools.start_kcli("consume", name, "-g", group, "-o", "start")


def shared(tools, group) -> list[int]:
    """How many partitions each member of the group has been given; nothing while there is no such group."""
    if group not in [row["group"] for row in kcli_rows(tools, "group", "list")]:
        return []
    rows = kcli_rows(tools, "group", "describe", group)
    return [len(row["partitions"]) for row in rows if row.get("partitions")]


@pytest.mark.parametrize("other", ("kcli", "kcat", "java"))
def test_a_group_of_two_shares_the_partitions(tools, topic, group, other):
    name, sent = topic(4), numbered(400)
    with start_member(tools, "kcli", group, name) as first, start_member(tools, other, group, name) as second:
        until(lambda: shared(tools, group) == [2, 2], "both members own two partitions", 60)
        kcli_produce(tools, name, sent)
        until(lambda: len(values(first) + values(second)) >= len(sent), "both together have read all", 60)
        assert sorted(values(first) + values(second)) == sorted(text.split(":")[1] for text in sent)
        assert values(first) and values(second)
