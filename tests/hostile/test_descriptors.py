"""A broker that has few descriptors: connections do not take those of its files, and files that find none wait for one."""

import contextlib
import os
import resource
import socket
import unittest

from broker import Broker
from harness.raw import CREATE_TOPICS, Batch, Connection, array, i8, i16, i32, string
from harness.waiting import until

FEW = 256


class Descriptors(unittest.TestCase):
    def broker(self, limit: str) -> Broker:
        made = Broker(under=("prlimit", f"--nofile={limit}"))
        self.addCleanup(made.stop)
        self.port = int(made.address.rsplit(":", 1)[1])
        return made

    def connect(self) -> Connection:
        return self.enterContext(Connection(self.port))

    @staticmethod
    def open_now(broker: Broker) -> int:
        return len(os.listdir(f"/proc/{broker.process.pid}/fd"))

    @staticmethod
    def ends(broker: Broker) -> str:
        """Stops it, and gives what it has said."""
        broker.process.terminate()
        said = broker.process.stderr.read().decode()
        return f"{said}ended with {broker.process.wait(timeout=60)}"

    def test_it_takes_what_the_hard_limit_allows(self) -> None:
        broker = self.broker(f"{FEW}:1024")
        self.assertEqual(resource.prlimit(broker.process.pid, resource.RLIMIT_NOFILE), (1024, 1024))
        self.assertRegex(self.ends(broker), "it may have 1024 descriptors .*at most 512 connections")

    def test_silent_connections_leave_enough_for_files(self) -> None:
        broker = self.broker(f"{FEW}:{FEW}")
        good = self.connect()
        crowd = []
        for _ in range(FEW + 100):
            with contextlib.suppress(OSError):
                crowd.append(self.enterContext(socket.create_connection(("127.0.0.1", self.port), timeout=10)))
        crowd[-1].settimeout(10)
        with contextlib.suppress(ConnectionResetError):
            self.assertEqual(crowd[-1].recv(1), b"")
        self.assertLess(self.open_now(broker), FEW // 2 + 60)
        self.assertEqual(good.create_topic("made", partitions=20), 0)
        self.assertEqual(good.produce("made", Batch().encode()), (0, 0))
        for one in crowd:
            one.close()
        until(lambda: self.open_now(broker) < FEW // 2, "the crowd has gone")
        self.assertEqual(self.connect().api_versions(), 0)
        said = self.ends(broker)
        self.assertRegex(said, r"connections were closed at once: \d+ are open, .* 256 descriptors")
        self.assertIn("ended with 0", said)

    def test_what_is_new_waits_for_descriptors_and_what_is_old_goes_on(self) -> None:
        broker = self.broker("1024:1024")
        process = broker.process.pid
        good, asking = self.connect(), self.connect()
        self.assertEqual(good.create_topic("old"), 0)
        resource.prlimit(process, resource.RLIMIT_NOFILE, (128, 1024))
        many = string("many") + i32(200) + i16(1) + array([]) + array([])
        asking.request(CREATE_TOPICS, 2, array([many]) + i32(60000) + i8(0))
        until(lambda: self.open_now(broker) >= 112, "all but the last eighth are taken")
        self.assertEqual(good.produce("old", Batch().encode()), (0, 0))
        self.assertEqual(self.connect().api_versions(), 0)
        self.assertEqual(good.end_offset("old"), 1)
        until(lambda: self.says(broker), "it says what it waits for")
        resource.prlimit(process, resource.RLIMIT_NOFILE, (1024, 1024))
        until(lambda: good.end_offset("many", 199) == 0, "the last partition is there")
        answer = asking.response()
        answer.i32(), answer.i32(), answer.string()
        self.assertEqual(answer.i16(), 0)
        self.assertIn("ended with 0", self.ends(broker))

    @staticmethod
    def says(broker: Broker) -> bool:
        said = os.read(broker.process.stderr.fileno(), 1 << 16).decode()
        return "files cannot be opened: the process may have 128 descriptors" in said


if __name__ == "__main__":
    unittest.main()
