"""What is copied: written by librdkafka's transactional producer, which aborts every fourth of its transactions on purpose."""

import threading
from collections import Counter

from confluent_kafka import KafkaException, Producer

LIMIT = 10.0  # beyond it another producer goes on
BATCH = 40
ABORTED = "aborted-"


class Feeder:
    """A thread of its own. No value is sent twice; those of transactions that nobody asked to commit begin with "aborted-"."""

    def __init__(self, address: str, topic: str, rate: int):
        self.topic, self.rate = topic, rate
        self.committed: set[str] = set()
        self.troubles: Counter[str] = Counter()  # what strikes the feeder, too
        self._settings = {"bootstrap.servers": address, "transactional.id": "feeder", "transaction.timeout.ms": 10_000}
        self._count = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def end(self):
        self._stop.set()
        self._thread.join()

    def _run(self):
        producer = None
        while not self._stop.wait(BATCH / self.rate):
            self._count += 1
            try:
                producer = producer or self._begun()
                self._transaction(producer)
            except KafkaException as why:
                self.troubles[why.args[0].name()] += 1
                # Another producer under the same id settles what this one left open; what came of it is read from the log.
                producer = None

    def _begun(self) -> Producer:
        producer = Producer(self._settings)
        producer.init_transactions(LIMIT)
        return producer

    def _transaction(self, producer: Producer):
        aborts = self._count % 4 == 0
        values = [f"{ABORTED if aborts else 'kept-'}{self._count}-{n}" for n in range(BATCH)]
        producer.begin_transaction()
        for value in values:
            producer.produce(self.topic, value.encode(), value.encode())
        if aborts:
            producer.flush(LIMIT)
            producer.abort_transaction(LIMIT)
        else:
            producer.commit_transaction(LIMIT)
            self.committed.update(values)
