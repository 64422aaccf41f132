"""The Python package against a real broker in a process of its own."""

import os
import signal
import socket
import subprocess
import sys
import threading
import unittest
from itertools import islice
from typing import Callable

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

    def test_a_partition_or_time_below_zero_is_a_mistake(self) -> None:
        with klamm.Producer(self.broker.address) as producer:
            for wrong in ({"partition": -1}, {"timestamp": -5}):
                with self.assertRaises(ValueError):
                    producer.send(self.topic(), b"v", **wrong)

    def test_a_time_without_end_is_one(self) -> None:
        with klamm.Producer(self.broker.address) as producer:
            producer.send(self.topic(), b"v")
            self.assertEqual(producer.flush(1e300), 0)
            producer.close(float("inf"))

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
    def test_a_topic_may_be_named_alone(self) -> None:
        self.produce(1)
        with klamm.Consumer(self.broker.address, topics=self.topic(), start="earliest", stop_at_end=True) as consumer:
            self.assertEqual([record.topic for record in consumer], [self.topic()])

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
            consumer.seek(self.topic(), 0, 7)  # or the end of the block commits what the loop has passed
        with klamm.Consumer(self.broker.address, topics=[self.topic()], group="exact", start="earliest") as consumer:
            self.assertEqual(next(iter(consumer)).offset, 7)

    def test_an_offset_below_zero_is_a_mistake(self) -> None:
        self.produce(1)
        with klamm.Consumer(self.broker.address, topics=[self.topic()], group="below", start="earliest") as consumer:
            self.assertEqual(next(iter(consumer)).offset, 0)
            for wrong in (lambda: consumer.commit([(self.topic(), 0, -7)]), lambda: consumer.seek(self.topic(), 0, -7)):
                with self.assertRaises(klamm.KafkaError) as caught:
                    wrong()
                self.assertEqual(caught.exception.name, "INVALID_OPTIONS")
                self.assertIn(f'-7 is no offset to go on from in "{self.topic()}" partition 0', str(caught.exception))

    def test_a_group_member_hears_what_it_gets_and_gives_up(self) -> None:
        self.produce(10)
        story: "list[object]" = []

        def on_rebalance(kind: str, partitions: "list[tuple[str, int]]") -> None:
            story.append((kind, partitions))
            if kind == "assigned":
                consumer.seek(self.topic(), 0, 8)
            else:
                consumer.commit([(self.topic(), 0, 9)])
                consumer.seek(self.topic(), 0, 9)

        consumer = klamm.Consumer(
            self.broker.address, topics=[self.topic()], group="hears", start="earliest", on_rebalance=on_rebalance
        )
        with consumer:
            story.append(next(iter(consumer)).offset)
        everything = [(self.topic(), 0)]
        self.assertEqual(story, [("assigned", everything), 8, ("revoked", everything)])
        with klamm.Consumer(self.broker.address, topics=[self.topic()], group="hears", start="earliest") as consumer:
            self.assertEqual(next(iter(consumer)).offset, 9)

    def test_what_on_rebalance_raises_comes_out_of_the_poll_and_the_group_goes_on(self) -> None:
        self.produce(1)
        raised = []

        def on_rebalance(kind: str, partitions: "list[tuple[str, int]]") -> None:
            if not raised:
                raised.append(kind)
                raise LookupError(kind)

        with klamm.Consumer(
            self.broker.address, topics=[self.topic()], group="raises", start="earliest", on_rebalance=on_rebalance
        ) as consumer:
            with self.assertRaisesRegex(LookupError, "assigned"):
                consumer.poll(30)
            self.assertEqual(next(iter(consumer)).offset, 0)

    def test_seek_and_position(self) -> None:
        self.produce(10)
        with klamm.Consumer(self.broker.address, start="earliest") as consumer:
            consumer.assign([(self.topic(), 0)])
            consumer.seek(self.topic(), 0, 5)
            self.assertEqual([record.offset for record in islice(consumer, 3)], [5, 6, 7])
            self.assertEqual(consumer.assignment(), [(self.topic(), 0)])


class SharingTest(WithTopics):
    def end_under_load(self, work: "Callable[[], object]", close: "Callable[[], object]") -> None:
        """Threads work until the client is closed under them."""
        started, ends = threading.Barrier(5), []

        def run() -> None:
            work()
            started.wait(30)
            try:
                while True:
                    work()
            except (klamm.KafkaError, ValueError) as end:
                ends.append(getattr(end, "name", "closed"))

        threads = [threading.Thread(target=run) for _ in range(4)]
        for thread in threads:
            thread.start()
        started.wait(30)
        close()
        for thread in threads:
            thread.join(30)
        self.assertEqual({end.lower() for end in ends}, {"closed"})
        self.assertEqual(len(ends), 4)

    def test_a_producer_is_closed_while_others_send(self) -> None:
        producer = klamm.Producer(self.broker.address)

        def close() -> None:
            try:
                producer.close()
            except klamm.KafkaError as lost:  # what the others sent meanwhile
                self.assertEqual(lost.name, "CLOSED")

        self.end_under_load(lambda: producer.send(self.topic(), b"v"), close)

    def test_a_consumer_is_closed_while_others_poll(self) -> None:
        self.produce(10)
        consumer = klamm.Consumer(self.broker.address, topics=self.topic(), start="earliest")
        self.end_under_load(lambda: list(consumer.poll(0.01)), consumer.close)

    def test_what_a_block_raises_is_not_hidden_by_its_end(self) -> None:
        class Mine(Exception):
            pass

        with self.assertRaises(Mine) as caught:
            with klamm.Producer(self.broker.address) as producer:
                producer.send(self.topic(), b"v").result(30)
                producer.close = lambda: self.fail_to_close(producer)  # type: ignore[method-assign]
                raise Mine
        if sys.version_info >= (3, 11):
            self.assertEqual(caught.exception.__notes__, ["and closing failed: lost"])

    @staticmethod
    def fail_to_close(producer: klamm.Producer) -> None:
        klamm.Producer.close(producer)
        raise klamm.KafkaError("lost")

    def test_a_child_process_is_told_that_it_is_one(self) -> None:
        with klamm.Producer(self.broker.address) as producer, klamm.Consumer(
            self.broker.address, topics=self.topic(), group="forked"
        ) as consumer:
            future = producer.send(self.topic(), b"v")
            future.result(30)
            calls = [
                lambda: producer.send(self.topic(), b"v"),
                producer.flush,
                lambda: consumer.poll(1),
                consumer.commit,
                producer.close,
                consumer.close,
            ]
            child = os.fork()
            if child == 0:
                signal.alarm(20)
                os._exit(sum(self.is_forked(call) for call in calls))
            self.assertEqual(os.waitpid(child, 0)[1], len(calls) << 8)
            producer.send(self.topic(), b"v").result(30)

    @staticmethod
    def is_forked(call: "Callable[[], object]") -> bool:
        try:
            call()
        except klamm.KafkaError as refused:
            return refused.name == "FORKED"
        return False


class InterruptTest(WithTopics):
    """Ctrl-C in every call that waits: with nobody at the address, or a broker that says nothing."""

    PROGRAM = """
import os, signal, sys, threading, klamm
signal.signal(signal.SIGINT, signal.default_int_handler)  # whatever started the tests may ignore it
address, nobody = sys.argv[1], "127.0.0.1:1"
producer, consumer = klamm.Producer(nobody), klamm.Consumer(nobody, group="g")
lingering = klamm.Producer(address, linger_ms=600_000, delivery_timeout_ms=1_200_000)
def called():
    print("calling", flush=True)
    {call}
try:
    called()
except KeyboardInterrupt:
    os.write(1, b"interrupted")
    os._exit(0)
"""

    def test_every_call_that_waits(self) -> None:
        calls = {
            "send": "producer.send('t', b'v')",
            "result": "lingering.send('interrupts', b'v').result()",
            "poll": "consumer.subscribe('t'); consumer.poll()",
            "iteration": "consumer.subscribe('t'); list(consumer)",
            "exact commit": "consumer.commit([('t', 0, 1)])",
            "topics": "klamm.Consumer(nobody, topics='t')",
        }
        for name, call in calls.items():
            with self.subTest(name):
                self.interrupt(self.PROGRAM.replace("{call}", call), self.broker.address)

    def test_a_close_that_waits_for_a_broker(self) -> None:
        """Nobody answers at this address: what was sent, or has to be committed, is given up."""
        with socket.create_server(("127.0.0.1", 0)) as silent:
            address = "127.0.0.1:%d" % silent.getsockname()[1]
            for call in ("lingering.send('t', b'v'); lingering.close(600)", "klamm.Consumer(sys.argv[1], topics='t')"):
                with self.subTest(call):
                    self.interrupt(self.PROGRAM.replace("{call}", call), address)

    def interrupt(self, program: str, address: str) -> None:
        command = [sys.executable, "-B", "-c", program, address]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            try:
                self.assertEqual(process.stdout.readline(), "calling\n")
                # One that comes before the call does its work too, so nothing is waited for here.
                process.send_signal(signal.SIGINT)
                out, err = process.communicate(timeout=30)
            finally:
                process.kill()
        self.assertEqual((out, process.returncode), ("interrupted", 0), err)


class ConfigurationTest(unittest.TestCase):
    def test_every_fault_is_named_with_the_nearest_known_name(self) -> None:
        with self.assertRaises(klamm.ConfigError) as caught:
            klamm.Producer("localhost:1", lingr_ms=5, acks="most")
        faults = {name: problem for name, _, problem in caught.exception.faults}
        self.assertIn("linger.ms", faults["lingr.ms"])
        self.assertIn("acks", faults)

    def test_lists_are_divided_by_commas(self) -> None:
        klamm.Consumer("localhost:1", group="g", partition_assignment_strategy=["range", "sticky"]).close()

    def test_an_option_that_is_none_is_named(self) -> None:
        for wrong in (None, [1, 2]):
            with self.assertRaisesRegex(TypeError, "^the option linger_ms is "):
                klamm.Producer("localhost:1", linger_ms=wrong)

    def test_an_error_of_a_programs_own_has_all_attributes(self) -> None:
        made = klamm.KafkaError("made here")
        self.assertEqual((made.code, made.name, made.retriable, made.fatal), (-1, "", False, False))

    def test_a_closed_producer_says_so(self) -> None:
        producer = klamm.Producer("localhost:1")
        producer.close(0.1)
        with self.assertRaises(ValueError):
            producer.send("t", b"v")


if __name__ == "__main__":
    unittest.main()
