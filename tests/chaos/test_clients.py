"""Clients that do harm: slow ones, very many at once, and as many connections as a broker has descriptors for."""

import contextlib
import resource
import socket
import time
import unittest
from pathlib import Path

from chaos_case import ChaosCase
from harness.raw import Connection, i32
from harness.waiting import until

STORM, LORIS, FEW = 2000, 300, 64


class Clients(ChaosCase):
    def sockets(self, count: int, port: int) -> list[socket.socket]:
        """As many as come about."""
        made = []
        for _ in range(count):
            with contextlib.suppress(OSError):
                made.append(self.enterContext(socket.create_connection(("127.0.0.1", port), timeout=2)))
        return made

    def test_slow_loris(self) -> None:
        """Frames that come a byte at a time, and never whole."""
        self.strike()
        slow = [one for member in self.cluster.nodes.members for one in self.sockets(LORIS // 3, member.port)]
        for byte in i32(1 << 20) + bytes(8):
            for one in slow:
                one.send(bytes([byte]))
            self.load.until_more(100)
        self.assertEqual(len(slow), LORIS)
        self.finish(f"slow loris: {LORIS} connections, a byte at a time", "unharmed")

    def test_a_storm_of_connections(self) -> None:
        self.strike()
        counted = 0
        for _ in range(STORM // 100):
            for member in self.cluster.nodes.members:
                for one in self.sockets(100, member.port):
                    counted += 1
                    one.close()
        self.load.until_more(1000)
        self.finish(f"connection storm: {counted} opened and closed in {time.monotonic() - self.struck_at:.1f} s", "unharmed")

    def test_no_descriptors_are_left(self) -> None:
        """EMFILE: who is connected goes on; who comes is sent away, and is answered when others have gone."""
        victim = self.cluster.leader_of(0)
        member = self.member(victim)
        process = member.child.process.pid
        open_now = self.descriptors(process)
        limits = resource.prlimit(process, resource.RLIMIT_NOFILE)
        self.strike()
        resource.prlimit(process, resource.RLIMIT_NOFILE, (open_now + FEW, limits[1]))
        crowd = self.sockets(4 * FEW, member.port)
        until(lambda: any(map(self.sent_away, crowd)), "who is too many is sent away", 20)
        self.load.until_more(1000)
        for one in crowd:
            one.close()
        until(member.answers, "a new client is answered", 20)
        resource.prlimit(process, resource.RLIMIT_NOFILE, limits)
        with Connection(member.port) as connection:
            self.assertEqual(connection.api_versions(), 0)
        self.cluster.until_all_in_sync()
        self.finish(f"EMFILE: {len(crowd)} connections against {FEW} free descriptors")

    @staticmethod
    def sent_away(one: socket.socket) -> bool:
        one.setblocking(False)
        try:
            return one.recv(1) == b""
        except ConnectionResetError:
            return True
        except BlockingIOError:
            return False

    @staticmethod
    def descriptors(process: int) -> int:
        return len(list(Path(f"/proc/{process}/fd").iterdir()))


if __name__ == "__main__":
    unittest.main()
