"""A program of ours that copies exactly once (tests/delivery/bin/transactional_copy.cpp), and the ends that it comes to."""

import re
import signal
from collections import Counter
from pathlib import Path

from harness.nodes import built
from harness.process import Child
from harness.waiting import until

DROPPED = "dropped "  # how the values of transactions begin that are aborted on purpose
RISEN = 90.0


def told_by(child: Child) -> list[str]:
    """What its transactions came to, as far as it has said so in whole lines."""
    return [line for line in child.output().split("\n")[:-1] if line in ("committed", "aborted", "dropped", "held")]


class Copier:
    """Its lives, one behind the other, under one transactional id."""

    def __init__(self, address: str, source: str, target: str, group: str, name: str, folder: Path):
        self.command = [built("transactional_copy"), address, source, target, group, name]
        self.name, self.folder = name, folder
        self.lives = 0
        self.ends: Counter[str] = Counter()  # of its own accord
        self._before: Counter[str] = Counter()
        self.start()

    def start(self):
        self.lives += 1
        self.child = Child(self.command, self.folder / f"{self.name}-{self.lives}.log")

    def outcomes(self) -> Counter[str]:
        return self._before + Counter(told_by(self.child))

    def committed(self) -> int:
        return self.outcomes()["committed"]

    def revive(self):
        """Starts it again if it has ended by itself, as whatever supervises a service does."""
        if not self.child.running():
            said = re.search(r"^transactional_copy: (.*)$", self.child.output(), re.MULTILINE)
            self.ends[said[1] if said else f"status {self.child.process.returncode}"] += 1
            self._next_life()

    def kill(self):
        self.child.kill()
        self._next_life()

    def _next_life(self):
        self._before += Counter(told_by(self.child))
        self.start()

    def rise_as_a_zombie(self) -> str:
        """Is stopped with a transaction open, replaced under its id, and goes on: what it then ends with, or nothing if it ended before.
        It must commit nothing."""
        zombie = self.child
        until(lambda: told_by(zombie) or not zombie.running(), "it copies, and listens to signals", RISEN)
        zombie.signal(signal.SIGUSR1)
        until(lambda: told_by(zombie)[-1:] == ["held"] or not zombie.running(), "a transaction is held open", RISEN)
        if not zombie.running():
            self.revive()
            return ""
        zombie.signal(signal.SIGSTOP)
        self._next_life()
        try:
            until(self._goes_on, "its successor commits", RISEN)
            zombie.signal(signal.SIGUSR2)
            zombie.signal(signal.SIGCONT)
            until(lambda: not zombie.running(), "the zombie gives up", RISEN)
        finally:
            zombie.kill()
        afterwards = "".join(zombie.output().rpartition("held\n")[2:])
        assert "committed" not in afterwards.split(), f"a zombie has committed: {afterwards}"
        return afterwards.strip().rpartition("\n")[2] or f"status {zombie.process.returncode}"

    def _goes_on(self) -> bool:
        self.revive()
        return told_by(self.child).count("committed") > 1
