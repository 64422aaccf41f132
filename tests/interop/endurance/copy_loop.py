"""An exactly-once copy on Apache Kafka: brokers and copiers are killed again and again, and the output is the input, each record once.

    feeder ----> source ----> two copiers, one group ----> target ----> observers
    librdkafka,               ours; each drops every                    librdkafka's and ours,
    aborts every fourth       third transaction on purpose              read_committed
"""

import random
import statistics
import sys
import time
from collections import Counter, defaultdict
from contextlib import ExitStack
from pathlib import Path

from endurance.copier import DROPPED, Copier
from endurance.feeder import ABORTED, Feeder
from endurance.kafka import GROUP, TRANSACTION, Kafka
from endurance.observer import Observer, OurObserver
from harness import kcli
from harness.cluster import KafkaMember
from harness.reading import everything_in
from harness.tools import Tools
from harness.transactions import finalize
from harness.waiting import until

SOURCE, TARGET, COPYING_GROUP, PARTITIONS = "source", "target", "copiers", 4
RECOVERED = 90.0
TRANSACTIONS, A_COPIER, A_ZOMBIE = "the transactions' coordinator killed", "a copier killed", "a zombie"


class CopyLoop:
    def __init__(self, folder: Path, held: ExitStack, nodes: int, version: str, protocol: int | None, rate: int, seed: int):
        self.kafka = Kafka(folder, held, nodes, version)
        self.tools = Tools(self.kafka.nodes, folder)
        if protocol is not None:
            finalize(self.tools, protocol)
        self.random = random.Random(seed)
        self.recoveries: defaultdict[str, list[float]] = defaultdict(list)  # seconds from a blow to the next commits
        self.zombies: Counter[str] = Counter()
        for topic in (SOURCE, TARGET):
            self.kafka.create(topic, PARTITIONS)
        address = self.kafka.address
        self.copiers = [Copier(address, SOURCE, TARGET, COPYING_GROUP, f"copier-{n}", folder) for n in (1, 2)]
        for copier in self.copiers:
            held.callback(lambda copier=copier: copier.child.kill())
        self.observers = [Observer(address, TARGET, PARTITIONS), OurObserver(address, TARGET, folder)]
        self.feeder = Feeder(address, SOURCE, rate)
        for one in [*self.observers, self.feeder]:
            held.callback(one.end)
        self._until_more_is_committed()

    # What strikes, by name.

    def blows(self) -> dict:
        brokers = {
            TRANSACTIONS: lambda: [self.kafka.coordinator(TRANSACTION, self._any_copier().name)],
            "the group's coordinator killed": lambda: [self.kafka.coordinator(GROUP, COPYING_GROUP)],
            "a leader of the source killed": lambda: [self.kafka.leader(SOURCE, self.random.randrange(PARTITIONS))],
            "a leader of the target killed": lambda: [self.kafka.leader(TARGET, self.random.randrange(PARTITIONS))],
            "two brokers killed at once": lambda: self.random.sample(self.kafka.nodes.members, min(2, len(self.kafka.nodes.members))),
        }
        named = {name: lambda victims=victims: self._kill_brokers(victims()) for name, victims in brokers.items()}
        return named | {A_COPIER: self._kill_a_copier, A_ZOMBIE: self._raise_a_zombie}

    def strike_for(self, seconds: float):
        end = time.monotonic() + seconds
        due = [TRANSACTIONS, A_COPIER, A_ZOMBIE]  # each at least once, the last of them first
        blows = self.blows()
        while time.monotonic() < end:
            due = due or self._round(list(blows))
            name = due.pop()
            started = time.monotonic()
            blows[name]()
            self.recoveries[name].append(time.monotonic() - started)
            self.kafka.until_in_sync()

    def _round(self, names: list[str]) -> list[str]:
        """Each once, and copiers killed as often as brokers."""
        chosen = names + [A_COPIER] * 3
        self.random.shuffle(chosen)
        return chosen

    def _kill_brokers(self, victims: list[KafkaMember]):
        for victim in victims:
            victim.kill()
        # With two of three in sync, one may be missing. In between, who is left has to do.
        if len(victims) < 2 < len(self.kafka.nodes.members):
            self._until_more_is_committed()
        for victim in victims:
            victim.launch()
        until(lambda: all(victim.answers() for victim in victims), "the brokers are back", RECOVERED)
        self._until_more_is_committed()

    def _kill_a_copier(self):
        self._any_copier().kill()
        self._until_more_is_committed()

    def _raise_a_zombie(self):
        if end := self._any_copier().rise_as_a_zombie():
            self.zombies[end] += 1

    def _any_copier(self) -> Copier:
        return self.random.choice(self.copiers)

    def _until_more_is_committed(self):
        before = self._committed()

        def more() -> bool:
            for copier in self.copiers:
                copier.revive()
            return self._committed() >= before + 3

        until(more, "more is committed", RECOVERED)

    def _committed(self) -> int:
        return sum(copier.committed() for copier in self.copiers)

    # What has to be true at the end.

    def verdict(self) -> dict:
        """Of the whole run; `wrong` is empty where all holds."""
        self.feeder.end()
        source = self._values(SOURCE)
        complete = self._copied(source)
        for copier in self.copiers:
            copier.child.stop()
        target = self._values(TARGET)
        stored = self._values(TARGET, "read_uncommitted")
        wrong = {
            "not copied": source - target,
            "not of the source, or twice": target - source,
            "fed twice": Counter(value for value, times in source.items() if times > 1),
            "committed by the feeder and not in the source": Counter(self.feeder.committed) - source,
            "aborted by the feeder, and copied": Counter(value for value in target if value.startswith(ABORTED)),
            "aborted by a copier, and seen": Counter(value for value in target if value.startswith(DROPPED)),
            "seen by librdkafka": self.observers[0].seen - target,
            "seen by our consumer": self.observers[1].seen - target,
            "not seen by librdkafka": target - self.observers[0].seen,
            "not seen by our consumer": target - self.observers[1].seen,
            "a zombie that was not fenced": Counter({end: n for end, n in self.zombies.items() if "PRODUCER_FENCED" not in end}),
        }
        outcomes = sum((copier.outcomes() for copier in self.copiers), Counter())
        return {
            "transaction.version": self._protocol(),
            "complete": complete,
            "wrong": {name: list(values.items())[:10] for name, values in wrong.items() if values},
            "source": source.total(),
            "target": target.total(),
            "stored in the target and aborted": (stored - target).total(),
            "dropped on purpose": sum(value.startswith(DROPPED) for value in stored.elements()),
            "transactions": dict(outcomes),
            "lives of copiers": sum(copier.lives for copier in self.copiers),
            "ends of their own accord": dict(sum((copier.ends for copier in self.copiers), Counter())),
            "zombies": dict(self.zombies),
            "feeder's troubles": dict(self.feeder.troubles),
            "blows": {name: self._times(seconds) for name, seconds in self.recoveries.items()},
        }

    @staticmethod
    def _times(seconds: list[float]) -> str:
        return f"{len(seconds)} times, median {statistics.median(seconds):.1f} s, longest {max(seconds):.1f} s"

    def _protocol(self) -> int:
        rows = kcli.rows(self.tools, "cluster", "features")
        return next((row["level"] for row in rows if row["feature"] == "transaction.version"), 0)

    def _copied(self, source: Counter) -> bool:
        def all_is_seen() -> bool:
            for copier in self.copiers:
                copier.revive()
            return all(one.seen.total() >= source.total() for one in self.observers)

        try:
            return until(all_is_seen, "all is copied", RECOVERED, 0.5)
        except AssertionError as late:
            print(late, file=sys.stderr)
            return False

    def _values(self, topic: str, isolation: str = "read_committed") -> Counter[str]:
        records = everything_in(self.kafka.nodes, topic, PARTITIONS, isolation)
        return Counter(value.decode() for of in records.values() for _, value in of)


def run(folder: Path, seconds: float, version: str, nodes: int, protocol: int | None = None, rate: int = 200, seed: int = 1) -> dict:
    """`protocol`: the cluster's transaction.version, if not what it has by default."""
    with ExitStack() as held:
        loop = CopyLoop(folder, held, nodes, version, protocol, rate, seed)
        loop.strike_for(seconds)
        return loop.verdict()
