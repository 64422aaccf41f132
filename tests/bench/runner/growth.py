"""What a record and a request cost where there are very many partitions and connections, beside one of each."""

from functools import partial

from runner.rows import Row, Target, row
from runner.stage import OURS, broker, broker_cpu, broker_name, column, load, produce, replay, say, take_turns, topic

RATE = 300_000
# Of a topic that one request creates: 9,999 and their topic are as many records of metadata as one may make.
MANY_PARTITIONS, MANY_CONNECTIONS = 9_999, 1_000
SECONDS = 3
TWICE = Target("at most", 2)


def _produced(node, name: str) -> dict:
    """Without keys: the client chooses, so that batches are as large as with one partition."""
    before = broker_cpu(node)
    done = produce(OURS, "produce", node, name, partitions=0, rate=RATE, warm=RATE, records=2 * RATE)
    return done | {"broker_us_per_record": (broker_cpu(node) - before) * 1e6 / (3 * RATE)}


def _row(what: str, unit: str, many: str, results: dict[int, list[dict]], cost: str, node) -> Row:
    one, more = sorted(results)
    return row("growth", what, unit, column(results[more], cost), column(results[one], cost), TWICE, peer=many, broker=broker_name(node))


def _partitions(node, runs: int) -> list[Row]:
    counts = (1, MANY_PARTITIONS)
    with topic(node) as single, topic(node, MANY_PARTITIONS) as large:
        names = dict(zip(counts, (single, large)))
        say(f"produce to one partition and to {MANY_PARTITIONS}")
        produced = take_turns(runs, {count: partial(_produced, node, name) for count, name in names.items()})
        say(f"consume from one partition and from {MANY_PARTITIONS}")
        # A third of what is there: a poll may bring very much.
        read = {
            count: partial(load, OURS, "consume", node, name, partitions=count, warm=RATE // 10, records=runs * RATE, seconds=30)
            for count, name in names.items()
        }
        consumed = take_turns(runs, read)
    made = partial(_row, unit="us/record", many="with 1 partition", node=node)
    return [
        made(f"produce 100 B to {MANY_PARTITIONS:,} partitions, without keys: client CPU", results=produced, cost="cpu_us_per_record"),
        made(f"produce 100 B to {MANY_PARTITIONS:,} partitions, without keys: broker CPU", results=produced, cost="broker_us_per_record"),
        made(f"consume 100 B from {MANY_PARTITIONS:,} partitions: client CPU", results=consumed, cost="cpu_us_per_record"),
    ]


def _connections(node, runs: int) -> list[Row]:
    def once(count: int) -> dict:
        with topic(node, 6) as name:
            before = broker_cpu(node)
            done = replay(node, name, 6, size=100, connections=count, in_flight=1, batch=1, warm=0, seconds=SECONDS)
            return {"broker_us_per_request": (broker_cpu(node) - before) * 1e6 / (done["requests_per_second"] * SECONDS)}

    say(f"one connection and {MANY_CONNECTIONS}")
    results = take_turns(runs, {count: partial(once, count) for count in (1, MANY_CONNECTIONS)})
    what = f"one record of 100 B a request, {MANY_CONNECTIONS:,} connections: broker CPU"
    return [_row(what, "us/request", "with 1 connection", results, "broker_us_per_request", node)]


def growth(runs: int) -> list[Row]:
    """what a record costs with 9,999 partitions, and a request with 1,000 connections, beside one of each"""
    with broker("ours") as node:
        return _partitions(node, runs) + _connections(node, runs)
