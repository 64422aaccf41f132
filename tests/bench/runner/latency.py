"""How long one record takes."""

from functools import partial

from runner.rows import Row, Target, row
from runner.stage import JAVA, OURS, RDKAFKA, broker, broker_name, column, compile_java, folder, java, produce, say, take_turns, topic

RECORDS, WARM, PAUSE_US = 400, 400, 2000
AT_ONCE = {"linger.ms": "0"}


def ack(runs: int) -> list[Row]:
    """an idle producer's record to its acknowledgement, linger 0, 2 ms between records"""
    rows = []
    with folder() as classes:
        compile_java("AckLatency", classes)
        for kind in ("ours", "kafka"):
            with broker(kind) as node, topic(node) as name:
                say(f"acknowledgements of {broker_name(node)}")
                options = {"records": RECORDS, "warm": WARM, "pause": PAUSE_US}
                by_java = (node.address, name, str(RECORDS), str(WARM), str(PAUSE_US))
                ways = {client: partial(produce, client, "ack", node, name, AT_ONCE, **options) for client in (OURS, RDKAFKA)}
                ways[JAVA] = partial(java, classes, "AckLatency", *by_java)
                results = take_turns(runs, ways)
                for peer in (RDKAFKA, JAVA):
                    for part, words in (("p50", "median"), ("p99", "99th percentile")):
                        ours, theirs = column(results[OURS], part), column(results[peer], part)
                        rows.append(
                            row(
                                "ack",
                                f"one record, idle producer, to its acknowledgement: {words}",
                                "us",
                                ours,
                                theirs,
                                Target("at most", 0.5),
                                peer=peer,
                                broker=broker_name(node),
                            )
                        )
    return rows


def first(runs: int) -> list[Row]:
    """construction of an idempotent producer to its first acknowledged record"""
    rows = []
    for kind in ("ours", "kafka"):
        with broker(kind) as node, topic(node) as name:
            say(f"first acknowledgement of {broker_name(node)}")
            ways = {client: partial(produce, client, "first", node, name, AT_ONCE, records=3) for client in (OURS, RDKAFKA)}
            results = take_turns(runs, ways)
            rows.append(
                row(
                    "first",
                    "construction to the first acknowledged idempotent record",
                    "us",
                    column(results[OURS], "p50"),
                    column(results[RDKAFKA], "p50"),
                    Target("at most", 1 / 20),
                    peer=RDKAFKA,
                    broker=broker_name(node),
                )
            )
    return rows
