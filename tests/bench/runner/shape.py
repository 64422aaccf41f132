"""What a client makes of its work: how many threads, how many requests."""

from functools import partial

from harness.cluster import running_cluster
from harness.proxy import proxied

from runner.rows import Row, row
from runner.stage import OURS, RDKAFKA, column, folder, produce, say, take_turns, topic

RATE, RECORDS, PARTITIONS = 30_000, 60_000, 100
CLIENTS = (OURS, RDKAFKA)


def _threads(runs: int) -> Row:
    """Of a process whose main thread produces, and another consumes."""
    with folder() as place, running_cluster(place) as cluster, topic(cluster, 6, ["-r", "3"]) as name:
        options = {"partitions": 6, "rate": 5000, "records": 10_000}
        once = {client: partial(produce, client, "memory", cluster, name, **options) for client in CLIENTS}
        results = take_turns(runs, once)
        # Both have the main thread, and the one that consumes.
        threads = [[count - 2 for count in column(results[client], "threads")] for client in CLIENTS]
        return row("shape", "threads of a producer and a consumer, but for the application's", "threads", *threads, peer=RDKAFKA, broker="three brokers")


def _requests(client: str) -> float:
    with folder() as place, proxied("ours", place) as (node, proxy):
        with topic(node, PARTITIONS) as name:
            produce(client, "produce", node, name, partitions=PARTITIONS, rate=RATE, records=RECORDS)
        return proxy.stop()["requests"]["Produce"]


def shape(runs: int) -> list[Row]:
    """the threads that a client has of its own, and its requests for records of a hundred partitions"""
    say("threads of the clients")
    rows = [_threads(runs)]
    say("requests of the clients")
    results = take_turns(runs, {client: partial(_requests, client) for client in CLIENTS})
    what = f"Produce requests for {RECORDS:,} records of {PARTITIONS} partitions, {RATE:,} a second"
    return [*rows, row("shape", what, "requests", *(results[client] for client in CLIENTS), peer=RDKAFKA, broker="klamm-broker")]
