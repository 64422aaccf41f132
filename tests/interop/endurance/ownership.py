"""What members said, judged: who owned which partition from when to when, what was read of it, and what was committed.

All times are milliseconds of one machine's clock. A member says that it has got a partition after the group gave it, and that it gives
it up before the group hears of it: what it says is a part of the time for which it had it, and two that overlap did own it at once.
"""

from bisect import bisect_left
from dataclasses import dataclass, field


@dataclass
class Interval:
    partition: int
    member: str
    start: int
    end: int | None = None
    lost: bool = False  # the group had given it to others already: another generation's


@dataclass
class Life:
    """One run of one member: what it said, taken note of."""

    name: str
    intervals: list[Interval] = field(default_factory=list)
    read: list[tuple[int, int, int, int]] = field(default_factory=list)  # time, partition, first and last offset
    commits: list[tuple[int, int, int]] = field(default_factory=list)  # time, partition, offset; those that were taken
    refused: int = 0
    ended: int | None = None

    def owned(self) -> set[int]:
        return {one.partition for one in self.intervals if one.end is None}

    def take(self, said: dict):
        time = said["timestamp"]
        match said["name"]:
            case "partitions_assigned":
                self.intervals += [Interval(one["partition"], self.name, time) for one in said["partitions"]]
            case "partitions_revoked" | "partitions_lost" as name:
                for one in said["partitions"]:
                    self._give_up(one["partition"], time, name == "partitions_lost")
            case "records_consumed":
                self.read += [(time, one["partition"], one["minOffset"], one["maxOffset"]) for one in said["partitions"]]
            case "offsets_committed" if said["success"]:
                self.commits += [(time, one["partition"], one["offset"]) for one in said["offsets"]]
            case "offsets_committed":
                self.refused += 1

    def _give_up(self, partition: int, time: int, lost: bool):
        for one in self.intervals:
            if one.partition == partition and one.end is None:
                one.end, one.lost = time, lost

    def closed(self) -> list[Interval]:
        """What it had at its end, it had until it was told to end, or killed."""
        return [Interval(one.partition, one.member, one.start, one.end or self.ended, one.lost) for one in self.intervals]


def owned_twice(lives: list[Life]) -> list[tuple[Interval, Interval]]:
    """Pairs that had a partition at once, but for who lost it before he knew."""
    found, holding = [], []
    for one in sorted((one for life in lives for one in life.closed()), key=lambda one: (one.partition, one.start)):
        holding = [other for other in holding if other.partition == one.partition and (other.end is None or other.end > one.start)]
        found += [(other, one) for other in holding if other.member != one.member and not other.lost]
        holding.append(one)
    return found


class Committed:
    """The highest offset that had been committed of a partition before a time."""

    def __init__(self, lives: list[Life]):
        self._by_partition: dict[int, tuple[list[int], list[int]]] = {}
        for time, partition, offset in sorted(commit for life in lives for commit in life.commits):
            times, highest = self._by_partition.setdefault(partition, ([], []))
            times.append(time)
            highest.append(max(offset, highest[-1] if highest else 0))

    def before(self, time: int, partition: int) -> int:
        times, highest = self._by_partition.get(partition, ([], []))
        earlier = bisect_left(times, time)
        return highest[earlier - 1] if earlier else 0


def read_below_a_commit(lives: list[Life]) -> list[tuple[str, int, int, int]]:
    """Member, partition, offset read, offset committed: begun below what had been committed before the partition was assigned."""
    found = []
    committed = Committed(lives)
    for life in lives:
        for one in life.closed():
            begun = next((low for time, partition, low, _ in life.read if partition == one.partition and time >= one.start), None)
            highest = committed.before(one.start, one.partition)
            if begun is not None and begun < highest:
                found.append((life.name, one.partition, begun, highest))
    return found


def read_without_owning(lives: list[Life]) -> list[tuple[str, int, int]]:
    """Member, partition, time."""
    found = []
    for life in lives:
        spans = life.closed()
        for time, partition, *_ in life.read:
            if not any(one.partition == partition and one.start <= time and (one.end is None or time <= one.end) for one in spans):
                found.append((life.name, partition, time))
    return found


def unread(lives: list[Life], ends: dict[int, int]) -> dict[int, int]:
    """By partition, how many offsets below its end nobody has read."""
    missing = {}
    for partition, end in ends.items():
        reached = gap = 0
        for low, high in sorted((low, high) for life in lives for _, at, low, high in life.read if at == partition):
            gap += max(0, low - reached)
            reached = max(reached, high + 1)
        if missed := gap + max(0, end - reached):
            missing[partition] = missed
    return missing
