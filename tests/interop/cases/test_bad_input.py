"""The broker does with each bad input what docs/bad-input.md says: for Apache Kafka the table, for ours the same or a reason."""

from bad_input import framing, produce, records, services  # noqa: F401 (they register their cases)
from bad_input.case import Broker, data_file, observe_all
from bad_input.table import load, unexplained
from harness.nodes import running


def test_bad_input(node, tmp_path):
    # A broker of its own: what the cases leave behind is nobody else's.
    with running(node.kind, tmp_path) as fresh:
        seen = observe_all(Broker(fresh), lambda one: fresh.sasl_port or not one.sasl)
    if node.kind == "kafka":
        assert seen == load("kafka"), "the committed table is no longer what Apache Kafka does"
        return
    assert unexplained(load("kafka"), seen) == []
    assert seen == load("ours"), f"{data_file('ours').name} is old: bad_input/generate.py ours"
