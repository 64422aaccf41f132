"""kcli, and with it our SDK: what it writes others read, and what others write it reads."""

import json
import re
import sys

import pytest
from harness import kcli
from harness.nodes import CHECKOUT, built
from harness.process import run
from harness.tools import CODECS, lines, numbered


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
    kcli.produce(tools, name, sent, "-z", codec)
    assert kcat_consume(tools, name) == sent
    assert java_consume(tools, name, len(sent)) == sent
    assert kcli.consume(tools, name) == sent


@pytest.mark.parametrize("codec", CODECS)
def test_kcli_reads_what_kcat_wrote(tools, topic, codec):
    name, sent = topic(), numbered(2000)
    kcat_produce(tools, name, sent, "-z", codec)
    assert kcli.consume(tools, name) == sent


@pytest.mark.parametrize("codec", CODECS)
def test_kcli_reads_what_java_wrote(tools, topic, codec):
    name, sent = topic(), numbered(500)
    keyed = ("--reader-property", "parse.key=true", "--reader-property", "key.separator=:")
    tools.java("ConsoleProducer", "--topic", name, *keyed, "--compression-codec", codec, stdin=lines(sent))
    assert kcli.consume(tools, name) == sent


def test_keys_go_where_java_puts_them(tools, topic):
    """Our partitioner by key is Kafka's (murmur2): one key's records of both clients are in one partition."""
    name, sent = topic(7), numbered(100)
    keyed = ("--reader-property", "parse.key=true", "--reader-property", "key.separator=:")
    tools.java("ConsoleProducer", "--topic", name, *keyed, stdin=lines(sent))
    kcli.produce(tools, name, sent)
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
    assert name in [one["topic"] for one in kcli.rows(tools, "topic", "list")]
    rows = kcli.rows(tools, "topic", "describe", name)
    assert [(row["topic"], row["partition"]) for row in rows] == [(name, n) for n in range(3)]
    tools.kcli("topic", "delete", "--yes", name)
    assert name not in tools.java("TopicCommand", "--list").split()


def test_offsets(tools, topic):
    name = topic(2)
    kcli.produce(tools, name, numbered(30))
    by_java = {tuple(map(int, line.split(":")[1:])) for line in tools.java("GetOffsetShell", "--topic", name).split()}
    rows = kcli.rows(tools, "offsets", name)
    assert {(row["partition"], row["end"]) for row in rows} == by_java
    assert sum(row["end"] for row in rows) == 30


def test_its_own_tests_against_this_broker(node):
    """tests/cli, whose broker is ours otherwise; one that they stop is ours in any case."""
    paths = {"KLAMM_BOOTSTRAP": node.address, "KCLI": built("kcli"), "KLAMM_BROKER": built("klamm-broker"), "PYTHONPATH": str(CHECKOUT / "tests" / "python")}
    tests = [sys.executable, "-B", "-m", "unittest", "discover", "-s", str(CHECKOUT / "tests" / "cli"), "-p", "test_kcli.py"]
    said = run(["env", *(f"{name}={value}" for name, value in paths.items()), *tests], limit=300, both=True)
    assert said.rstrip().endswith("OK"), said[-2000:]
