"""Client telemetry (KIP-714): what our producer and consumer push to Apache Kafka, and that they push only what is wanted."""

import pytest
from harness import topics
from harness.telemetry import TelemetryNode, otlp
from harness.tools import Tools
from harness.transactions import Producer
from harness.waiting import until

INTERVAL_MS = 200
PRODUCER, CONSUMER = "org.apache.kafka.producer.", "org.apache.kafka.consumer."
CONNECTIONS = "connection.creation.total"


@pytest.fixture(scope="module")
def broker(tmp_path_factory):
    folder = tmp_path_factory.mktemp("telemetry")
    node = TelemetryNode(folder)
    try:
        topics.create(node, "told", 2)
        subscribe(Tools(node, folder), "talkative", f"{PRODUCER},{CONSUMER}")
        subscribe(Tools(node, folder), "frugal", PRODUCER + CONNECTIONS)
        yield node
    finally:
        node.child.kill()


def subscribe(tools, client_id, metrics):
    """Of clients of this client.id these metrics are wanted."""
    wanted = f"metrics=[{metrics}],interval.ms={INTERVAL_MS},match=[client_id={client_id}]"
    names = ("--entity-type", "client-metrics", "--entity-name", client_id)
    tools.java("kafka.admin.ConfigCommand", "--alter", *names, "--add-config", wanted)


def pushed(broker, client_id, condition, what):
    """What the client has pushed, once that is as it shall be."""
    return until(lambda: (said := broker.pushes(client_id)) and condition(said) and said, what)


def test_a_producers_metrics_come_under_its_id_and_the_last_ones_say_so(broker):
    with Producer(broker, "told-id", "client.id=talkative") as producer:
        name = producer("id")
        assert producer.transaction("told", ["a", "b"], "commit") == "committed"
        pushed(broker, "talkative", lambda said: len(said) >= 3, "three pushes")
    pushes = pushed(broker, "talkative", lambda said: said[-1].last, "the last push")
    assert {push.instance_id for push in pushes} == {name}
    assert [push.last for push in pushes] == [False] * (len(pushes) - 1) + [True]
    assert all(push.resource == {"transactional_id": "told-id"} for push in pushes)
    [latency] = pushes[-1].named(PRODUCER + "node.request.latency.avg")
    [point] = latency.gauge.data_points
    assert {one.key: one.value.string_value for one in point.attributes} == {"node_id": "1"}
    assert 0 < point.as_double < 60_000


def test_by_delta_each_push_begins_where_the_one_before_ended(broker):
    with Producer(broker, "frugal-id", "client.id=frugal") as producer:
        assert producer("id")
        pushes = pushed(broker, "frugal", lambda said: len(said) >= 4, "four pushes")
    assert all([metric.name for metric in push.metrics] == [PRODUCER + CONNECTIONS] for push in pushes)
    sums = [push.metrics[0].sum for push in pushes]
    assert all(one.aggregation_temporality == otlp.AGGREGATION_TEMPORALITY_DELTA and one.is_monotonic for one in sums)
    points = [one.data_points[0] for one in sums]
    assert points[0].as_int > 0
    for before, point in zip(points, points[1:], strict=False):
        assert point.start_time_unix_nano == before.time_unix_nano


def test_of_whom_nothing_is_wanted_nothing_comes(broker):
    with Producer(broker, "quiet-id", "client.id=quiet") as producer:
        assert producer("id")
        assert producer.transaction("told", ["c"], "commit") == "committed"
    assert broker.pushes("quiet") == []


def test_who_is_told_not_to_push_has_no_id(broker):
    with Producer(broker, "mute-id", "client.id=talkative", "enable.metrics.push=false") as producer:
        assert producer("id").startswith("INVALID_OPTIONS")
    assert "mute-id" not in [push.resource.get("transactional_id") for push in broker.pushes("talkative")]


def test_a_consumers_metrics_tell_of_its_group(broker, tmp_path):
    tools = Tools(broker, tmp_path)

    def of_member(said):
        return [push for push in said if push.resource.get("group_id") == "told-group"]

    def assigned(said):
        metrics = [metric for push in of_member(said) for metric in push.named(CONSUMER + "coordinator.assigned.partitions")]
        return [metric.gauge.data_points[0].as_int for metric in metrics]

    consuming = tools.start_kcli("-X", "client.id=talkative", "consume", "told", "-g", "told-group")
    try:
        pushes = pushed(broker, "talkative", lambda said: 2 in assigned(said), "a push of a member with two partitions")
        assert of_member(pushes)[-1].resource["group_member_id"]
        pushed(
            broker,
            "talkative",
            lambda said: of_member(said)[-1].named(CONSUMER + "fetch.manager.fetch.latency.max"),
            "how long fetches take",
        )
        consuming.stop()
        pushed(broker, "talkative", lambda said: of_member(said)[-1].last, "the last push")
    finally:
        consuming.kill()


def test_a_broker_without_a_plugin_gives_no_id(node):
    with Producer(node, "plain-id") as producer:
        assert producer("id").startswith("UNSUPPORTED_VERSION")
