"""Our admin client's operations: on both brokers what both serve, the rest on Apache Kafka, with its own tools as the control."""

import pytest
from harness import kcli
from harness.nodes import KafkaNode, Node, built
from harness.process import run
from harness.tools import Tools, lines, numbered
from harness.transactions import Producer

AUTHORIZER = {
    "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
    "super.users": "User:ANONYMOUS",
}


def administer(node: Node, *arguments: object) -> list[str]:
    """What build/bin/administer says of one operation, line by line."""
    return run([built("administer"), node.address, *map(str, arguments)]).splitlines()


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """Apache Kafka with an authorizer, where everybody may do everything."""
    node = KafkaNode(tmp_path_factory.mktemp("admin"), AUTHORIZER)
    yield node
    node.kill()


@pytest.fixture
def peers(own, tmp_path):
    return Tools(own, tmp_path)


def test_records_are_deleted_up_to_an_offset_and_not_beyond_the_end(node, topic, tools):
    name = topic()
    tools.kcli("produce", name, stdin=lines(numbered(10)))
    assert administer(node, "delete-records", name, 0, 4) == ["4"]
    assert administer(node, "delete-records", name, 0, 11) == ["OFFSET_OUT_OF_RANGE"]
    assert administer(node, "delete-records", name, 9, 1) == ["UNKNOWN_TOPIC_OR_PARTITION"]
    assert len(tools.kcli("consume", name, "-o", "start", "-e", "-f", "%s\\n").splitlines()) == 6
    assert administer(node, "delete-records", name, 0, -1) == ["10"]


def test_partitions_are_added_and_not_taken_away(node, topic, tools):
    name = topic()
    assert administer(node, "add-partitions", name, 3) == ["done"]
    assert administer(node, "add-partitions", name, 2) == ["INVALID_PARTITIONS"]
    assert administer(node, "delete-records", name, 2, -1) == ["0"]


def test_a_group_forgets_one_offset_and_keeps_the_other(node, topic, group, tools):
    name = topic(2)
    for partition in (0, 1):
        assert administer(node, "commit", group, name, partition, 0) == ["done"]
    assert administer(node, "delete-offset", group, name, 1) == ["done"]
    assert [row["partition"] for row in kcli.rows(tools, "group", "lag", group)] == [0]
    assert administer(node, "delete-offset", f"no-{group}", name, 0) == ["GROUP_ID_NOT_FOUND"]


def test_a_member_that_is_not_there_cannot_be_removed(node, topic, group):
    assert administer(node, "commit", group, topic(), 0, 0) == ["done"]
    assert administer(node, "remove-instance", group, "nobody") == ["UNKNOWN_MEMBER_ID"]


def test_log_directories_hold_what_was_written(node, topic, tools):
    name = topic()
    tools.kcli("produce", name, stdin=lines(numbered(100)))
    [said] = administer(node, "log-dirs")
    sizes = dict(part.split("=") for part in said.split()[1:])
    assert int(sizes[f"{name}/0"]) > 100


def test_a_state_that_no_transaction_has_is_refused(node):
    assert administer(node, "transactions", "Running") == ["INVALID_REQUEST"]


def test_a_transaction_is_listed_described_and_aborted_behind_its_coordinator(own, peers):
    peers.kcli("topic", "create", "hanging")
    with Producer(own, "hanging-id") as producer:
        assert producer.transaction("hanging", ["a"], "stored") == "stored"
        assert "hanging-id Ongoing" in administer(own, "transactions", "Ongoing")
        assert administer(own, "transaction", "hanging-id") == ["Ongoing 1 1"]
        assert administer(own, "transaction", "nobody") == ["TRANSACTIONAL_ID_NOT_FOUND"]
        [open_one] = administer(own, "producers", "hanging", 0)
        assert open_one.endswith(" open")
        assert administer(own, "abort", "hanging", 0) == ["done"]
        [ended] = administer(own, "producers", "hanging", 0)
        assert ended.endswith(" -")
        producer.kill()


def test_credentials_are_what_kafkas_own_tool_sees(own, peers):
    assert administer(own, "set-credential", "bob", "secret", 8192) == ["done"]
    assert administer(own, "set-credential", "carol", "secret", 16) == ["UNACCEPTABLE_CREDENTIAL"]
    assert administer(own, "credentials", "bob", "carol") == ["bob 2:8192", "RESOURCE_NOT_FOUND"]
    assert administer(own, "credentials") == ["bob 2:8192"]
    said = peers.java("kafka.admin.ConfigCommand", "--describe", "--entity-type", "users", "--entity-name", "bob")
    assert "SCRAM-SHA-512=iterations=8192" in said
    assert administer(own, "delete-credential", "bob") == ["done"]
    assert administer(own, "delete-credential", "bob") == ["RESOURCE_NOT_FOUND"]


def test_quotas_of_a_user_and_of_all_others(own, peers):
    assert administer(own, "set-quota", "bob", "producer_byte_rate", 1024) == ["done"]
    assert administer(own, "set-quota", "", "request_percentage", 50) == ["done"]
    assert administer(own, "set-quota", "bob", "no_such_rate", 1) == ["INVALID_REQUEST"]
    assert sorted(administer(own, "quotas")) == ["user=<default> request_percentage=50", "user=bob producer_byte_rate=1024"]
    said = peers.java("kafka.admin.ConfigCommand", "--describe", "--entity-type", "users", "--entity-name", "bob")
    assert "producer_byte_rate=1024" in said
    assert administer(own, "remove-quota", "bob", "producer_byte_rate") == ["done"]
    assert administer(own, "quotas") == ["user=<default> request_percentage=50"]


def test_acls_are_what_kafkas_own_tool_sees(own, peers):
    assert administer(own, "add-acl", "User:bob", "orders-") == ["done"]
    assert administer(own, "add-acl", "bob", "orders-") == ["INVALID_REQUEST"]
    assert administer(own, "acls", "User:bob") == ['User:bob from * on topic prefixed "orders-": read allow']
    said = peers.java("AclCommand", "--list", "--principal", "User:bob")
    assert "patternType=PREFIXED" in said and "operation=READ, permissionType=ALLOW" in said
    assert administer(own, "delete-acls", "User:bob") == ["1"]
    assert administer(own, "acls", "User:bob") == []


def test_a_broker_without_an_authorizer_says_so(node):
    assert administer(node, "acls", "User:bob") == ["UNSUPPORTED_VERSION" if node.kind == "ours" else "SECURITY_DISABLED"]


def test_a_level_of_a_feature_goes_down_and_up(own):
    assert administer(own, "feature", "transaction.version", 99, "up") == ["INVALID_UPDATE_VERSION"]
    assert administer(own, "feature", "transaction.version", 1, "down") == ["done"]
    assert administer(own, "feature", "transaction.version", 2, "up") == ["done"]
