"""What consuming costs the client, and how fast it goes, in C++ and in Python."""

from functools import partial

from runner.rows import Row, Target, not_built, row
from runner.stage import OURS, RDKAFKA, broker, broker_name, column, load, produce, python, say, take_turns, topic

RECORDS = 6_000_000
PARTITIONS = 4
SECONDS = 3  # the longest that a slow reader reads


def consume(runs: int) -> list[Row]:
    """client CPU and rate of consuming 100 B at default settings, from our broker and from Apache Kafka"""
    rows = []
    for kind in ("ours", "kafka"):
        with broker(kind) as node, topic(node, PARTITIONS) as name:
            say(f"consume from {broker_name(node)}")
            produce(OURS, "produce", node, name, partitions=PARTITIONS, records=RECORDS)
            options = {"partitions": PARTITIONS, "warm": 200_000, "records": RECORDS * 9 // 10, "seconds": SECONDS}
            read = partial(load, node=node, topic=name, **options)
            results = take_turns(
                runs,
                {
                    OURS: partial(read, OURS, "consume"),
                    RDKAFKA: partial(read, RDKAFKA, "consume"),
                    "in batches": partial(read, RDKAFKA, "consume_batch"),
                },
            )
            rows += _rows(results, broker_name(node))
    return rows


def _rows(results: dict[str, list[dict]], where: str) -> list[Row]:
    cost, speed = "cpu_us_per_record", "per_second"
    ours, polls, batches = results[OURS], results[RDKAFKA], results["in batches"]
    made = partial(row, "consume", broker=where)
    in_batches = f"{RDKAFKA}, in batches of 10,000"
    return [
        made("consume 100 B: client CPU", "us/record", column(ours, cost), column(polls, cost), Target("at most", 1 / 3), peer=RDKAFKA),
        made("consume 100 B by iteration", "records/s", column(ours, speed), column(polls, speed), Target("at least", 5), peer=RDKAFKA),
        made("consume 100 B: client CPU", "us/record", column(ours, cost), column(batches, cost), peer=in_batches),
        made("consume 100 B by iteration", "records/s", column(ours, speed), column(batches, speed), peer=in_batches),
    ]


def in_python(runs: int) -> list[Row]:
    """records a second out of Python's consumers"""
    peer = "confluent-kafka 2.16.1"
    with broker("ours") as node, topic(node, PARTITIONS) as name:
        say("consume in Python")
        produce(OURS, "produce", node, name, partitions=PARTITIONS, records=2_000_000)
        read = partial(python, "consume.py")
        where = (node.address, name, str(PARTITIONS), "1800000", str(SECONDS))
        results = take_turns(runs, {way: partial(read, way, *where) for way in ("klamm", "confluent-poll", "confluent-consume")})
        ours = column(results["klamm"], "per_second")
        made = partial(row, "python", broker=broker_name(node), unit="records/s", ours=ours)
        return [
            made(
                what="Python, record by record",
                theirs=column(results["confluent-poll"], "per_second"),
                target=Target("at least", 2),
                peer=f"{peer}, poll()",
            ),
            made(
                what="Python, record by record",
                theirs=column(results["confluent-consume"], "per_second"),
                target=Target("at least", 2),
                peer=f"{peer}, consume(10000)",
            ),
            not_built("python", "Python, batches to Arrow and NumPy", Target("at least", 20), peer=peer),
        ]
