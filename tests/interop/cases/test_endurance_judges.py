"""What the long runs judge by, on stories made by hand: each fault is found in the one that has it, and in no other."""

import pytest
from endurance.offsets_log import GroupLog
from endurance.ownership import Life, owned_twice, read_below_a_commit, read_without_owning, unread

NOTHING = {"twice": 0, "below": 0, "without": 0, "unread": {}}


def life(name: str, *said: tuple, ended: int = 1000) -> Life:
    """(time, "has" or "gives" or "loses", partition), (time, "reads", partition, first, last), (time, "commits", partition, offset)."""
    told = Life(name, ended=ended)
    for time, what, partition, *more in said:
        at = {"topic": "shared", "partition": partition}
        name, body = {
            "has": ("partitions_assigned", {"partitions": [at]}),
            "gives": ("partitions_revoked", {"partitions": [at]}),
            "loses": ("partitions_lost", {"partitions": [at]}),
            "reads": ("records_consumed", {"partitions": [at | {"minOffset": more[0], "maxOffset": more[-1]}] if more else []}),
            "commits": ("offsets_committed", {"success": True, "offsets": [at | {"offset": (more or [0])[0]}]}),
            "is refused": ("offsets_committed", {"success": False, "offsets": [at | {"offset": (more or [0])[0]}]}),
        }[what]
        told.take({"timestamp": time, "name": name} | body)
    return told


STORIES = {
    "one behind the other": (
        [
            life("a", (1, "has", 0), (2, "reads", 0, 0, 9), (3, "commits", 0, 10), (4, "gives", 0)),
            life("b", (4, "has", 0), (5, "reads", 0, 10, 19)),
        ],
        {},
    ),
    "both at once": (
        [life("a", (1, "has", 0), (2, "reads", 0, 0, 19), (6, "gives", 0)), life("b", (5, "has", 0))],
        {"twice": 1},
    ),
    "at once, behind a third that was short": (
        [life("a", (1, "has", 0), (2, "reads", 0, 0, 19), (9, "gives", 0)), life("b", (2, "has", 0), (3, "loses", 0)), life("c", (8, "has", 0))],
        {"twice": 2},
    ),
    "who has lost it did not know yet": (
        [life("a", (1, "has", 0), (2, "reads", 0, 0, 19), (6, "loses", 0)), life("b", (5, "has", 0))],
        {},
    ),
    "killed, and its successor": (
        [life("a", (1, "has", 0), (2, "reads", 0, 0, 19), ended=5), life("a again", (5, "has", 0))],
        {},
    ),
    "begun below the commit": (
        [
            life("a", (1, "has", 0), (2, "reads", 0, 0, 19), (3, "commits", 0, 20), (4, "gives", 0)),
            life("b", (5, "has", 0), (6, "reads", 0, 15, 19)),
        ],
        {"below": 1},
    ),
    "begun again, since the commit was refused": (
        [
            life("a", (1, "has", 0), (2, "reads", 0, 0, 19), (3, "is refused", 0, 20), (4, "gives", 0)),
            life("b", (5, "has", 0), (6, "reads", 0, 0, 19)),
        ],
        {},
    ),
    "read when it was gone": ([life("a", (1, "has", 0), (2, "gives", 0), (3, "reads", 0, 0, 19))], {"without": 1}),
    "a hole": ([life("a", (1, "has", 0), (2, "reads", 0, 0, 9), (3, "reads", 0, 12, 19))], {"unread": {0: 2}}),
    "not to the end": ([life("a", (1, "has", 0), (2, "reads", 0, 0, 16))], {"unread": {0: 3}}),
}


@pytest.mark.parametrize("story", STORIES)
def test_what_members_said(story):
    lives, expected = STORIES[story]
    found = {
        "twice": len(owned_twice(lives)),
        "below": len(read_below_a_commit(lives)),
        "without": len(read_without_owning(lives)),
        "unread": unread(lives, {0: 20}),
    }
    assert found == NOTHING | expected


def commit(offset: int, group: str = "mixed") -> tuple:
    return {"type": "1", "data": {"group": group, "topic": "shared", "partition": 0}}, {"data": {"offset": offset}}


def generation(*members: list[int]) -> tuple:
    of = [{"assignment": {"assignedPartitions": [{"topic": "shared", "partitions": one}]}} for one in members]
    return {"type": "2", "data": {"group": "mixed"}}, {"data": {"generation": 1, "members": of}}


def current(member: str, assigned: list[int] | None, pending: tuple = ()) -> tuple:
    key = {"type": "8", "data": {"groupId": "mixed", "memberId": member}}
    if assigned is None:
        return key, None
    topics = {name: [{"topicId": "t", "partitions": list(of)}] for name, of in (("assignedPartitions", assigned), ("partitionsPendingRevocation", pending))}
    return key, {"data": {"memberEpoch": 1} | topics}


LOGS = {
    "commits that rise": ([commit(3), commit(3), commit(7)], 0),
    "a commit that goes back": ([commit(7), commit(3)], 1),
    "another group's commit": ([commit(7), commit(3, "other")], 0),
    "a generation": ([generation([0, 1], [2])], 0),
    "a generation that gives one out twice": ([generation([0, 1], [1])], 1),
    "given up before it is another's": ([current("a", [0, 1]), current("a", [0], (1,)), current("a", [0]), current("b", [1])], 0),
    "another's before it is given up": ([current("a", [0], (1,)), current("b", [1])], 1),
    "who is gone holds nothing": ([current("a", [0, 1]), current("a", None), current("b", [1])], 0),
}


@pytest.mark.parametrize("log", LOGS)
def test_what_the_coordinator_wrote(log):
    records, wrong = LOGS[log]
    group = GroupLog("mixed")
    for key, value in records:
        group.take(key, value)
    assert len(group.judged.wrong) == wrong, group.judged.wrong
