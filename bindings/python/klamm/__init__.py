"""An Apache Kafka client: native, typed, at least once by default.

Options are keyword arguments named as Kafka's properties with underscores: ``linger_ms=5``, ``compression_type="lz4"``,
``auto_offset_reset="earliest"``. An unknown name raises ConfigError with the nearest known one.
"""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Callable, Iterator, List, Optional, Sequence, Tuple, Type, Union

from . import _native
from ._native import ConfigError, Future, KafkaError, Record, RecordMetadata

__all__ = ["ConfigError", "Consumer", "Future", "KafkaError", "Producer", "Record", "RecordMetadata"]

Option = Union[str, int, float, bool, Sequence[str]]
Topics = Union[str, Sequence[str]]
TopicPartition = Tuple[str, int]
Headers = Sequence[Tuple[str, Optional[bytes]]]


def _properties(bootstrap: str, options: "dict[str, Option]") -> "dict[str, str]":
    properties = {"bootstrap.servers": bootstrap}
    for name, value in options.items():
        if isinstance(value, bool):
            text = str(value).lower()
        elif isinstance(value, (str, int, float)):
            text = str(value)
        else:
            try:
                text = ",".join(value)
            except TypeError:
                raise TypeError(f"the option {name} is {value!r}: no text, number, bool or list of texts") from None
        properties[name.replace("_", ".")] = text
    return properties


def _names(topics: Topics) -> List[str]:
    return [topics] if isinstance(topics, str) else list(topics)


def _close(client: "Union[Producer, Consumer]", error: Optional[BaseException]) -> None:
    """The end of a ``with`` block: what the block raised goes first, and what went wrong in closing is a note to it."""
    try:
        client.close()
    except KafkaError as lost:
        if error is None:
            raise
        if sys.version_info >= (3, 11):
            error.add_note(f"and closing failed: {lost}")


class Producer:
    """Sends records. Thread-safe. Leaving a ``with`` block flushes and closes, and raises if a record was lost.

    Ctrl-C ends every call that waits. In ``close`` it gives up what was not stored yet.
    """

    def __init__(self, bootstrap_servers: str = "localhost:9092", **options: Option) -> None:
        self._native = _native.Producer(_properties(bootstrap_servers, options))

    def send(
        self,
        topic: str,
        value: Optional[bytes],
        key: Optional[bytes] = None,
        headers: Headers = (),
        partition: Optional[int] = None,
        timestamp: Optional[int] = None,
    ) -> Future:
        """Takes a record and returns at once, unless the topic is not known yet or the memory for unsent records is used
        up: then it waits, for ``max_block`` at most (60 s unless ``max.block.ms`` says otherwise).

        A value of None is a tombstone. ``timestamp`` is in milliseconds since 1970. The future may be dropped.
        """
        return self._native.send(topic, value, key, list(headers), partition, timestamp)

    def flush(self, timeout: Optional[float] = None) -> int:
        """Waits until every record is stored or has failed; returns how many are still open after ``timeout`` seconds.

        Raises KafkaError if records failed since the last flush.
        """
        return self._native.flush(timeout)

    def close(self, timeout: float = 10.0) -> None:
        """Sends what is left, for at most ``timeout`` seconds. Raises KafkaError for what it gave up."""
        self._native.close(timeout)

    def __enter__(self) -> "Producer":
        return self

    def __exit__(
        self, kind: Optional[Type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        _close(self, error)


class Consumer:
    """Reads records, of a group's partitions or of all partitions of some topics. An iterator of records.

    ``start`` is where to begin without a committed offset: "earliest" or "latest". With ``stop_at_end`` the iteration ends
    once everything that is there has been read; in a group, everything of what it assigned, as soon as that is something.
    A record counts as processed when the loop asks for the next one: after an
    exception or a break the current record comes again.

    ``on_rebalance(kind, partitions)`` hears what the group gives and takes, in the thread that polls: "assigned" before the
    first record of these partitions, so that ``seek`` there works; "revoked" before others get them, so that ``commit`` does,
    and for all of them in ``close`` and ``assign``; "lost" when others may have them already. What it raises comes out of the
    poll, after which the group goes on, or out of ``assign``, which then has done nothing, or of ``close`` at its end.
    """

    def __init__(
        self,
        bootstrap_servers: str = "localhost:9092",
        topics: Topics = (),
        group: Optional[str] = None,
        start: str = "latest",
        stop_at_end: bool = False,
        on_rebalance: Optional[Callable[[str, List[TopicPartition]], object]] = None,
        **options: Option,
    ) -> None:
        options.setdefault("auto_offset_reset", start)
        if group is not None:
            options["group_id"] = group
        else:
            options.setdefault("enable_auto_commit", False)
        self._native = _native.Consumer(_properties(bootstrap_servers, options), on_rebalance)
        self._stop_at_end = stop_at_end
        if not topics:
            return
        if group is not None:
            self._native.subscribe(_names(topics))
        else:
            self._native.assign_topics(_names(topics))

    def subscribe(self, topics: Topics) -> None:
        """Reads what the group assigns of these topics."""
        self._native.subscribe(_names(topics))

    def assign(self, partitions: Sequence[TopicPartition]) -> None:
        """Reads exactly these partitions."""
        self._native.assign(list(partitions))

    def poll(self, timeout: Optional[float] = None) -> Iterator[Record]:
        """The next records, as soon as there is one; none after ``timeout`` seconds. Ctrl-C ends the wait."""
        return self._native.poll(timeout)

    def __iter__(self) -> Iterator[Record]:
        while True:
            empty = True
            for record in self._native.poll(0.2):
                empty = False
                yield record
            if empty and self._stop_at_end and self._native.at_end():
                return

    def commit(self, offsets: Optional[Sequence[Tuple[str, int, int]]] = None) -> None:
        """Commits what the loop has passed, or exactly ``(topic, partition, next offset)``, and waits for the answer."""
        self._native.commit(None if offsets is None else list(offsets))

    def assignment(self) -> List[TopicPartition]:
        return self._native.assignment()

    def position(self, topic: str, partition: int) -> int:
        """The first offset that the loop has not passed; -1 while it is not known."""
        return self._native.position((topic, partition))

    def seek(self, topic: str, partition: int, offset: int) -> None:
        self._native.seek((topic, partition), offset)

    def pause(self, partitions: Sequence[TopicPartition]) -> None:
        self._native.pause(list(partitions))

    def resume(self, partitions: Sequence[TopicPartition]) -> None:
        self._native.resume(list(partitions))

    def close(self, timeout: float = 10.0) -> None:
        """Commits what was passed, leaves the group, and ends, within ``timeout`` seconds."""
        self._native.close(timeout)

    def __enter__(self) -> "Consumer":
        return self

    def __exit__(
        self, kind: Optional[Type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        _close(self, error)
