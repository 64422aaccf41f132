"""Instructions that a record takes, which are the same on a busy machine: callgrind counts those of the whole process."""

import re

from harness.process import Failed, run

from runner.rows import Row, row
from runner.stage import OURS, PRODUCER, RDKAFKA, RDKAFKA_PRODUCER, broker, broker_name, command, produce, say, topic

FEW, MANY = 100_000, 300_000
# Batches end by their size alone: a clock runs on while callgrind counts.
BY_SIZE = {"batch.size": "16384", "linger.ms": "1000"}
COUNTED = re.compile(r"Collected : (\d+)")


def _counted(program: list[str]) -> int:
    valgrind = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"]
    said = run([*valgrind, *program], limit=600, both=True)
    found = COUNTED.search(said)
    if not found:
        raise Failed(f"callgrind counted nothing: {said}")
    return int(found[1])


def _each(program) -> float:
    """What start and end take is in both counts."""
    return (_counted(program(MANY)) - _counted(program(FEW))) / (MANY - FEW)


def _producing(client: str, node, name: str, partitions: int):
    properties = PRODUCER | (RDKAFKA_PRODUCER if client == RDKAFKA else {}) | BY_SIZE
    return lambda records: command(client, "produce", node, name, properties, partitions=partitions, records=records)


def instructions(_: int) -> list[Row]:
    """instructions of the client's process for each record of 100 B, counted by callgrind: batches of 16 KiB"""
    rows = []
    with broker("ours") as node:
        for partitions in (1, 100):
            say(f"instructions of producing to {partitions} partitions")
            with topic(node, partitions) as name:
                each = {client: _each(_producing(client, node, name, partitions)) for client in (OURS, RDKAFKA)}
            rows.append(_row(f"produce 100 B, {partitions} partition{'s' * (partitions > 1)}", each, node))
        say("instructions of consuming")
        with topic(node, 1) as name:
            produce(OURS, "produce", node, name, {"batch.size": "16384"}, records=2 * MANY)
            each = {
                client: _each(lambda records, client=client: command(client, "consume", node, name, records=records))
                for client in (OURS, RDKAFKA)
            }
        rows.append(_row("consume 100 B by iteration", each, node))
    return rows


def _row(what: str, each: dict[str, float], node) -> Row:
    return row("instructions", what, "instructions", [each[OURS]], [each[RDKAFKA]], peer=RDKAFKA, broker=broker_name(node))
