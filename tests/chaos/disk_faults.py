"""A disk that is slow or broken, for one process: see disk_faults.cpp."""

import errno
import mmap
import os
import struct
from pathlib import Path

from harness.nodes import built

READING, WRITING, SYNCING, NAMING = 1, 2, 4, 8
EVERYTHING = READING | WRITING | SYNCING | NAMING
LAYOUT = struct.Struct("IIII1024s")


class DiskFaults:
    """`environment` is what a process that is to be struck is started with."""

    def __init__(self, control: Path, directory: Path):
        self.control, self.directory = control, str(directory.resolve()).encode() + b"/"
        control.write_bytes(LAYOUT.pack(0, 0, 0, 0, self.directory))
        with control.open("r+b") as file:
            self.map = mmap.mmap(file.fileno(), LAYOUT.size)
        self.environment = os.environ | {"LD_PRELOAD": built("libklamm_disk_faults.so"), "KLAMM_DISK_FAULTS": str(control)}

    def slow(self, seconds: float) -> None:
        """Every call that comes from now on takes so long, and what it takes besides."""
        self._set(EVERYTHING, int(seconds * 1000), 0)

    def fail(self, calls: int, code: int = errno.EIO) -> None:
        self._set(calls, 0, code)

    def heal(self) -> None:
        self._set(0, 0, 0)

    @property
    def struck(self) -> int:
        return struct.unpack_from("I", self.map, 12)[0]

    def _set(self, calls: int, delay: int, code: int) -> None:
        # What counts as the switch comes last when it is turned on, and first when it is turned off.
        struct.pack_into("I", self.map, 0, 0)
        struct.pack_into("II", self.map, 4, delay, code)
        struct.pack_into("I", self.map, 0, calls)
