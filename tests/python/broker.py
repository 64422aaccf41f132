"""A klamm-broker in a process of its own, for one test class."""

import os
import select
import shutil
import subprocess
import tempfile
import time
from pathlib import Path


class Broker:
    """Starts at once; `address` is where it serves. The binary is $KLAMM_BROKER."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="klamm-python-"))
        ready = self.folder / "ready"
        self.process = subprocess.Popen(
            [os.environ["KLAMM_BROKER"], "--port", "0", "--ephemeral", "--ready-file", str(ready)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        self.address = self._wait(ready)

    def _wait(self, ready: Path) -> str:
        deadline = time.monotonic() + 30
        while not ready.exists():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("the broker does not serve")
            select.select([self.process.stderr], [], [], 0.01)
        return ready.read_text().split()[0]

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=30)
        if self.process.stderr:
            self.process.stderr.close()
        shutil.rmtree(self.folder)
