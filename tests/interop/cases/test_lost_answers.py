"""Our producer through a network that loses answers after the broker did what it was asked, breaks off in mid-frame, and says things twice."""

import json

from harness import raw
from harness.nodes import built
from harness.process import run
from harness.proxy import proxied

RULES = ("--drop", "Produce:37", "--reset", "101", "--copy", "Produce:11")
PARTITIONS = 6


def pytest_generate_tests(metafunc):
    metafunc.parametrize("kind", metafunc.config.getoption("broker") or ["kafka"])


def delivered(kind: str, folder, records: int, *properties: str) -> dict:
    """What exactly_once says of a run through the proxy, `stored` by the broker's own count, and the proxy's `faults`."""
    with proxied(kind, folder, *RULES) as (node, proxy):
        command = [built("exactly_once"), proxy.address, "orders", str(records), str(PARTITIONS), "batch.size=16384"]
        said = json.loads(run([*command, *properties], limit=600))
        with raw.Connection(node.port) as connection:
            said["stored"] = sum(connection.end_offset("orders", p) for p in range(PARTITIONS))
        said["faults"] = proxy.stop()
    print(said)
    return said


def test_two_million_records_arrive_once_and_in_order(kind, tmp_path):
    said = delivered(kind, tmp_path, 2_000_000)
    faults = said["faults"]
    assert faults["dropped"]["Produce"] > 20 and faults["resets"] > 20 and faults["copied"]["Produce"] > 20, said
    assert said["acknowledged"] == said["arrived"] == said["stored"] == 2_000_000, said
    for wrong in ("failed", "untold", "told_again", "duplicates", "reordered", "foreign", "lost"):
        assert said[wrong] == 0, said


def test_control_without_idempotence_records_come_twice(kind, tmp_path):
    said = delivered(kind, tmp_path, 200_000, "enable.idempotence=false")
    assert said["duplicates"] > 0 and said["stored"] == said["arrived"] == 200_000 + said["duplicates"], said
    assert said["acknowledged"] == 200_000 and said["lost"] == said["foreign"] == 0, said
