"""How soon a follower of the metadata log learns that a record is committed, while nothing else happens (KIP-1166)."""

import itertools
import statistics
import struct
import time
from concurrent.futures import ThreadPoolExecutor

from harness import kcli, raw
from harness.cluster import running_cluster
from harness.tools import Tools

from runner.rows import Row, Target, row
from runner.stage import folder, say

FETCH, WAIT_MS, OBSERVER = 1, 500, 99
METADATA_TOPIC = bytes(15) + b"\1"
ROUNDS = 20


class Follower:
    """An observer of the quorum that speaks Fetch as of `version`: since 18 it says which high watermark it knows."""

    def __init__(self, port: int, version: int, epoch: int, end: int):
        self.connection, self.version, self.epoch, self.end, self.known = raw.Connection(port), version, epoch, end, 0

    def ask(self, wait: int):
        known = raw.uvarint(1) + raw.uvarint(1) + raw.uvarint(8) + raw.i64(self.known) if self.version >= 18 else b"\0"
        partition = raw.i32(0) + raw.i32(self.epoch) + raw.i64(self.end) + raw.i32(self.epoch) + raw.i64(0) + raw.i32(1 << 20) + known
        topic = METADATA_TOPIC + raw.uvarint(2) + partition + b"\0"
        replica = raw.i32(OBSERVER) + raw.i64(-1) + b"\0"
        body = raw.i32(wait) + raw.i32(1) + raw.i32(1 << 20) + raw.i8(0) + raw.i32(0) + raw.i32(-1)
        body += raw.uvarint(2) + topic + raw.uvarint(1) + raw.uvarint(1)
        body += raw.uvarint(1) + raw.uvarint(1) + raw.uvarint(len(replica)) + replica
        self.connection.request(FETCH, self.version, body, flexible=True)

    def hear(self):
        answer = self.connection.response()
        answer.take(1 + 4 + 2 + 4 + 1 + 16 + 1 + 4)  # tags, throttle, error, session, one topic and its id, one partition and its number
        if error := answer.i16():
            raise AssertionError(f"the controller refused the fetch with {error}")
        self.known = answer.i64()
        answer.take(16)
        assert answer.uvarint() <= 1
        answer.take(4)
        self._append(answer.take(max(0, answer.uvarint() - 1)))

    def _append(self, batches: bytes):
        at = 0
        while at < len(batches):
            base, length = struct.unpack_from(">qi", batches, at)
            self.end = base + struct.unpack_from(">i", batches, at + 23)[0] + 1
            at += 12 + length

    def catch_up(self):
        while True:
            before = self.end
            self.ask(0)
            self.hear()
            if self.end == before <= self.known:
                return

    def learn(self, happens) -> float:
        """Milliseconds from having the record to knowing that it is committed."""
        self.catch_up()
        before = self.end
        self.ask(WAIT_MS)
        with ThreadPoolExecutor(1) as aside:
            aside.submit(happens)
            while self.end == before:
                self.hear()
                if self.end == before:
                    self.ask(WAIT_MS)
            began = time.monotonic()
            while self.known < self.end:
                self.ask(WAIT_MS)
                self.hear()
            return 1000 * (time.monotonic() - began)


def _create(port: int, name: str) -> float:
    """Milliseconds until a topic is made: it is answered when every broker has applied the records."""
    with raw.Connection(port) as connection:
        began = time.monotonic()
        assert connection.create_topic(name) == 0
        return 1000 * (time.monotonic() - began)


def learning(runs: int) -> list[Row]:
    """three idle nodes: until a follower knows that a metadata record is committed, and until every broker has applied it"""
    learnt, served = {17: [], 18: []}, []
    with folder() as place, running_cluster(place) as cluster:
        say("metadata of three idle nodes")
        tools, names = Tools(cluster, place), (f"learnt-{n}" for n in itertools.count())
        _create(cluster.member(1).port, next(names))
        [leader] = [one for one in kcli.rows(tools, "cluster", "quorum") if one["status"] == "leader"]
        node = cluster.member(leader["node"])
        for _ in range(runs):
            served.append(statistics.median(_create(node.port, next(names)) for _ in range(ROUNDS)))
            for version, times in learnt.items():
                follower = Follower(node.controller_port, version, leader["epoch"], leader["high_watermark"])
                count = ROUNDS if version >= 18 else 4
                times.append(statistics.median(follower.learn(lambda: _create(node.port, next(names))) for _ in range(count)))
    soon = Target("at most", 5, "ms")
    return [
        row(
            "learning",
            "a follower has a metadata record, and knows that it is committed",
            "ms",
            learnt[18],
            learnt[17],
            soon,
            peer="Fetch v17",
            broker="three nodes",
        ),
        row("learning", "a topic is made, and every broker has applied it", "ms", served, broker="three nodes"),
    ]
