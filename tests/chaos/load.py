"""Records that are sent while a cluster is struck, and what has to be true of them afterwards."""

import threading
from collections import deque

import klamm
from harness.waiting import until

KEYS, WINDOW = 8, 200


class Load:
    """One producer, acks=all and idempotent, in a thread of its own. Values count up; each key has every eighth."""

    def __init__(self, address: str, topic: str):
        self.address, self.topic = address, topic
        self.acknowledged: list[int] = []
        self.failed: list[tuple[int, str]] = []
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
        with klamm.Producer(self.address, linger_ms=1, delivery_timeout_ms=60_000) as producer:
            open_sends: deque = deque()
            number = 0
            while not self._stop.is_set() or open_sends:
                if not self._stop.is_set():
                    future = producer.send(self.topic, str(number).encode(), key=str(number % KEYS))
                    open_sends.append((number, future))
                    number += 1
                if len(open_sends) >= WINDOW or self._stop.is_set():
                    self._settle(*open_sends.popleft())

    def _settle(self, number: int, future) -> None:
        try:
            future.result(timeout=90)
            self.acknowledged.append(number)
        except klamm.Error as why:
            self.failed.append((number, str(why)))

    def check(self, case) -> None:
        """All that was acknowledged is there, once, in the order of its key; what failed may be there once."""
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
