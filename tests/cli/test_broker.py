"""klamm-broker's command line: what it refuses, and with which status."""

import os
import re
import signal
import socket
import subprocess
import tempfile
import unittest
from pathlib import Path

from broker import Broker

BROKER = os.environ["KLAMM_BROKER"]


class CommandLine(unittest.TestCase):
    def says(self, status: int, text: str, *arguments: str) -> None:
        done = subprocess.run([BROKER, *arguments], capture_output=True, timeout=60, text=True)
        self.assertEqual(done.returncode, status, done.stderr)
        self.assertRegex(done.stdout + done.stderr, text)

    def test_version_and_help(self) -> None:
        self.says(0, r"^klamm-broker \d+\.\d+\.\d+\n$", "--version")
        self.says(0, "--ready-file", "--help")
        self.says(0, r"(?m)^log\.dirs ", "--help-config")

    def test_what_would_be_lost_in_silence_is_refused(self) -> None:
        for setting, says in {
            "klamm.fsnyc=ack": "klamm.fsnyc: there is no such property",
            "authorizer.class.name=x": "authorizer.class.name: there is no authorizer here",
            "listeners=SSL://127.0.0.1:0": "SSL",
        }.items():
            with self.subTest(setting):
                self.says(2, says, "--ephemeral", "--port", "0", "-X", setting)

    def test_what_it_refuses(self) -> None:
        self.says(2, re.escape("Give --data DIR, or --ephemeral"), "--port", "0")
        self.says(2, "--data excludes --ephemeral", "--ephemeral", "--data", "d")
        self.says(2, "maybe not in", "--fsync", "maybe", "--ephemeral")
        self.says(1, "cannot make /proc/none", "--data", "/proc/none", "--port", "0")
        for wrong in ("abc", "70000"):
            # In the words of CLI11, which write the range differently from version to version.
            self.says(2, f"--port: Value {wrong} not in range .*65535", "--ephemeral", "--port", wrong)
        self.says(2, "nobody can connect to port 0", "--ephemeral", "--advertise", "a:0")

    def test_a_broker_alone_is_no_first_controller(self) -> None:
        settings = ("process.roles=broker", "controller.quorum.bootstrap.servers=127.0.0.1:1")
        arguments = [part for setting in settings for part in ("-X", setting)]
        self.says(2, "process.roles=broker is none: leave it out", "--ephemeral", "--port", "0", "--standalone", *arguments)

    def test_a_configuration_file_that_cannot_be_read_is_not_an_empty_one(self) -> None:
        self.says(2, "/proc/self/mem: cannot be read: Input/output error", "--config", "/proc/self/mem", "--ephemeral")

    def test_what_a_cluster_refuses(self) -> None:
        cluster = ("--cluster", "3", "--ephemeral")
        self.says(2, "3 nodes from port 65534 on need port 65536", *cluster, "--port", "65534")
        self.says(2, "num.partitions", *cluster, "--port", "0", "-X", "num.partitions=many")
        for option in (["--advertise", "a:1"], ["--cluster-id", "a"], ["--standalone"]):
            self.says(2, f"--cluster excludes {option[0]}", *cluster, *option)

    def test_a_start_that_fails_leaves_no_directory(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = str(taken.getsockname()[1])
            for kind in ([], ["--cluster", "1"]):
                started = subprocess.Popen([BROKER, "--ephemeral", "--port", port, *kind], stderr=subprocess.PIPE, text=True)
                self.assertIn("Address already in use", started.communicate(timeout=60)[1])
                self.assertEqual(self.ephemeral_of(started.pid), [])

    @staticmethod
    def ephemeral_of(process: int) -> "list[Path]":
        places = [Path("/dev/shm"), Path(tempfile.gettempdir())]
        locks = [lock for place in places for lock in place.glob("klamm-??????/**/.lock")]
        return [lock for lock in locks if lock.read_text().strip() == str(process)]

    def test_a_cluster_says_what_its_nodes_say(self) -> None:
        broker = Broker("--port", "0", "--cluster", "2", no_such_key=1)
        self.addCleanup(broker.stop)
        self.assertEqual(len(self.ephemeral_of(broker.process.pid)), 2)
        broker.process.terminate()
        self.assertEqual(broker.process.wait(timeout=60), 0)
        said = broker.process.stderr.read().decode()
        self.assertIn("no.such.key is not followed here", said)
        self.assertIn(" INFO ", said)

    def test_a_cluster_that_is_stopped_while_it_starts_does_not_wait_until_it_serves(self) -> None:
        with tempfile.TemporaryDirectory() as data:
            command = [BROKER, "--cluster", "3", "--port", "0", "--data", data]
            with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as before:
                before.stdout.readline()
                before.kill()
            # While the sessions of that life last none of its brokers serves.
            with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as again:
                next(line for line in again.stderr if " INFO " in line)
                again.terminate()
                self.assertEqual(again.communicate(timeout=60)[0], "")
                self.assertEqual(again.returncode, 0)

    def test_it_ends_with_its_standard_input(self) -> None:
        broker = Broker("--until-stdin-ends", stdin=subprocess.PIPE)
        self.addCleanup(broker.stop)
        with socket.create_connection(broker.address.split(":")) as client:
            broker.process.stdin.write(b"nothing of interest")
            broker.process.stdin.close()
            self.assertEqual(client.recv(1), b"")
        self.assertEqual(broker.process.wait(timeout=60), 0)

    def test_a_terminal_that_closes_stops_it_in_good_order_unless_it_is_to_stay(self) -> None:
        broker, stays = Broker(), Broker(under=("nohup",))
        for one in (broker, stays):
            self.addCleanup(one.stop)
        # Its shell and the kernel both say so: whoever comes second does not force it.
        broker.process.send_signal(signal.SIGHUP)
        broker.process.send_signal(signal.SIGHUP)
        self.assertEqual(broker.process.wait(timeout=60), 0)
        [ignored] = re.findall(r"(?m)^SigIgn:\s*(\w+)$", Path(f"/proc/{stays.process.pid}/status").read_text())
        self.assertTrue(int(ignored, 16) & 1 << signal.SIGHUP - 1)

    def test_log_lines_that_cannot_be_written_are_lost_and_nothing_else(self) -> None:
        for redirected in ("2>/dev/full", "2>&-", "<&- >&- 2>&-", ""):
            with self.subTest(redirected):
                broker = Broker(under=("sh", "-c", f'exec "$@" {redirected}', "sh"))
                self.addCleanup(broker.stop)
                broker.process.stderr.close()  # without a redirection: who reads the log is gone
                for _ in range(3):  # each is a line of the log
                    with socket.create_connection(broker.address.split(":")) as client:
                        client.sendall(b"GET / HTTP/1.1\r\n\r\n")
                        self.assertEqual(client.recv(1), b"")
                self.assertIsNone(broker.process.poll())

    def test_a_port_that_is_taken(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = str(taken.getsockname()[1])
            self.says(1, f"cannot listen on 127.0.0.1:{port}: Address already in use", "--ephemeral", "--port", port)

    def test_a_ready_file_that_cannot_be_written_ends_it(self) -> None:
        self.says(1, "cannot write the ready file /nonexistent/ready", "--ephemeral", "--port", "0", "--ready-file", "/nonexistent/ready")


if __name__ == "__main__":
    unittest.main()
