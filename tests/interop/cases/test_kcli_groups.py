"""kcli, and with it our SDK, in groups: with members of other clients, with their commits, and where a reset puts it."""

import re

import pytest
from harness import kcli
from harness.process import run
from harness.tools import numbered
from harness.waiting import until


def test_a_group_continues_across_clients(tools, topic, group):
    name, sent = topic(), numbered(90)
    kcli.produce(tools, name, sent)
    assert kcli.consume(tools, name, "-g", group, "-n", "30") == sent[:30]
    assert tools.lag(group) == {(name, 0): 60}
    said = tools.java("consumer.ConsoleConsumer", "--topic", name, "--group", group, "--max-messages", "30", "--timeout-ms", "30000")
    assert said.splitlines() == [text.split(":")[1] for text in sent[30:60]]
    assert kcli.consume(tools, name, "-g", group, "-n", "30") == sent[60:]
    assert tools.lag(group) == {(name, 0): 0}
    assert [row["lag"] for row in kcli.rows(tools, "group", "lag", group)] == [0]


def values(child) -> list[str]:
    return re.findall(r"value-\d+", child.output())


JAVA_ASSIGNORS = {
    "range": "org.apache.kafka.clients.consumer.RangeAssignor",
    "cooperative-sticky": "org.apache.kafka.clients.consumer.CooperativeStickyAssignor",
}


def start_member(tools, kind, assignor, group, name):
    if kind == "kcat":
        chosen = ("-X", f"partition.assignment.strategy={assignor}", "-X", "session.timeout.ms=6000")
        return tools.start_kcat("-G", group, "-X", "auto.offset.reset=earliest", *chosen, "-u", name)
    if kind == "java":
        chosen = ("--command-property", f"partition.assignment.strategy={JAVA_ASSIGNORS[assignor]}", "--timeout-ms", "90000")
        return tools.start_java("consumer.ConsoleConsumer", "--topic", name, "--group", group, "--from-beginning", *chosen)
    return tools.start_kcli("-X", f"partition.assignment.strategy={assignor}", "consume", name, "-g", group, "-o", "start")


def shared(tools, group) -> list[int]:
    """How many partitions each member of the group has been given; nothing while there is no such group."""
    if group not in [row["group"] for row in kcli.rows(tools, "group", "list")]:
        return []
    rows = kcli.rows(tools, "group", "describe", group)
    return sorted(len(row["partitions"]) for row in rows if row.get("partitions"))


def texts(sent: list[str]) -> list[str]:
    return sorted(text.split(":")[1] for text in sent)


def share_and_take_over(tools, name, group, sent, first, second):
    """Two members of four partitions read all; the second leaves, and the first goes on where it had committed."""
    kcli.produce(tools, name, sent[:400])
    until(lambda: len(values(first) + values(second)) >= 400, "both together have read all", 60)
    assert sorted(values(first) + values(second)) == texts(sent[:400])
    assert values(first) and values(second)
    second.stop()
    until(lambda: shared(tools, group) == [4], "the member that is left owns all", 60)
    kcli.produce(tools, name, sent[400:])
    until(lambda: len(values(first) + values(second)) >= 600, "what came after is read by the one that is left", 60)
    assert sorted(values(first) + values(second)) == texts(sent)


@pytest.mark.parametrize("assignor", JAVA_ASSIGNORS)
@pytest.mark.parametrize("other", ("kcli", "kcat", "java"))
def test_a_group_of_two_shares_the_partitions(tools, topic, group, other, assignor):
    name, sent = topic(4), numbered(600)
    with start_member(tools, "kcli", assignor, group, name) as first, start_member(tools, other, assignor, group, name) as second:
        until(lambda: shared(tools, group) == [2, 2], "both members own two partitions", 60)
        assert {row["assignor"] for row in kcli.rows(tools, "group", "describe", group)} == {assignor}
        share_and_take_over(tools, name, group, sent, first, second)


def test_what_was_read_is_committed_on_leaving(tools, topic, group):
    """A few records of many that were fetched: the commit is done when the command ends, and counts those alone."""
    name, sent = topic(), numbered(50)
    kcli.produce(tools, name, sent)
    assert kcli.consume(tools, name, "-g", group, "-n", "3") == sent[:3]
    [row] = kcli.rows(tools, "group", "lag", group)
    assert (row["topic"], row["partition"], row["committed"], row["end"], row["lag"]) == (name, 0, 3, 50, 47)
    assert tools.lag(group) == {(name, 0): 47}
    assert kcli.consume(tools, name, "-g", group, "-n", "2") == sent[3:5]


def test_kcli_goes_on_where_java_reset_the_group(tools, topic, group):
    name, sent = topic(), numbered(40)
    kcli.produce(tools, name, sent)
    assert kcli.consume(tools, name, "-g", group, "-n", "40") == sent
    reset = ("--reset-offsets", "--group", group, "--topic", name, "--execute", "--to-offset", "25")
    tools.java("consumer.group.ConsumerGroupCommand", *reset)
    assert [row["committed"] for row in kcli.rows(tools, "group", "lag", group)] == [25]
    assert kcli.consume(tools, name, "-g", group, "-n", "15") == sent[25:]


def test_java_goes_on_where_kcli_reset_the_group(tools, topic, group):
    name, sent = topic(), numbered(40)
    kcli.produce(tools, name, sent[:20], "--ts", "2026-01-01")
    kcli.produce(tools, name, sent[20:], "--ts", "2026-01-02")
    places = {"start": 0, "end": 40, "7": 7, "99": 40, "-10": 30, "@2026-01-02": 20, "@2026-01-03": 40}
    for to, offset in places.items():
        [row] = kcli.rows(tools, "group", "seek", group, name, "--to", to, "-y")
        assert (row["topic"], row["partition"], row["offset"]) == (name, 0, offset), to
        assert tools.lag(group) == {(name, 0): 40 - offset}, to
    kcli.rows(tools, "group", "seek", group, name, "--to", "31", "-y")
    form = ("--topic", name, "--group", group, "--max-messages", "9", "--timeout-ms", "30000")
    assert tools.java("consumer.ConsoleConsumer", *form).splitlines() == [text.split(":")[1] for text in sent[31:]]


def test_a_group_with_members_is_not_moved_or_deleted(tools, topic, group):
    name = topic()
    with start_member(tools, "kcli", "range", group, name) as member:
        until(lambda: shared(tools, group) == [1], "the member has its partition", 60)
        for verb in (("seek", group, name, "--to", "start"), ("delete", group)):
            refused = run([*tools.kcli_command, "group", *verb, "-y"], status=1, both=True)
            assert re.search("UNKNOWN_MEMBER_ID|NON_EMPTY_GROUP", refused), verb
        member.stop()
    tools.kcli("group", "delete", group, "-y")
    assert group not in tools.java("consumer.group.ConsumerGroupCommand", "--list").split()
