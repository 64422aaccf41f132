"""Records that are sent while a cluster is struck, and what has to be true of them afterwards."""

import threading
import time
from collections import deque

import klamm
from harness.waiting import until

KEYS, WINDOW = 8, 200


class Load:
    """One producer in a thread of its own. Values count up; each key has every eighth. `rate`: records a second at most; 0: all it can."""

    def __init__(self, address: str, topic: str, acks: str = "all", rate: int = 0, padding: int = 0, **options: object):
        self.address, self.topic, self.rate, self.padding = address, topic, rate, padding
        self.options = {"acks": acks, "enable_idempotence": acks == "all", "linger_ms": 1, "delivery_timeout_ms": 60_000} | options
        self.acknowledged: list[int] = []
        self.failed: list[tuple[int, str]] = []
        self.longest_silence = 0.0  # seconds between two acknowledgements
        self._last = time.monotonic()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def until_more(self, count: int = 300, limit: float = 20.0) -> None:
        """Progress: so many records more are acknowledged."""
        target = len(self.acknowledged) + count
        until(lambda: len(self.acknowledged) >= target, f"{count} records are acknowledged", limit, 0.01)

    def end(self) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        with klamm.Producer(self.address, **self.options) as producer:
            open_sends: deque = deque()
            number, started = 0, time.monotonic()
            while not self._stop.is_set() or open_sends:
                if not self._stop.is_set():
                    future = producer.send(self.topic, str(number).ljust(self.padding).encode(), key=str(number % KEYS))
                    open_sends.append((number, future))
                    number += 1
                    if self.rate:
                        self._stop.wait(max(0.0, started + number / self.rate - time.monotonic()))
                if len(open_sends) >= WINDOW or self._stop.is_set():
                    self._settle(*open_sends.popleft())

    def _settle(self, number: int, future) -> None:
        try:
            future.result(timeout=90)
            self.longest_silence = max(self.longest_silence, time.monotonic() - self._last)
            self._last = time.monotonic()
            self.acknowledged.append(number)
        except klamm.KafkaError as why:
            self.failed.append((number, str(why)))

    def check(self, case) -> int:
        """All that was acknowledged is there, once, in the order of its key. How much that was."""
        read: dict[int, list[int]] = {key: [] for key in range(KEYS)}
        with klamm.Consumer(self.address, topics=self.topic, start="earliest", stop_at_end=True) as consumer:
            for record in consumer:
                value = int(record.value)
                read[value % KEYS].append(value)
        for values in read.values():
            case.assertEqual(values, sorted(set(values)), "a key's records are out of order, or there twice")
        present = {value for values in read.values() for value in values}
        lost = [value for value in self.acknowledged if value not in present]
        case.assertEqual(lost, [], f"{len(lost)} acknowledged records are lost")
        case.assertEqual(self.failed, [])
        return len(self.acknowledged)
