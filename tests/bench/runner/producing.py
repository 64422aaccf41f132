"""What producing costs the client, and how fast it goes."""

import json
from functools import partial

from harness.nodes import built
from harness.process import run

from runner.rows import Row, Target, row
from runner.stage import OURS, RDKAFKA, broker, broker_name, column, produce, say, take_turns, topic

RATE = 300_000
LIMIT = "encode, checksum, write to a loopback socket"


def _turns(node, runs: int, partitions: int, **options) -> dict[str, list[dict]]:
    def once(client):
        with topic(node, partitions) as name:
            return produce(client, "produce", node, name, partitions=partitions, **options)

    return take_turns(runs, {client: partial(once, client) for client in (OURS, RDKAFKA)})


def rate(runs: int) -> list[Row]:
    """client CPU of producing 100 B at a fixed rate, 1 and 100 partitions, on our broker and on Apache Kafka"""
    rows = []
    for kind in ("ours", "kafka"):
        with broker(kind) as node:
            if kind == "kafka":
                say("warming Apache Kafka up")
                _turns(node, 1, 100, records=2_000_000)
            for partitions in (1, 100):
                say(f"produce at {RATE} records/s to {partitions} partitions of {broker_name(node)}")
                results = _turns(node, runs, partitions, rate=RATE, warm=RATE, records=2 * RATE)
                rows.append(
                    row(
                        "rate",
                        f"produce 100 B at {RATE:,} records/s, {partitions} partition{'s' * (partitions > 1)}: client CPU",
                        "us/record",
                        column(results[OURS], "cpu_us_per_record"),
                        column(results[RDKAFKA], "cpu_us_per_record"),
                        Target("at most", 0.25),
                        peer=RDKAFKA,
                        broker=broker_name(node),
                    )
                )
    return rows


def most(runs: int) -> list[Row]:
    """the most that is produced to our broker, 100 B"""
    rows = []
    with broker("ours") as node:
        for partitions in (1, 100):
            say(f"produce as fast as it goes to {partitions} partitions")
            results = _turns(node, runs, partitions, warm=500_000, records=3_000_000)
            rows.append(
                row(
                    "most",
                    f"produce 100 B as fast as it goes, {partitions} partition{'s' * (partitions > 1)}",
                    "records/s",
                    column(results[OURS], "per_second"),
                    column(results[RDKAFKA], "per_second"),
                    Target("at least", 3),
                    peer=RDKAFKA,
                    broker=broker_name(node),
                )
            )
    return rows


def limit(runs: int) -> list[Row]:
    """how near producing comes to what the machine allows: records encoded, checksummed and written to a socket that is drained"""
    fast = {"warm": 500_000, "records": 3_000_000}

    def bare() -> dict:
        return json.loads(run([built("limit"), "-", *(f"--{name}={value}" for name, value in fast.items())], limit=180))

    with broker("ours") as node:
        say("produce as fast as it goes, and the same without a protocol")

        def ours() -> dict:
            with topic(node) as name:
                return produce(OURS, "produce", node, name, **fast)

        results = take_turns(runs, {OURS: ours, LIMIT: bare})
        speeds = [column(results[who], "per_second") for who in (OURS, LIMIT)]
        what = "produce 100 B as fast as it goes, 1 partition"
        return [row("limit", what, "records/s", *speeds, Target("at least", 0.7), peer=LIMIT, broker=broker_name(node))]


def zstd(runs: int) -> list[Row]:
    """how much of a compressing producer's CPU its input and output thread takes"""
    with broker("ours") as node:
        say("produce with zstd")
        shares = []
        for _ in range(runs):
            with topic(node, 100) as name:
                how = {"compression.type": "zstd"}
                done = produce(OURS, "io_share", node, name, how, partitions=100, rate=RATE, records=3 * RATE)
                shares.append(100 * done["io_share"])
        what = f"zstd, linger 5 ms, 100 partitions, {RATE:,} records/s of 100 B: I/O thread's share of the process's CPU"
        return [row("zstd", what, "%", shares, target=Target("at most", 25, "%"), broker=broker_name(node))]
