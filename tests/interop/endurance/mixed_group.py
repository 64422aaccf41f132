"""One group of members of three clients, restarted one by one for rounds, by the classic protocol, by KIP-848 and between them.

A round restarts every member once. Of four rounds one stays with the classic protocol, the next takes the group over to KIP-848 while it
works, the third stays there, and the fourth takes it back. In each round one member is killed instead of being asked to end.

librdkafka's members are the first to go over, and end together for it: Kafka refuses to take over a group whose last assignment was made
by one of them, since they put their own user data into it ("an unsupported custom assignor is in use").
"""

import statistics
import threading
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

import confluent_kafka
from endurance import ownership
from endurance.kafka import GROUP, Kafka
from endurance.member import CLASSIC, CONSUMER, KINDS, Member
from endurance.offsets_log import judge
from harness import raw
from harness.waiting import until

TOPIC, NAME = "shared", "mixed"
ROUNDS = (CLASSIC, CONSUMER, CONSUMER, CLASSIC)
SETTLED = 120.0


class Writer:
    """So that there is something to read and to commit: a few records a second into each partition."""

    def __init__(self, address: str, partitions: int, rate: int):
        self._producer = confluent_kafka.Producer({"bootstrap.servers": address})
        self._partitions, self._pause = partitions, partitions / rate
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self):
        while not self._stop.wait(self._pause):
            for partition in range(self._partitions):
                self._producer.produce(TOPIC, b"value", partition=partition)
            self._producer.poll(0)

    def end(self):
        self._stop.set()
        self._thread.join()
        self._producer.flush(30)


class MixedGroup:
    def __init__(self, folder: Path, held: ExitStack, nodes: int, version: str, of_each: int, rate: int):
        self.kafka = Kafka(folder, held, nodes, version)
        self.partitions = 2 * of_each * len(KINDS)
        self.kafka.create(TOPIC, self.partitions)
        self.members = [
            Member(kind, f"{kind}-{n}", self.kafka.address, NAME, TOPIC, folder) for n in range(of_each) for kind in KINDS
        ]
        self.settled: list[float] = []  # seconds from each restart until all partitions had an owner again
        self.types: Counter[str] = Counter()  # what the coordinator said that the group was, after each round
        for member in self.members:
            member.start(CLASSIC)
            held.callback(lambda member=member: member.child.kill())
        self.writer = Writer(self.kafka.address, self.partitions, rate)
        held.callback(self.writer.end)
        self.until_shared()

    def until_shared(self):
        """Each member has something, and together they have everything, once."""

        def shared() -> bool:
            owned = [member.owned() for member in self.members if member.runs]
            return all(owned) and sorted(p for of in owned for p in of) == list(range(self.partitions))

        until(shared, "all members share all partitions", SETTLED)

    def rounds(self, count: int):
        before = CLASSIC
        for number in range(count):
            protocol = ROUNDS[number % len(ROUNDS)]
            together = [member for member in self.members if member.kind == "librdkafka" and protocol != before == CLASSIC]
            others = [member for member in self.members if member not in together]
            self._end_together(together)
            for member in together:
                self._start(member, protocol)
            killed = others[number % len(others)]
            for member in others:
                member.kill() if member is killed else member.stop()
                self._start(member, protocol)
            self.types[self._type()] += 1
            before = protocol

    def _end_together(self, members: list[Member]):
        for member in members:
            member.stop()
        self.until_shared()

    def _start(self, member: Member, protocol: str):
        started = time.monotonic()
        member.start(protocol)
        self.until_shared()
        self.settled.append(time.monotonic() - started)

    def _type(self) -> str:
        admin = confluent_kafka.admin.AdminClient({"bootstrap.servers": self.kafka.address})
        [group] = [one for one in admin.list_consumer_groups(request_timeout=30).result().valid if one.group_id == NAME]
        return group.type.name

    # What has to be true at the end.

    def verdict(self) -> dict:
        self.writer.end()
        ends = self._ends()

        def all_is_committed() -> bool:
            for member in self.members:
                member.listen()
            committed = ownership.Committed(self.lives)
            return all(committed.before(1 << 62, partition) >= end for partition, end in ends.items())

        complete = _within(all_is_committed)
        for member in self.members:
            member.stop()
        lives = self.lives
        log = judge(NAME, self._offsets_folder())
        wrong = {
            "owned twice": ownership.owned_twice(lives),
            "read below a commit": ownership.read_below_a_commit(lives),
            "read without owning": ownership.read_without_owning(lives),
            "unread": ownership.unread(lives, ends),
            "in the coordinator's log": log.wrong,
        }
        return {
            "complete": complete,
            "wrong": {name: str(found)[:1000] for name, found in wrong.items() if found},
            "restarts": len(self.settled),
            "settled again": f"median {statistics.median(self.settled):.1f} s, longest {max(self.settled):.1f} s",
            "rounds that ended as": dict(self.types),
            "records": sum(ends.values()),
            "read": sum(high - low + 1 for life in lives for _, _, low, high in life.read),
            "intervals of ownership": sum(len(life.intervals) for life in lives),
            "partitions lost": sum(one.lost for life in lives for one in life.intervals),
            "commits that members saw taken": sum(len(life.commits) for life in lives),
            "commits refused": sum(life.refused for life in lives),
            "commits in the coordinator's log": log.commits,
            "generations in it": log.generations,
            "members' epochs in it": log.epochs,
        }

    @property
    def lives(self) -> list[ownership.Life]:
        return [life for member in self.members for life in member.lives]

    def _ends(self) -> dict[int, int]:
        ends = {}
        for partition in range(self.partitions):
            with raw.Connection(self.kafka.leader(TOPIC, partition).port) as connection:
                ends[partition] = connection.end_offset(TOPIC, partition)
        return ends

    def _offsets_folder(self) -> Path:
        """With what the group's coordinator has on its disk."""
        coordinator = self.kafka.coordinator(GROUP, NAME)
        folders = sorted(coordinator.data.glob("__consumer_offsets-*"))
        return folders[java_hash(NAME) % len(folders)]


def java_hash(text: str) -> int:
    """The absolute value of String.hashCode: by it the coordinator's partition is chosen."""
    value = 0
    for character in text:
        value = (31 * value + ord(character)) & 0xFFFFFFFF
    return min(value, (1 << 32) - value)


def _within(condition) -> bool:
    try:
        return until(condition, "all is committed", SETTLED, 0.5)
    except AssertionError:
        return False


def run(folder: Path, rounds: int, version: str, nodes: int, of_each: int, rate: int = 200) -> dict:
    with ExitStack() as held:
        group = MixedGroup(folder, held, nodes, version, of_each, rate)
        group.rounds(rounds)
        return group.verdict()
