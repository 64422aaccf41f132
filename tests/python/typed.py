"""A program that uses everything there is, for mypy --strict; it is not run."""

from __future__ import annotations

import klamm


def produce(address: str) -> int:
    with klamm.Producer(address, compression_type="lz4", linger_ms=5, enable_idempotence=True) as producer:
        future: klamm.Future = producer.send("t", b"v", key=b"k", headers=[("h", b"1"), ("n", None)], partition=0)
        producer.send("t", None, timestamp=1_767_225_600_000)
        stored: klamm.RecordMetadata = future.result(timeout=5)
        error: klamm.KafkaError | None = future.exception()
        if error is not None and error.retriable and not (error.fatal or error.abortable or error.maybe_written):
            print(error.code + 1, error.name.lower())
        producer.flush(1.0)
        return stored.offset + stored.partition + stored.timestamp + len(stored.topic)


def consume(address: str) -> list[bytes | None]:
    strategies = ["range", "cooperative-sticky"]
    with klamm.Consumer(address, topics=["t"], group="g", stop_at_end=True, partition_assignment_strategy=strategies) as consumer:
        values = [record.value for record in consumer]
        views: list[memoryview | None] = [record.value_view for record in consumer.poll(0.1)]
        consumer.commit([("t", 0, consumer.position("t", 0) + len(views))])
        consumer.pause(consumer.assignment())
        consumer.close(timeout=1)
        return values


def misconfigure() -> list[tuple[str, str, str]]:
    try:
        klamm.Consumer(topics="t", nope=1)
    except klamm.ConfigError as wrong:
        return wrong.faults
    return []
