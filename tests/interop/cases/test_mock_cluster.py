"""Our client against librdkafka's mock cluster: another reading of the protocol, and one that fails on demand.

Without groups: of the versions that it says it has, the mock closes the connection at JoinGroup v6, and its process aborts at a
ConsumerGroupHeartbeat that has topics and, as Kafka allows, no pattern.
"""

import pytest
from harness import kcli
from harness.mock_cluster import mock_cluster
from harness.tools import Tools, lines, numbered

PARTITIONS = 4
# What each request may be answered with for a while.
PASSING = {
    "Produce": [3, 5, 6, 7, 19],
    "Fetch": [3, 6, 9, 74, 75],
    "ListOffsets": [3, 5, 6, 78],
    "Metadata": [5],
    "InitProducerId": [14, 15, 16],
}


@pytest.fixture
def cluster():
    with mock_cluster(3) as running:
        yield running


@pytest.fixture
def tools(cluster, tmp_path):
    return Tools(cluster, tmp_path)


@pytest.fixture
def topic(cluster):
    cluster.create_topic("orders", PARTITIONS)
    return "orders"


def test_records_are_read_back(tools, topic):
    sent = numbered(2000)
    kcli.produce(tools, topic, sent)
    assert sorted(kcli.consume(tools, topic)) == sorted(sent)


@pytest.mark.parametrize("api", ["Metadata", "InitProducerId", "Produce"])
def test_each_passing_error_of_producing_is_outlived(cluster, tools, topic, api):
    sent = numbered(500)
    cluster.fail_next(api, PASSING[api])
    kcli.produce(tools, topic, sent)
    assert sorted(kcli.consume(tools, topic)) == sorted(sent)


@pytest.mark.parametrize("api", ["Metadata", "ListOffsets", "Fetch"])
def test_each_passing_error_of_consuming_is_outlived(cluster, tools, topic, api):
    sent = numbered(500)
    kcli.produce(tools, topic, sent)
    cluster.fail_next(api, PASSING[api])
    assert sorted(kcli.consume(tools, topic)) == sorted(sent)


def test_records_arrive_once_while_leaders_move_and_brokers_go(cluster, tools, topic, tmp_path):
    sent = numbered(50_000)
    source = tmp_path / "lines"
    source.write_text(lines(sent))
    with source.open() as stdin, tools.start([*tools.kcli_command, "produce", topic, "-K:", "-X", "linger.ms=1"], stdin) as child:
        for turn in range(200):
            if not child.running():
                break
            broker = turn % 3 + 1
            cluster.take_down(broker)
            for partition in range(PARTITIONS):
                cluster.lead(topic, partition, broker % 3 + 1)
            cluster.bring_up(broker)
        assert child.process.wait(60) == 0, child.output()
    assert turn > 0, "the producer had ended before anything moved"
    assert sorted(kcli.consume(tools, topic)) == sorted(sent)


def test_a_slow_broker_is_waited_for(cluster, tools, topic):
    sent = numbered(100)
    for broker in (1, 2, 3):
        cluster.slow_down(broker, 300)
    kcli.produce(tools, topic, sent)
    assert sorted(kcli.consume(tools, topic)) == sorted(sent)
