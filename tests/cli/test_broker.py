"""klamm-broker's command line: what it refuses, and with which status."""

import os
import re
import socket
import subprocess
import unittest

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

    def test_what_it_refuses(self) -> None:
        self.says(2, re.escape("Give --data DIR, or --ephemeral"), "--port", "0")
        self.says(2, "--data excludes --ephemeral", "--ephemeral", "--data", "d")
        self.says(2, "maybe not in", "--fsync", "maybe", "--ephemeral")
        self.says(1, "cannot make /proc/none", "--data", "/proc/none", "--port", "0")

    def test_a_broker_alone_is_no_first_controller(self) -> None:
        settings = ("process.roles=broker", "controller.quorum.bootstrap.servers=127.0.0.1:1")
        arguments = [part for setting in settings for part in ("-X", setting)]
        self.says(2, "process.roles=broker is none: leave it out", "--ephemeral", "--port", "0", "--standalone", *arguments)

    def test_a_configuration_file_that_cannot_be_read_is_not_an_empty_one(self) -> None:
        self.says(2, "/proc/self/mem: cannot be read: Input/output error", "--config", "/proc/self/mem", "--ephemeral")

    def test_a_port_that_is_taken(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = str(taken.getsockname()[1])
            self.says(1, f"cannot listen on 127.0.0.1:{port}: Address already in use", "--ephemeral", "--port", port)

    def test_a_ready_file_that_cannot_be_written_ends_it(self) -> None:
        self.says(1, "cannot write the ready file /nonexistent/ready", "--ephemeral", "--port", "0", "--ready-file", "/nonexistent/ready")


if __name__ == "__main__":
    unittest.main()
