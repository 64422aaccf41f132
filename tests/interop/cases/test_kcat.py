"""kcat (librdkafka): metadata, offsets, produce and consume with every codec, and a group of two."""

import json

import pytest
from harness.tools import CODECS, lines, numbered
from harness.waiting import until


def produce(tools, topic, texts, codec="none", *more):
    tools.kcat("-P", "-t", topic, "-K:", "-z", codec, *more, stdin=lines(texts))


def consume(tools, topic, *more):
    return tools.kcat("-C", "-t", topic, "-o", "beginning", "-e", "-q", "-K:", *more).splitlines()


@pytest.mark.parametrize("codec", CODECS)
def test_kcat_reads_what_it_wrote(tools, topic, codec):
    name, sent = topic(), numbered(2000)
    produce(tools, name, sent, codec)
    assert consume(tools, name) == sent


def test_kcat_idempotent(tools, topic):
    name, sent = topic(), numbered(2000)
    produce(tools, name, sent, "lz4", "-X", "enable.idempotence=true")
    assert consume(tools, name) == sent


def test_kcat_nulls_and_headers(tools, topic):
    name = topic()
    tools.kcat("-P", "-t", name, "-Z", "-K:", "-H", "a=1", "-H", "b=", stdin="k:\n")
    [seen] = consume(tools, name, "-J")
    record = json.loads(seen)
    assert (record["key"], record["payload"], record["headers"]) == ("k", None, ["a", "1", "b", ""])


def test_kcat_lists_the_cluster(tools, node, topic):
    name = topic(3)
    said = json.loads(tools.kcat("-L", "-J"))
    assert [broker["name"] for broker in said["brokers"]] == [node.address]
    [mine] = [one for one in said["topics"] if one["topic"] == name]
    assert [(p["partition"], p["leader"], len(p["isrs"])) for p in mine["partitions"]] == [
        (n, said["brokers"][0]["id"], 1) for n in range(3)
    ]


def test_kcat_asks_for_offsets_by_time(tools, topic):
    name = topic()
    produce(tools, name, numbered(10))
    first = json.loads(consume(tools, name, "-J")[0])["ts"]
    for time, offset in ((-2, 0), (first, 0), (-1, 10)):
        assert tools.kcat("-Q", "-t", f"{name}:0:{time}").split() == [name, "[0]", "offset", str(offset)]


def test_kcat_group_of_two_shares_the_partitions(tools, topic, group):
    name = topic(4)
    form = ["-G", group, "-X", "auto.offset.reset=earliest", "-X", "session.timeout.ms=6000", "-u", "-f", "%p %s\n", name]
    with tools.start_kcat(*form) as first, tools.start_kcat(*form) as second:

        def both_have_two():
            return all(child.output().count("assigned") for child in (first, second)) and shared(tools, group) == [2, 2]

        until(both_have_two, "both members own two partitions", 60)
        sent = numbered(400)
        produce(tools, name, sent)
        until(lambda: len(values(first) + values(second)) >= 400, "both together have read all", 60)
        assert sorted(values(first) + values(second)) == sorted(text.split(":")[1] for text in sent)
        assert values(first) and values(second)


def values(child) -> list[str]:
    return [line.split()[1] for line in child.output().splitlines() if "value-" in line]


def shared(tools, group) -> list[int]:
    said = tools.java("consumer.group.ConsumerGroupCommand", "--describe", "--members", "--group", group)
    return sorted(int(line.split()[4]) for line in said.splitlines() if line.startswith(group))
