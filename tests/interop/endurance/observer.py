"""Who reads what is copied while it is copied: librdkafka and our own consumer, both read_committed, from the first record on."""

import threading
from collections import Counter
from pathlib import Path

import confluent_kafka
from confluent_kafka import TopicPartition
from harness.nodes import built
from harness.process import Child


class Observer:
    """librdkafka's consumer in a thread of its own."""

    def __init__(self, address: str, topic: str, partitions: int):
        self.seen: Counter[str] = Counter()
        settings = {"bootstrap.servers": address, "group.id": "observer", "isolation.level": "read_committed"}
        self._consumer = confluent_kafka.Consumer(settings | {"enable.auto.commit": False})
        self._consumer.assign([TopicPartition(topic, p, confluent_kafka.OFFSET_BEGINNING) for p in range(partitions)])
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self):
        while not self._stop.is_set():
            self.seen.update(one.value().decode() for one in self._consumer.consume(500, 0.2) if not one.error())

    def end(self):
        self._stop.set()
        self._thread.join()
        self._consumer.close()


class OurObserver:
    """kcli, which has the SDK's consumer, in a process of its own."""

    def __init__(self, address: str, topic: str, folder: Path):
        command = [built("kcli"), "-B", address, "consume", topic, "-o", "start", "-f", "%s\\n"]
        self.child = Child(command, folder / "our-observer.log")

    @property
    def seen(self) -> Counter[str]:
        assert self.child.running(), self.child.output()[-1000:]
        return Counter(self.child.output().splitlines())

    def end(self):
        self.child.stop()
