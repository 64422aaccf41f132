"""KIP-848 groups on Apache Kafka: our members alone, beside Java's, and beside classic ones."""

import pytest
from harness import kcli
from harness.tools import numbered
from harness.waiting import until

from test_kcli_groups import share_and_take_over, shared, texts, values


@pytest.fixture(autouse=True)
def on_kafka(tools):
    if tools.node.kind != "kafka":
        pytest.skip("the broker has classic groups only")


def start_member(tools, kind, group, name):
    if kind == "java":
        chosen = ("--command-property", "group.protocol=consumer", "--timeout-ms", "90000")
        return tools.start_java("consumer.ConsoleConsumer", "--topic", name, "--group", group, "--from-beginning", *chosen)
    if kind == "kcat":
        return tools.start_kcat("-G", group, "-X", "auto.offset.reset=earliest", "-X", "session.timeout.ms=6000", "-u", name)
    return tools.start_kcli("-X", "group.protocol=consumer", "consume", name, "-g", group, "-o", "start")


@pytest.mark.parametrize("other", ("kcli", "java", "kcat"))
def test_a_group_of_two_shares_the_partitions(tools, topic, group, other):
    name, sent = topic(4), numbered(600)
    with start_member(tools, "kcli", group, name) as first, start_member(tools, other, group, name) as second:
        until(lambda: shared(tools, group) == [2, 2], "both members own two partitions", 60)
        [listed] = [row for row in kcli.rows(tools, "group", "list") if row["group"] == group]
        assert listed["type"] == "consumer"
        share_and_take_over(tools, name, group, sent, first, second)


def test_what_was_read_is_committed_and_gone_on_with(tools, topic, group):
    name, sent = topic(), numbered(90)
    kcli.produce(tools, name, sent)
    chosen = ("-X", "group.protocol=consumer")
    assert kcli.consume(tools, name, "-g", group, "-n", "30", *chosen) == sent[:30]
    assert tools.lag(group) == {(name, 0): 60}
    said = tools.java(
        "consumer.ConsoleConsumer", "--topic", name, "--group", group, "--max-messages", "30", "--timeout-ms", "30000",
        "--command-property", "group.protocol=consumer",
    )
    assert said.splitlines() == [text.split(":")[1] for text in sent[30:60]]
    assert kcli.consume(tools, name, "-g", group, "-n", "30", *chosen) == sent[60:]
    assert tools.lag(group) == {(name, 0): 0}


def test_what_is_taken_away_is_committed_before_another_owns_it(tools, topic, group):
    """By nothing else: the interval of commits is a day."""
    name, sent = topic(2), numbered(60)
    kcli.produce(tools, name, sent[:40])
    chosen = ("-X", "group.protocol=consumer", "-X", "auto.commit.interval.ms=86400000", "consume", name, "-g", group, "-o", "start")
    with tools.start_kcli(*chosen) as first:
        until(lambda: len(values(first)) >= 40, "all was read", 60)
        with tools.start_kcli(*chosen) as second:
            until(lambda: shared(tools, group) == [1, 1], "each owns one partition", 60)
            kcli.produce(tools, name, sent[40:])
            until(lambda: len(values(first) + values(second)) >= 60, "the rest is read", 60)
            assert sorted(values(first) + values(second)) == texts(sent)
            assert set(values(second)) <= set(texts(sent[40:]))


def test_a_member_that_is_gone_without_a_word_is_replaced(tools, topic, group):
    name, sent = topic(2), numbered(40)
    kcli.produce(tools, name, sent[:20])
    with start_member(tools, "kcli", group, name) as first:
        until(lambda: len(values(first)) >= 20, "all was read", 60)
        until(lambda: sum(tools.lag(group).values()) == 0, "and committed", 60)
        first.kill()
    with start_member(tools, "kcli", group, name) as second:
        kcli.produce(tools, name, sent[20:])
        until(lambda: len(values(second)) >= 20, "the next one reads on", 90)
        assert sorted(values(second)) == texts(sent[20:])
