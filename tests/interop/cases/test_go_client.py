"""franz-go: every codec each way with kcat as the other end, and groups of two."""

import re

import pytest
from harness import go_client
from harness.process import run
from harness.tools import CODECS, lines, numbered
from harness.waiting import until

pytestmark = pytest.mark.skipif(bool(go_client.why_not()), reason=go_client.why_not())


@pytest.fixture(scope="session")
def program() -> str:
    return go_client.program()


@pytest.fixture
def peer(program, node):
    return lambda *arguments: [program, node.address, *arguments]


@pytest.mark.parametrize("codec", CODECS)
def test_others_read_what_go_wrote(tools, topic, peer, codec):
    name, sent = topic(), numbered(2000)
    run(peer("produce", name, codec), lines(sent))
    assert tools.kcat("-C", "-t", name, "-o", "beginning", "-e", "-q", "-K:").splitlines() == sent
    assert run(peer("consume", name, str(len(sent)))).splitlines() == sent


@pytest.mark.parametrize("codec", CODECS)
def test_go_reads_what_others_wrote(tools, topic, peer, codec):
    name, sent = topic(), numbered(2000)
    tools.kcat("-P", "-t", name, "-K:", "-z", codec, stdin=lines(sent))
    assert run(peer("consume", name, str(len(sent)))).splitlines() == sent


def owned(child) -> int:
    said = re.findall(r"^owns (\d+)$", child.output(), re.MULTILINE)
    return int(said[-1]) if said else 0


def read(*children) -> list[str]:
    return sorted(re.findall(r"^key\d:value-\d+$", "\n".join(child.output() for child in children), re.MULTILINE))


def test_a_group_of_two_shares_and_continues(tools, topic, group, peer):
    name, sent = topic(4), numbered(600)
    with tools.start(peer("member", name, group)) as first, tools.start(peer("member", name, group)) as second:
        until(lambda: owned(first) == 2 == owned(second), "both own two partitions", 60)
        tools.kcat("-P", "-t", name, "-K:", stdin=lines(sent[:400]))
        until(lambda: len(read(first, second)) >= 400, "both together have read all", 60)
        assert read(first) and read(second) and read(first, second) == sorted(sent[:400])
        assert second.stop() == 0
        until(lambda: owned(first) == 4, "the one that is left owns all", 60)
        tools.kcat("-P", "-t", name, "-K:", stdin=lines(sent[400:]))
        until(lambda: len(read(first, second)) >= 600, "it reads what came after", 60)
        assert read(first, second) == sorted(sent)
        assert first.stop() == 0
    assert sum(tools.lag(group).values()) == 0 and len(tools.lag(group)) == 4
