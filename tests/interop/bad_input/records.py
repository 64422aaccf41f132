"""Sound frames that ask records to be where they cannot be: sizes, the brokers' own topics, deletion, look-ups by time."""

import time
import zlib

from harness import raw
from harness.raw import DELETE_RECORDS, FETCH, LIST_OFFSETS, Batch, array, i8, i32, i64, record, string

from bad_input.case import Broker, case, now_ms
from bad_input.services import coordinated


def zeros(size: int) -> bytes:
    """A record of so many zeros, in gzip."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return packer.compress(record(bytes(size))) + packer.flush()


@case("produce", "gzip of 10000 bytes to a topic of max.message.bytes 2000 that is uncompressed")
def grows(broker):
    topic = broker.topic(compression_type="uncompressed", max_message_bytes="2000")
    with broker.connect() as connection:
        return connection.produce(topic, Batch(zeros(10_000), attributes=1, base_timestamp=now_ms()).encode())[0]


@case("produce", "a batch larger than a segment")
def larger_than_a_segment(broker):
    topic = broker.topic(segment_bytes="1048576", max_message_bytes="5000000")
    with broker.connect() as connection:
        return connection.produce(topic, Batch(record(bytes(2_000_000)), base_timestamp=now_ms()).encode())[0]


@case("produce", "to __consumer_offsets")
def to_the_offsets(broker):
    with coordinated(broker, "any") as connection:
        return connection.produce("__consumer_offsets", Batch(record(b"v", b"k"), base_timestamp=now_ms()).encode())[0]


@case("fetch", "min bytes above max bytes, of a partition that has more than both")
def more_than_it_takes(broker):
    topic = broker.topic(segment_ms="100000000")
    with broker.connect() as connection:
        for _ in range(5):
            assert connection.produce(topic, Batch(record(bytes(1000)), base_timestamp=now_ms()).encode())[0] == 0
        named = array([string(topic) + array([i32(0) + i64(0) + i64(-1) + i32(1 << 20)])])
        began = time.monotonic()
        connection.call(FETCH, 7, i32(-1) + i32(5000) + i32(1 << 30) + i32(1500) + i8(0) + i32(0) + i32(-1) + named + array([]))
        return "answers at once" if time.monotonic() - began < 2.5 else "waits for its time"


def deleted_before(broker: Broker, *offsets: int, **settings: str) -> tuple[int, int]:
    """DeleteRecords of a topic of its own with five records, once for each offset: the last answer's error and low watermark."""
    topic = broker.topic(**settings)
    with broker.connect() as connection:
        while (connection.end_offset(topic) or 0) < 5:
            connection.produce(topic, Batch(record(b"v", b"k"), base_timestamp=now_ms()).encode())
        for offset in offsets:
            asked = array([string(topic) + array([i32(0) + i64(offset)])])
            answer = connection.call(DELETE_RECORDS, 1, asked + i32(5000))
            answer.i32(), answer.i32(), answer.string(), answer.i32(), answer.i32()
            low = answer.i64()
            code = answer.i16()
        return code, low


DELETIONS = {
    "below the start": dict(offsets=(3, 1), settings=dict(segment_ms="100000001")),
    "beyond the high watermark": dict(offsets=(9,), settings=dict(segment_ms="100000002")),
    "-2": dict(offsets=(-2,), settings=dict(segment_ms="100000003")),
    "2, of a topic that is compacted only": dict(offsets=(2,), settings=dict(cleanup_policy="compact", segment_ms="100000004")),
}
for _name, _asked in DELETIONS.items():
    case("delete records", _name)(
        lambda broker, asked=_asked: "{}, low watermark {}".format(*deleted_before(broker, *asked["offsets"], **asked["settings"])))


def looked_up(broker: Broker, timestamp: int, version: int) -> int:
    """ListOffsets of one partition in a version without compact fields: the partition's error."""
    topic = broker.topic()
    epoch = i32(-1) if version >= 4 else b""
    level = i8(0) if version >= 2 else b""
    with broker.connect() as connection:
        asked = array([string(topic) + array([i32(0) + epoch + i64(timestamp)])])
        answer = connection.call(LIST_OFFSETS, version, i32(-1) + level + asked)
        if version >= 2:
            answer.i32()
        answer.i32(), answer.string(), answer.i32(), answer.i32()
        return answer.i16()


for _timestamp, _version in ((-3, 1), (-4, 5), (-7, 5), (-(2**63), 5)):
    case("list offsets", f"timestamp {_timestamp} in version {_version}")(
        lambda broker, t=_timestamp, v=_version: looked_up(broker, t, v))


@case("group", 'members leave the group ""')
def leave_nameless(broker):
    with coordinated(broker, "any") as connection:
        answer = connection.call(raw.LEAVE_GROUP, 3, string("") + array([string("m") + string(None)]))
        answer.i32()
        return answer.i16()


@case("group", 'the coordinator of the group ""')
def coordinator_of_nobody(broker):
    with coordinated(broker, "any") as connection:
        answer = connection.call(raw.FIND_COORDINATOR, 1, string("") + i8(0))
        answer.i32()
        return answer.i16()


@case("group", 'the group "" is deleted')
def delete_nameless(broker):
    with coordinated(broker, "any") as connection:
        answer = connection.call(raw.DELETE_GROUPS, 1, array([string("")]))
        answer.i32(), answer.i32(), answer.string()
        return answer.i16()
