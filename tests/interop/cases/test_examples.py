"""The programs of the documentation, as they are, against each broker. Their topics' names are their own."""

import json
import signal

import pytest
from harness import kcli
from harness.nodes import built
from harness.process import run
from harness.tools import lines, numbered
from harness.topics import create, end_of
from harness.waiting import until


def kcat_consume(tools, topic, *more):
    return tools.kcat("-C", "-t", topic, "-o", "beginning", "-e", "-q", *more).splitlines()


def from_the_start(tools, group, topic):
    """So that what is written before the program has looked up the end is not passed over."""
    tools.kcli("group", "seek", group, topic, "--to", "start", "-y")


def test_hello_producer(tools, node):
    create(node, "greetings")
    assert run([built("example_1_hello_producer"), node.address]) == "partition 0, offset 1\n"
    seen = [json.loads(one) for one in kcat_consume(tools, "greetings", "-J")]
    assert [(one["key"], one["payload"]) for one in seen] == [("de", "Guten Tag"), ("en", "Hello"), ("fr", None)]
    assert seen[2]["headers"] == ["reason", "deleted"]


def test_hello_group(tools, node):
    create(node, "orders")
    sent = numbered(100)
    tools.kcat("-P", "-t", "orders", "-K:", stdin=lines(sent))
    with tools.start([built("example_2_hello_group"), node.address]) as program:
        until(lambda: "billing" in [row["group"] for row in kcli.rows(tools, "group", "list")], "the group is there", 60)
        until(lambda: [row["lag"] for row in kcli.rows(tools, "group", "lag", "billing")] == [0], "all is billed and committed", 60)
        assert program.stop() == 0
        assert program.output().splitlines() == [text.replace(":", ": ") for text in sent]
    assert tools.lag("billing") == {("orders", 0): 0}


def test_coroutines(tools, node):
    create(node, "urls", 3), create(node, "pages")
    sent = numbered(300)
    from_the_start(tools, "enricher", "urls")
    with tools.start([built("example_3_coroutines"), node.address]) as program:
        tools.kcat("-P", "-t", "urls", "-K:", stdin=lines(sent))
        until(lambda: end_of(node, "pages") >= len(sent), "each url became a page", 60)
        assert program.stop() == 0, program.output()
    assert sorted(kcat_consume(tools, "pages", "-K:")) == sorted(text + " was here" for text in sent)
    assert sum(tools.lag("enricher").values()) == 0


def test_exactly_once_copy(tools, node):
    if node.kind == "ours":
        pytest.skip("klamm-broker has no transaction coordinator yet")
    create(node, "source"), create(node, "target")
    sent = numbered(1000)
    with tools.start([built("example_4_exactly_once_copy"), node.address]) as program:
        tools.kcat("-P", "-t", "source", "-K:", stdin=lines(sent))
        until(lambda: tools.lag("copier") == {("source", 0): 0}, "all is copied", 60)
        assert program.stop() == 0, program.output()
    assert kcat_consume(tools, "target", "-K:") == sent


def test_bulk_load(tools, node, tmp_path):
    create(node, "customers")
    sent, file = numbered(5000), tmp_path / "customers.tsv"
    file.write_text(lines([text.replace(":", "\t") for text in sent]))
    load = [built("example_5_bulk_load"), str(file), node.address]
    assert run(load, both=True) == ""
    assert kcat_consume(tools, "customers", "-K:") == sent
    file.write_text(lines(["a\t1", "b\t" + "x" * 2_000_000, "c\t3"]))
    told = run(load, both=True, status=1).splitlines()
    assert len(told) == 1 and told[0].startswith(f"{file}:2: ") and "message_too_large" in told[0].lower(), told
    assert kcat_consume(tools, "customers", "-K:")[len(sent) :] == ["a:1", "c:3"]


def test_admin(tools, node):
    create(node, "lagging")
    tools.kcat("-P", "-t", "lagging", "-p", "0", stdin="1\n2\n3\n")
    tools.kcli("group", "seek", "billing", "lagging", "--to", "1", "-y")
    tools.kcli("group", "seek", "copier", "lagging", "--to", "end", "-y")
    for _ in range(2):  # topics that exist are none of its errors
        told = run([built("example_6_admin"), node.address, "1"], both=True).splitlines()
        assert [line for line in told if " lagging/" in line] == ["billing lagging/0 lag 2", "copier lagging/0 lag 0"]
        assert all(" lag " in line for line in told), told


def test_someone_elses_event_loop(tools, node):
    create(node, "ticks"), create(node, "seen")
    from_the_start(tools, "ui", "ticks")
    with tools.start([built("example_8_event_loop"), node.address]) as program:
        tools.kcat("-P", "-t", "ticks", "-K:", stdin=lines(numbered(50)))
        until(lambda: end_of(node, "seen") >= 50, "each tick was seen", 60)
        program.signal(signal.SIGINT)
        assert program.process.wait(30) == 0 and program.output() == ""
    assert kcat_consume(tools, "seen", "-K:") == [text.split(":")[0] + ":1" for text in numbered(50)]
