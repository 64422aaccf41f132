"""The Python package against a real broker in a process of its own."""

import threading
import unittest
from itertools import islice

import klamm
from broker import WithBroker


class WithTopics(WithBroker):
    def topic(self) -> str:
        return self.id().rsplit(".", 1)[-1]

    def produce(self, count: int, **options: object) -> None:
        with klamm.Producer(self.broker.address, **options) as producer:
            for i in range(count):
                producer.send(self.topic(), b"value %d" % i, key=b"key %d" % i)

    def read_all(self, **options: object) -> "list[klamm.Record]":
        with klamm.Consumer(
            self.broker.address, topics=[self.topic()], start="earliest", stop_at_end=True, **options
        ) as consumer:
            return list(consumer)


class ProducerTest(WithTopics):
    def test_a_future_tells_where_the_record_is(self) -> None:
        with klamm.Producer(self.broker.address) as producer:
            stored = producer.send(self.topic(), b"v", key=b"k").result(timeout=30)
            self.assertEqual((stored.topic, stored.offset), (self.topic(), 0))
            self.assertGreater(stored.timestamp, 1_700_000_000_000)

    def test_null_and_empty_and_headers_come_back_as_they_were_sent(self) -> None:
        with klamm.Producer(self.broker.address) as producer:
            producer.send(self.topic(), None, key=b"k")
            producer.send(self.topic(), b"", headers=[("h", b"\xff"), ("h", None)], timestamp=1_767_225_600_000)
        tombstone, empty = self.read_all()
        self.assertIsNone(tombstone.value)
        self.assertIsNone(tombstone.value_view)
        self.assertEqual(tombstone.key, b"k")
        self.assertEqual(empty.value, b"")
        self.assertIsNone(empty.key)
        self.assertEqual(empty.headers, [("h", b"\xff"), ("h", None)])
        self.assertEqual(empty.timestamp, 1_767_225_600_000)

    def test_a_record_that_is_too_large_is_refused_at_once(self) -> None:
        with klamm.Producer(self.broker.address) as producer:
            with self.assertRaises(klamm.KafkaError) as caught:
                producer.send(self.topic(), bytes(2 << 20))
            self.assertEqual(caught.exception.name, "MESSAGE_TOO_LARGE")

    def test_every_codec(self) -> None:
        for codec in ("none", "gzip", "snappy", "lz4", "zstd"):
            with self.subTest(codec):
                self.produce(100, compression_type=codec)
        self.assertEqual(len(self.read_all()), 500)

    def test_many_threads_share_one_producer(self) -> None:
        with klamm.Producer(self.broker.address) as producer:
            def send() -> None:
                for i in range(1000):
                    producer.send(self.topic(), b"%d" % i)
            threads = [threading.Thread(target=send) for _ in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            self.assertEqual(producer.flush(30), 0)
        self.assertEqual(len(self.read_all()), 4000)


class ConsumerTest(WithTopics):
    def test_a_kept_record_outlives_the_consumer(self) -> None:
        self.produce(3)
        records = self.read_all()
        self.assertEqual([record.value for record in records], [b"value 0", b"value 1", b"value 2"])
        self.assertEqual(bytes(records[1].value_view), b"value 1")

    def test_what_the_loop_has_passed_is_committed_and_no_more(self) -> None:
        self.produce(10)
        with klamm.Consumer(self.broker.address, topics=[self.topic()], group="passed", start="earliest") as consumer:
            for record in consumer:
                if record.offset == 4:
                    break  # in the middle of this one
            del record
        with klamm.Consumer(self.broker.address, topics=[self.topic()], group="passed", start="earliest") as consumer:
            first = next(iter(consumer))
            self.assertEqual(first.offset, 4)

    def test_an_exact_commit(self) -> None:
        self.produce(10)
        with klamm.Consumer(self.broker.address, topics=[self.topic()], group="exact", start="earliest") as consumer:
            list(islice(consumer, 1))
            consumer.commit([(self.topic(), 0, 7)])
            consumer.seek(self.topic(), 0, 7)
            self.assertEqual(next(iter(consumer)).offset, 7)

    def test_seek_and_position(self) -> None:
        self.produce(10)
        with klamm.Consumer(self.broker.address, start="earliest") as consumer:
            consumer.assign([(self.topic(), 0)])
            consumer.seek(self.topic(), 0, 5)
            self.assertEqual([record.offset for record in islice(consumer, 3)], [5, 6, 7])
            self.assertEqual(consumer.assignment(), [(self.topic(), 0)])


class ConfigurationTest(unittest.TestCase):
    def test_every_fault_is_named_with_the_nearest_known_name(self) -> None:
        with self.assertRaises(klamm.ConfigError) as caught:
            klamm.Producer("localhost:1", lingr_ms=5, acks="most")
        faults = {name: problem for name, _, problem in caught.exception.faults}
        self.assertIn("linger.ms", faults["lingr.ms"])
        self.assertIn("acks", faults)

    def test_a_closed_producer_says_so(self) -> None:
        producer = klamm.Producer("localhost:1")
        producer.close(0.1)
        with self.assertRaises(ValueError):
            producer.send("t", b"v")


if __name__ == "__main__":
    unittest.main()
