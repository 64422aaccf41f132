"""A wire encoder of a hundred lines, written from the protocol's description: it can say what no sound client says.

Requests here use the oldest versions that brokers still take, which have no compact fields, so that bytes can be read
off the code. It shares nothing with the product's codec: both could otherwise be wrong in the same way.
"""

import socket
import struct
import zlib
from dataclasses import dataclass, field

PRODUCE, FETCH, LIST_OFFSETS, METADATA, OFFSET_COMMIT, FIND_COORDINATOR, JOIN_GROUP, HEARTBEAT = 0, 1, 2, 3, 8, 10, 11, 12
LEAVE_GROUP, DELETE_RECORDS, DELETE_GROUPS = 13, 21, 42
SASL_HANDSHAKE, API_VERSIONS, CREATE_TOPICS, INIT_PRODUCER_ID, SASL_AUTHENTICATE = 17, 18, 19, 22, 36


def i8(value: int) -> bytes:
    return struct.pack(">b", value)


def i16(value: int) -> bytes:
    return struct.pack(">h", value)


def i32(value: int) -> bytes:
    return struct.pack(">i", value)


def i64(value: int) -> bytes:
    return struct.pack(">q", value)


def u32(value: int) -> bytes:
    return struct.pack(">I", value)


def uvarint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(out) + bytes([value])


def varint(value: int) -> bytes:
    """Zigzag, as in records."""
    return uvarint((value << 1) ^ (value >> 63) if value >= 0 else ((-value - 1) << 1) | 1)


def string(text: str | bytes | None) -> bytes:
    if text is None:
        return i16(-1)
    data = text.encode() if isinstance(text, str) else text
    return i16(len(data)) + data


def blob(data: bytes | None) -> bytes:
    return i32(-1) if data is None else i32(len(data)) + data


def array(items: list[bytes]) -> bytes:
    return i32(len(items)) + b"".join(items)


def compact_string(text: str | None) -> bytes:
    return uvarint(0) if text is None else uvarint(len(text.encode()) + 1) + text.encode()


def _crc_table() -> list[int]:
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
        table.append(byte)
    return table


_CRC = _crc_table()


def crc32c(data: bytes) -> int:
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ _CRC[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF


def record(value: bytes | None = b"v", key: bytes | None = None, offset_delta: int = 0, timestamp_delta: int = 0,
           headers: bytes = varint(0), length: int | None = None, key_length: int | None = None) -> bytes:
    """One record of a magic 2 batch. `length`, `key_length` and `headers` may lie."""
    stated = key_length if key_length is not None else -1 if key is None else len(key)
    body = b"\0" + varint(timestamp_delta) + varint(offset_delta) + varint(stated) + (key or b"")
    body += varint(-1) if value is None else varint(len(value)) + value
    body += headers
    return varint(len(body) if length is None else length) + body


def gzip_bomb(size: int) -> bytes:
    """A record of `size` zeros (whole MiB), in gzip of about a thousandth."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    body = b"\0" + varint(0) + varint(0) + varint(-1) + varint(size)
    data = packer.compress(varint(len(body) + size + 1) + body)
    zeros = bytes(1 << 20)
    data += b"".join(packer.compress(zeros) for _ in range(size >> 20))
    return data + packer.compress(varint(0)) + packer.flush()


@dataclass
class Batch:
    """A magic 2 record batch, every field of which can be set wrong. `records` is already encoded (and compressed)."""

    records: bytes = field(default_factory=record)
    count: int = 1
    last_offset_delta: int | None = None
    base_offset: int = 0
    magic: int = 2
    attributes: int = 0
    base_timestamp: int = 0
    max_timestamp: int | None = None
    producer_id: int = -1
    producer_epoch: int = -1
    base_sequence: int = -1
    crc: int | None = None
    length: int | None = None

    def encode(self) -> bytes:
        last = self.count - 1 if self.last_offset_delta is None else self.last_offset_delta
        latest = self.base_timestamp if self.max_timestamp is None else self.max_timestamp
        covered = i16(self.attributes) + i32(last) + i64(self.base_timestamp) + i64(latest)
        covered += i64(self.producer_id) + i16(self.producer_epoch) + i32(self.base_sequence)
        covered += i32(self.count) + self.records
        after_length = i32(-1) + i8(self.magic) + u32(crc32c(covered) if self.crc is None else self.crc) + covered
        return i64(self.base_offset) + i32(len(after_length) if self.length is None else self.length) + after_length


class Cursor:
    """Reads a response, field after field."""

    def __init__(self, data: bytes):
        self.data, self.at = data, 0

    def take(self, count: int) -> bytes:
        part = self.data[self.at : self.at + count]
        if len(part) != count:
            raise AssertionError(f"the response ends early: {self.data[:64].hex()}")
        self.at += count
        return part

    def i16(self) -> int:
        return struct.unpack(">h", self.take(2))[0]

    def i32(self) -> int:
        return struct.unpack(">i", self.take(4))[0]

    def i64(self) -> int:
        return struct.unpack(">q", self.take(8))[0]

    def uvarint(self) -> int:
        value = shift = 0
        while (byte := self.take(1)[0]) & 0x80:
            value |= (byte & 0x7F) << shift
            shift += 7
        return value | byte << shift

    def string(self) -> str | None:
        length = self.i16()
        return None if length < 0 else self.take(length).decode(errors="replace")


class Closed(ConnectionError):
    """The broker ended the connection."""


class Silent(TimeoutError):
    """The broker neither answered nor closed within the limit."""


class Connection:
    def __init__(self, port: int, limit: float = 10.0, host: str = "127.0.0.1"):
        self.socket = socket.create_connection((host, port), timeout=limit)
        self.correlation = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data: bytes):
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            raise Closed("while sending") from None

    def frame(self, data: bytes):
        self.send(i32(len(data)) + data)

    def request(self, key: int, version: int, body: bytes, flexible: bool = False) -> int:
        """Sends one request and returns its correlation id."""
        self.correlation += 1
        header = i16(key) + i16(version) + i32(self.correlation) + string("bad-input") + (b"\0" if flexible else b"")
        self.frame(header + body)
        return self.correlation

    def _exactly(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            try:
                part = self.socket.recv(count - len(data))
            except TimeoutError:
                raise Silent(f"{len(data)} of {count} bytes") from None
            except ConnectionResetError:
                part = b""
            if not part:
                raise Closed("by the broker")
            data += part
        return data

    def response(self) -> Cursor:
        """The next response, behind its correlation id."""
        cursor = Cursor(self._exactly(struct.unpack(">i", self._exactly(4))[0]))
        got = cursor.i32()
        if got != self.correlation:
            raise AssertionError(f"a response to request {got}, not to {self.correlation}")
        return cursor

    def call(self, key: int, version: int, body: bytes, flexible: bool = False) -> Cursor:
        self.request(key, version, body, flexible)
        return self.response()

    def api_versions(self) -> int:
        return self.call(API_VERSIONS, 0, b"").i16()

    # What several cases do on the way to their own point.

    def create_topic(self, name: str | None, partitions: int = 1, settings: dict[str, str] | None = None) -> int:
        entries = [string(key) + string(value) for key, value in (settings or {}).items()]
        topic = string(name) + i32(partitions) + i16(1) + array([]) + array(entries)
        answer = self.call(CREATE_TOPICS, 2, array([topic]) + i32(10000) + i8(0))
        answer.i32(), answer.i32(), answer.string()
        return answer.i16()

    def produce(self, topic: str, records: bytes | None, acks: int = -1, version: int = 7) -> tuple[int, int]:
        """Produces to partition 0: the error code and the base offset."""
        body = string(None) + i16(acks) + i32(10000) + array([string(topic) + array([i32(0) + blob(records)])])
        answer = self.call(PRODUCE, version, body)
        answer.i32(), answer.string(), answer.i32(), answer.i32()
        return answer.i16(), answer.i64()

    def end_offset(self, topic: str, partition: int = 0) -> int | None:
        """The high watermark by ListOffsets; nothing while the partition has no leader here."""
        asked = array([string(topic) + array([i32(partition) + i64(-1)])])
        answer = self.call(LIST_OFFSETS, 1, i32(-1) + asked)
        answer.i32(), answer.string(), answer.i32(), answer.i32()
        if answer.i16():
            return None
        answer.i64()
        return answer.i64()

    def partition_count(self, topic: str) -> int:
        """Of what this broker knows of the topic by Metadata; 0 while it does not know it."""
        answer = self.call(METADATA, 1, array([string(topic)]))
        for _ in range(answer.i32()):
            answer.i32(), answer.string(), answer.i32(), answer.string()
        answer.i32(), answer.i32(), answer.i16(), answer.string(), answer.take(1)
        return answer.i32()

    def init_producer_id(self) -> tuple[int, int] | None:
        """A producer id and its epoch; nothing while the broker has none to give yet."""
        answer = self.call(INIT_PRODUCER_ID, 0, string(None) + i32(60000))
        answer.i32()
        return None if answer.i16() else (answer.i64(), answer.i16())
