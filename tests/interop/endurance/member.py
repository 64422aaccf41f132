"""A member of a mixed group, of one kind: a program that says what it owns, reads and commits, and one life of it after the other."""

import json
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from endurance.kafka import MEMBER_SESSION_MS
from endurance.ownership import Life
from harness.nodes import CHECKOUT, built
from harness.process import Child
from harness.tools import java

CLASSIC, CONSUMER = "classic", "consumer"
KINDS = ("java", "librdkafka", "ours")


def command(kind: str, address: str, group: str, topic: str, protocol: str) -> list[str]:
    if kind == "java":
        strategy = "org.apache.kafka.clients.consumer.CooperativeStickyAssignor"
        classic = ("--assignment-strategy", strategy, "--session-timeout", str(MEMBER_SESSION_MS))
        named = ("--group-id", group, "--topic", topic, "--reset-policy", "earliest", "--group-protocol", protocol)
        return java("VerifiableConsumer", "--bootstrap-server", address, *named, *(classic if protocol == CLASSIC else ()))
    program = [built("group_member")] if kind == "ours" else [sys.executable, "-B", str(CHECKOUT / "tests/interop/members/librdkafka_member.py")]
    return [*program, address, group, topic, protocol]


@dataclass
class Member:
    kind: str
    name: str
    address: str
    group: str
    topic: str
    folder: Path
    lives: list[Life] = field(default_factory=list)

    def start(self, protocol: str):
        name = f"{self.name}-{len(self.lives)}"
        self.child = Child(command(self.kind, self.address, self.group, self.topic, protocol), self.folder / f"{name}.log")
        self.lives.append(Life(name))
        self._read = 0

    def stop(self):
        """In good order: it gives up what it has."""
        asked = _now()
        status = self.child.stop(60)
        self._ended(asked)
        # VerifiableConsumer ends by the signal itself, once it has left.
        assert status in (0, 143, -15), f"{self.lives[-1].name} ended with {status}: {self.child.output()[-1000:]}"

    def kill(self):
        now = _now()
        self.child.kill()
        self._ended(now)

    def _ended(self, at: int):
        self.listen()
        self.lives[-1].ended = at

    def listen(self):
        """Takes note of what it has said since."""
        with self.child.log.open("rb") as log:
            log.seek(self._read)
            said = log.read()
        whole = said[: said.rfind(b"\n") + 1]
        self._read += len(whole)
        for line in whole.splitlines():
            if line.startswith(b'{"'):
                self.lives[-1].take(json.loads(line))

    @property
    def runs(self) -> bool:
        return self.lives[-1].ended is None

    def owned(self) -> set[int]:
        self.listen()
        assert self.child.running(), f"{self.lives[-1].name} ended: {self.child.output()[-1000:]}"
        return self.lives[-1].owned()


def _now() -> int:
    return int(time.time() * 1000)
