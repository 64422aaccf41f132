"""The short form of what ./dev interop --long does for half an hour, on Apache Kafka of two versions."""

import pytest
from endurance import copy_loop, mixed_group
from harness.peers import KAFKA_VERSION, OLDER_KAFKA

SECONDS, ROUNDS = 75, 4


@pytest.fixture(autouse=True)
def on_kafka(request):
    if "kafka" not in (request.config.getoption("broker") or ["kafka"]):
        pytest.skip("klamm-broker has neither a transaction coordinator nor KIP-848's groups yet")


@pytest.mark.parametrize("version", (KAFKA_VERSION, OLDER_KAFKA))
def test_a_copy_is_exact_while_brokers_and_copiers_die(tmp_path, version):
    said = copy_loop.run(tmp_path, SECONDS, version, nodes=3)
    print(said)
    assert said["complete"] and said["wrong"] == {}, said
    # What was to be hidden was there.
    assert said["dropped on purpose"] > 0 and said["transactions"]["committed"] > 10, said
    assert len(said["blows"]) >= 3 and said["zombies"], said


def test_members_of_three_clients_share_a_group_through_restarts_and_conversions(tmp_path):
    said = mixed_group.run(tmp_path, ROUNDS, KAFKA_VERSION, nodes=1, of_each=1)
    print(said)
    assert said["complete"] and said["wrong"] == {}, said
    assert said["rounds that ended as"] == {"CLASSIC": 2, "CONSUMER": 2}, said
