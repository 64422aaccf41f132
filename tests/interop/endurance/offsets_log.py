"""What the coordinator wrote of a group in its log, by Apache Kafka's DumpLogSegments: the assignments of each generation or epoch, and
the committed offsets in the order in which they were taken.

    record                                  what is kept of it
    -------------------------------------   --------------------------------------------------------------------
    OffsetCommit                            a later one may not be lower
    GroupMetadata (classic)                 of one generation: who owns what, as the group's leader gave it out
    ConsumerGroupCurrentMemberAssignment    a member's own at its epoch, and what it still has to give up
"""

import json
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from harness.log_dump import dump

# A record without a payload takes back what the key stands for.
RECORD = re.compile(r"^\| offset: \d+ .*? key: (\{.*\}) payload: (\{.*\}|<DELETE>)\s*$", re.MULTILINE)


@dataclass
class Judged:
    """Counts of what was looked at, and what is wrong."""

    commits: int = 0
    generations: int = 0
    epochs: int = 0
    wrong: list[str] = field(default_factory=list)


@dataclass
class GroupLog:
    group: str
    judged: Judged = field(default_factory=Judged)
    _committed: dict[int, int] = field(default_factory=dict)
    _held: dict[str, set[tuple[str, int]]] = field(default_factory=dict)  # KIP-848's members

    def take(self, key: dict, value: dict | None):
        data = key["data"]
        if data.get("group", data.get("groupId")) != self.group:
            return
        match kind_of(key):
            case "OffsetCommit" if value:
                self._commit(data["partition"], value["data"]["offset"])
            case "GroupMetadata" if value:
                self._generation(value["data"])
            case "ConsumerGroupCurrentMemberAssignment":
                self._member(data["memberId"], value["data"] if value else None)

    def _commit(self, partition: int, offset: int):
        self.judged.commits += 1
        before = self._committed.get(partition, 0)
        if offset < before:
            self.judged.wrong.append(f"partition {partition}: {offset} committed behind {before}")
        self._committed[partition] = offset

    def _generation(self, data: dict):
        self.judged.generations += 1
        owners = Counter(at for member in data["members"] for at in given(member["assignment"]))
        for at, times in owners.items():
            if times > 1:
                self.judged.wrong.append(f"generation {data['generation']}: {at} is given to {times} members")

    def _member(self, member: str, data: dict | None):
        self.judged.epochs += 1
        self._held[member] = held(data) if data else set()
        owners = Counter(at for of in self._held.values() for at in of)
        for at, times in owners.items():
            if times > 1:
                self.judged.wrong.append(f"epoch {data['memberEpoch'] if data else '-'} of {member}: {at} is held by {times} members")


def given(assignment: dict | None) -> list[tuple[str, int]]:
    topics = assignment["assignedPartitions"] if assignment else []
    return [(topic["topic"], partition) for topic in topics for partition in topic["partitions"]]


def held(data: dict) -> set[tuple[str, int]]:
    """What a member has: its own, and what it has not given up yet."""
    topics = data["assignedPartitions"] + data["partitionsPendingRevocation"]
    return {(topic["topicId"], partition) for topic in topics for partition in topic["partitions"]}


KINDS = {1: "OffsetCommit", 2: "GroupMetadata", 8: "ConsumerGroupCurrentMemberAssignment"}


def kind_of(key: dict) -> str:
    """By its number, as 4.3 prints it."""
    return KINDS.get(int(key["type"]), "")


def judge(group: str, folder: Path) -> Judged:
    """`folder` is a replica of the partition of __consumer_offsets that has the group."""
    log = GroupLog(group)
    for segment in sorted(folder.glob("*.log")):
        for key, value in RECORD.findall(dump("--offsets-decoder", "--files", segment)):
            log.take(json.loads(key), None if value == "<DELETE>" else json.loads(value))
    return log.judged
