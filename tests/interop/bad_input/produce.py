"""Bad record batches in Produce: each lies about one thing only, and its CRC is right unless that is the lie."""

import gzip
import zlib

from harness.raw import Batch, Closed, array, blob, gzip_bomb, i8, i16, i32, i64, record, string, u32, varint

from bad_input.case import Broker, case, now_ms

GZIP, SNAPPY, LZ4, ZSTD = 1, 2, 3, 4


def produced(broker: Broker, records: bytes | None, version: int = 7, acks: int = -1, **settings: str) -> int:
    topic = broker.topic(**settings)
    with broker.connect() as connection:
        return connection.produce(topic, records, acks, version)[0]


def produced_batch(broker: Broker, **lies) -> int:
    return produced(broker, Batch(**lies).encode())


# One lie a line: the case's name, and the field of the batch that is wrong.
LIES = {
    "base offset 7": dict(base_offset=7),
    "base offset -1": dict(base_offset=-1),
    "magic 3": dict(magic=3),
    "magic -1": dict(magic=-1),
    "batch length 1 byte beyond what is there": dict(length=len(Batch().encode()) - 12 + 1),
    "batch length 2147483647": dict(length=2**31 - 1),
    "batch length 13, below the least": dict(length=13),
    "batch length 0": dict(length=0),
    "batch length -1": dict(length=-1),
    "a wrong CRC": dict(crc=0x12345678),
    "count 2, one record there": dict(count=2, last_offset_delta=1),
    "count 0, one record there": dict(count=0, last_offset_delta=0),
    "count -1": dict(count=-1, last_offset_delta=0),
    "count 2147483647": dict(count=2**31 - 1),
    "last offset delta 5 for one record": dict(last_offset_delta=5),
    "last offset delta -1": dict(last_offset_delta=-1),
    "no records at all": dict(count=0, records=b""),
    "a control batch from a client": dict(attributes=0x20, records=record(b"\0\0\0\0\0\0", b"\0\0\0\1")),
    "the transactional bit without a producer id": dict(attributes=0x10),
    "LogAppendTime set by the producer": dict(attributes=0x08),
    "unused attribute bits": dict(attributes=0x4000),
    "a producer id with sequence -1": dict(producer_id=1000000, producer_epoch=0, base_sequence=-1),
    "a producer id with epoch -1": dict(producer_id=1000000, producer_epoch=-1, base_sequence=0),
    "producer id -2": dict(producer_id=-2, producer_epoch=0, base_sequence=0),
    "a sequence without a producer id": dict(base_sequence=0),
    "a record's length beyond the batch": dict(records=record(length=100)),
    "a record's length of -1": dict(records=record(length=-1)),
    "a record's length one too short": dict(records=record(length=len(record()) - 2)),
    "a key's length beyond the record": dict(records=record(key=b"k", key_length=1000)),
    "a key's length of 2147483647": dict(records=record(key=b"k", key_length=2**31 - 1)),
    "header count beyond the record": dict(records=record(headers=varint(1000))),
    "header count -1": dict(records=record(headers=varint(-1))),
    "a header's key of length -1": dict(records=record(headers=varint(1) + varint(-1) + varint(0))),
    "a header's key length beyond the record": dict(records=record(headers=varint(1) + varint(50) + b"a")),
    "bytes after the last record": dict(records=record() + b"more"),
    "a record's offset delta of 5 as the first": dict(records=record(offset_delta=5)),
    "two records of offset deltas 0 and 2": dict(count=2, records=record() + record(offset_delta=2)),
    "offset deltas 0 and 2, the last one 2": dict(count=2, last_offset_delta=2, records=record() + record(offset_delta=2)),
    "gzip of offset deltas 0 and 2": dict(attributes=GZIP, count=2, records=gzip.compress(record() + record(offset_delta=2))),
    "a varint of eleven bytes as a record's length": dict(records=b"\xff" * 10 + b"\x01" + record()),
    "unknown codec 5": dict(attributes=5),
    "unknown codec 7": dict(attributes=7),
    "gzip that is no gzip": dict(attributes=GZIP, records=b"not gzip"),
    "snappy that is no snappy": dict(attributes=SNAPPY, records=b"\x82SNAPPY\0" + b"\xff" * 20),
    "lz4 that is no lz4": dict(attributes=LZ4, records=b"\xff" * 30),
    "gzip cut in the middle": dict(attributes=GZIP, records=gzip.compress(record(b"v" * 1000))[:20]),
    "gzip of no records, count 1": dict(attributes=GZIP, records=gzip.compress(b"")),
    "gzip of two records, count 1": dict(attributes=GZIP, records=gzip.compress(record() + record(offset_delta=1))),
    "gzip with a wrong checksum": dict(attributes=GZIP, records=gzip.compress(record())[:-8] + bytes(8)),
}
for _name, _lie in LIES.items():
    case("batch", _name)(lambda broker, lie=_lie: produced_batch(broker, **lie))


@case("batch", "a gzip bomb of 1 GiB")
def bomb(broker):
    topic = broker.topic(max_message_bytes="10000000")
    with broker.connect(limit=60) as connection:
        return connection.produce(topic, Batch(attributes=GZIP, records=gzip_bomb(1 << 30)).encode())[0]


@case("batch", "zstd in Produce version 6")
def zstd_too_early(broker):
    return produced(broker, Batch(attributes=ZSTD, records=b"\x28\xb5\x2f\xfd\x20\x00\x01\x00\x00").encode(), version=6)


def legacy(magic: int) -> bytes:
    body = i8(magic) + i8(0) + (i64(0) if magic == 1 else b"") + i32(-1) + blob(b"v")
    message = u32(zlib.crc32(body)) + body
    return i64(0) + i32(len(message)) + message


for _magic in (0, 1):
    case("batch", f"a sound message of magic {_magic}")(lambda broker, m=_magic: produced(broker, legacy(m)))


@case("batch", "a timestamp two hours ahead")
def timestamp_ahead(broker):
    return produced_batch(broker, base_timestamp=now_ms() + 2 * 3600 * 1000)


@case("batch", "a timestamp of 1970")
def timestamp_old(broker):
    return produced_batch(broker, base_timestamp=0)


@case("batch", "a timestamp of -5")
def timestamp_negative(broker):
    return produced_batch(broker, base_timestamp=-5)


@case("batch", "LogAppendTime set by the producer, as the topic has it")
def append_time_twice(broker):
    return produced(broker, Batch(attributes=0x08).encode(), message_timestamp_type="LogAppendTime")


@case("batch", "LogAppendTime set by the producer, without a timestamp")
def append_time_without_timestamp(broker):
    return produced_batch(broker, attributes=0x08, base_timestamp=-1)


@case("batch", "larger than max.message.bytes")
def oversized(broker):
    return produced(broker, Batch(records=record(bytes(2000))).encode(), max_message_bytes="1000")


@case("batch", "no key in a compacted topic")
def keyless(broker):
    return produced(broker, Batch().encode(), cleanup_policy="compact")


@case("produce", "null for the records")
def null_records(broker):
    return produced(broker, None)


@case("produce", "no bytes of records")
def empty_records(broker):
    return produced(broker, b"")


@case("produce", "two batches")
def two_batches(broker):
    return produced(broker, Batch().encode() * 2)


@case("produce", "a batch and 5 bytes more")
def trailing_bytes(broker):
    return produced(broker, Batch().encode() + bytes(5))


@case("produce", "60 bytes, less than a header")
def less_than_a_header(broker):
    return produced(broker, Batch().encode()[:60])


for _acks in (7, -2):
    case("produce", f"acks {_acks}")(lambda broker, a=_acks: produced(broker, Batch().encode(), acks=a))


@case("produce", "acks 0 and a wrong CRC")
def silent_failure(broker):
    topic = broker.topic()
    with broker.connect(limit=3.0) as connection:
        try:
            return connection.produce(topic, Batch(crc=1).encode(), acks=0)[0]
        except Closed:
            return "closes"


@case("produce", "a partition that is not there")
def no_partition(broker):
    topic = broker.topic()
    with broker.connect() as connection:
        body = string(None) + i16(-1) + i32(1000) + array([string(topic) + array([i32(99) + blob(Batch().encode())])])
        answer = connection.call(0, 7, body)
        answer.i32(), answer.string(), answer.i32(), answer.i32()
        return answer.i16()


@case("produce", "one partition twice in a request")
def partition_twice(broker):
    topic = broker.topic()
    with broker.connect(limit=5.0) as connection:
        one = i32(0) + blob(Batch().encode())
        answer = connection.call(0, 7, string(None) + i16(-1) + i32(1000) + array([string(topic) + array([one, one])]))
        codes = []
        for _ in range((answer.i32(), answer.string(), answer.i32())[2]):
            answer.i32()
            codes.append(answer.i16())
            answer.i64(), answer.i64(), answer.i64()
        return "answers " + ", ".join(map(str, codes))


def sequence(broker: Broker, *steps: tuple[int, int]) -> list[tuple[int, int]]:
    """Produces with one new producer id, a step being (epoch, sequence): what was answered to each."""
    topic = broker.topic()
    identity, epoch = broker.producer_id()
    with broker.connect() as connection:
        return [
            connection.produce(topic, Batch(producer_id=identity, producer_epoch=epoch + e, base_sequence=s).encode())
            for e, s in steps
        ]


@case("sequence", "a gap, the producer known")
def gap(broker):
    return sequence(broker, (0, 0), (0, 5))[-1][0]


@case("sequence", "starts at 5, the producer unknown")
def unknown_producer(broker):
    return sequence(broker, (0, 5))[-1][0]


@case("sequence", "a new epoch that starts at 5")
def new_epoch_gap(broker):
    return sequence(broker, (0, 0), (1, 5))[-1][0]


@case("sequence", "an epoch older than the last")
def stale_epoch(broker):
    return sequence(broker, (1, 0), (0, 1))[-1][0]


@case("sequence", "each of the last five again")
def repeats(broker):
    first = [(0, n) for n in range(5)]
    answers = sequence(broker, *first, *first)
    same = answers[:5] == answers[5:]
    return "the first offsets again" if same else f"answers {answers[5:]}"


@case("sequence", "the sixth but last again")
def older_repeat(broker):
    return sequence(broker, *[(0, n) for n in range(6)], (0, 0))[-1][0]


@case("sequence", "after 2147483647 comes 0")
def wrap(broker):
    codes = [code for code, _ in sequence(broker, (0, 2**31 - 1), (0, 0))]
    return "answers " + ", ".join(map(str, codes))
