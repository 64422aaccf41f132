"""What a test class talks to: a klamm-broker in a process of its own ($KLAMM_BROKER), or the cluster at $KLAMM_BOOTSTRAP."""

import os
import select
import shutil
import subprocess
import tempfile
import time
import unittest
from pathlib import Path


class Cluster:
    """Somebody else's: neither started nor stopped here. `address` is where it serves."""

    def __init__(self, address: str) -> None:
        self.address = address

    def stop(self) -> None:
        pass


def start() -> "Cluster | Broker":
    given = os.environ.get("KLAMM_BOOTSTRAP")
    return Cluster(given) if given else Broker()


class Broker:
    """Starts at once; `address` is where it serves. The binary is $KLAMM_BROKER; `settings` are properties, and `arguments` more. Without
    `wait` it is to be waited for later. `under` is a command that starts the command behind it."""

    def __init__(
        self, *arguments: str, wait: bool = True, stdin: "int | None" = None, under: "tuple[str, ...]" = (), **settings: object
    ) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="klamm-python-"))
        self.ready = self.folder / "ready"
        self.process = subprocess.Popen(
            [*under, os.environ["KLAMM_BROKER"], "--ephemeral", "--ready-file", str(self.ready), *(arguments or ("--port", "0"))]
            + [part for key, value in settings.items() for part in ("-X", f"{key.replace('_', '.')}={value}")],
            stdin=stdin,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        if wait:
            self.wait()

    def wait(self) -> None:
        """Until it serves."""
        deadline = time.monotonic() + 30
        while not self.ready.exists():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("the broker does not serve")
            select.select([self.process.stderr], [], [], 0.01)
        self.address = self.ready.read_text().split()[0]

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=30)
        if self.process.stderr:
            self.process.stderr.close()
        shutil.rmtree(self.folder)


class WithBroker(unittest.TestCase):
    """A class of tests that share one broker."""

    broker: "Cluster | Broker"

    @classmethod
    def setUpClass(cls) -> None:
        cls.broker = start()

    @classmethod
    def tearDownClass(cls) -> None:
        cls.broker.stop()
