"""Bad frames, headers and fields: what a broker must refuse before it allocates or authenticates anything."""

import select

from harness import raw
from harness.raw import API_VERSIONS, CREATE_TOPICS, METADATA, array, i8, i16, i32, string, uvarint

from bad_input.case import Broker, case


def sent(broker: Broker, data: bytes, limit: float = 3.0) -> str:
    """Sends bytes as they are; returns only if the broker answers them."""
    with broker.connect(limit=limit) as connection:
        connection.send(data)
        return f"answers {len(connection._exactly(4))} bytes or more"


def answered(broker: Broker, key: int, version: int, body: bytes, flexible: bool = False) -> str:
    with broker.connect(limit=3.0) as connection:
        connection.call(key, version, body, flexible)
        return "answers"


@case("frame", "size -1")
def negative_size(broker):
    return sent(broker, i32(-1))


@case("frame", "size -2147483648")
def smallest_size(broker):
    return sent(broker, i32(-(2**31)))


@case("frame", "size 0")
def no_frame(broker):
    return sent(broker, i32(0))


@case("frame", "size 2147483647")
def largest_size(broker):
    return sent(broker, i32(2**31 - 1))


@case("frame", "one byte over socket.request.max.bytes")
def above_the_limit(broker):
    return sent(broker, i32(104857601))


@case("frame", "a TLS ClientHello on a plaintext port")
def tls_hello(broker):
    return sent(broker, bytes.fromhex("16030100c8010000c40303") + bytes(200))


@case("frame", "an HTTP request")
def http(broker):
    return sent(broker, b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")


@case("frame", "a header cut after the API key")
def cut_header(broker):
    return sent(broker, i32(2) + i16(METADATA))


@case("frame", "a frame that never ends")
def unfinished(broker):
    return sent(broker, i32(100) + bytes(10))


@case("header", "API key 999")
def unknown_key(broker):
    return answered(broker, 999, 0, b"")


@case("header", "API key -1")
def negative_key(broker):
    return answered(broker, -1, 0, b"")


@case("header", "Metadata version 99")
def unknown_version(broker):
    return answered(broker, METADATA, 99, b"")


@case("header", "Metadata version -1")
def negative_version(broker):
    return answered(broker, METADATA, -1, b"")


@case("header", "Produce version 2, which is advertised and not served")
def produce_2(broker):
    return answered(broker, raw.PRODUCE, 2, i16(1) + i32(1000) + array([]))


@case("header", "a controller's request (Vote) on a client listener")
def vote(broker):
    return answered(broker, 52, 0, b"\0" + uvarint(1) + b"\0", flexible=True)


@case("header", "ApiVersions version 99")
def api_versions_too_new(broker):
    with broker.connect() as connection:
        answer = connection.call(API_VERSIONS, 99, b"\0\0\0", flexible=True)
        return f"version 0 body, {answer.i16()}"


@case("header", "ApiVersions 3 without a client software name")
def api_versions_nameless(broker):
    with broker.connect() as connection:
        return connection.call(API_VERSIONS, 3, raw.compact_string("") + raw.compact_string("1") + b"\0", True).i16()


@case("fields", "a body of no bytes")
def no_body(broker):
    return answered(broker, METADATA, 4, b"")


@case("fields", "an array of 2147483647 elements in no bytes")
def lying_array(broker):
    return answered(broker, METADATA, 4, i32(2**31 - 1))


@case("fields", "an array of 1000 elements in 10 bytes")
def short_array(broker):
    return answered(broker, METADATA, 4, i32(1000) + bytes(10))


@case("fields", "an array of -2 elements")
def negative_array(broker):
    return answered(broker, METADATA, 4, i32(-2) + i8(0))


@case("fields", "a compact array of 4294967294 elements")
def lying_compact_array(broker):
    return answered(broker, METADATA, 9, uvarint(2**32 - 1), flexible=True)


@case("fields", "1000001 topics, every one there")
def million_topics(broker):
    return answered(broker, METADATA, 4, i32(1_000_001) + string("") * 1_000_001 + i8(0))


@case("fields", "a string of 32767 bytes in 3")
def lying_string(broker):
    return answered(broker, METADATA, 4, i32(1) + i16(32767) + b"abc")


@case("fields", "null for a topic's name")
def null_name(broker):
    return answered(broker, CREATE_TOPICS, 2, array([string(None) + i32(1) + i16(1) + array([]) * 2]) + i32(1000) + i8(0))


@case("fields", "null for the array of topics to create")
def null_topics(broker):
    return answered(broker, CREATE_TOPICS, 2, i32(-1) + i32(1000) + i8(0))


@case("fields", "a varint of six bytes")
def overlong_varint(broker):
    return answered(broker, METADATA, 9, b"\x80\x80\x80\x80\x80\x01" + bytes(4), flexible=True)


@case("fields", "a varint of five bytes for 1")
def padded_varint(broker):
    return answered(broker, METADATA, 9, b"\x81\x80\x80\x80\x00" + b"\0\0\0" + b"\0", flexible=True)


@case("fields", "a boolean of 7")
def odd_boolean(broker):
    return answered(broker, METADATA, 4, array([]) + i8(7))


@case("fields", "bytes left over after the body")
def left_over(broker):
    return answered(broker, METADATA, 4, array([]) + i8(0) + b"more")


@case("fields", "10001 tagged fields")
def many_tags(broker):
    tags = b"".join(uvarint(1000 + n) + b"\0" for n in range(10001))
    return answered(broker, METADATA, 9, b"\x01" + b"\0\0\0" + uvarint(10001) + tags, flexible=True)


@case("fields", "4294967295 tagged fields in no bytes")
def lying_tags(broker):
    return answered(broker, METADATA, 9, b"\x01" + b"\0\0\0" + uvarint(2**32 - 1), flexible=True)


@case("fields", "one unknown tag twice")
def repeated_tag(broker):
    return answered(broker, METADATA, 9, b"\x01" + b"\0\0\0" + b"\x02" + b"\x64\x01a" * 2, flexible=True)


@case("fields", "a tagged field longer than the frame")
def lying_tag(broker):
    return answered(broker, METADATA, 9, b"\x01" + b"\0\0\0" + b"\x01\x64\x7f", flexible=True)


@case("fields", "bad UTF-8 in the client id")
def bad_client_id(broker):
    with broker.connect() as connection:
        connection.correlation = 1
        connection.frame(i16(API_VERSIONS) + i16(0) + i32(1) + string(b"\xff\xfe\xc0"))
        return connection.response().i16()


@case("fields", "bad UTF-8 in a topic's name")
def bad_topic_name(broker):
    with broker.connect() as connection:
        answer = connection.call(METADATA, 4, array([string(b"\xff\xfe")]) + i8(0))
        brokers = [(answer.i32(), answer.string(), answer.i32(), answer.string()) for _ in range(_skip_throttle(answer))]
        assert brokers
        answer.string(), answer.i32(), answer.i32()
        return answer.i16()


def _skip_throttle(answer: raw.Cursor) -> int:
    answer.i32()
    return answer.i32()


@case("flood", "ApiVersions sent without end, answers never read")
def unread(broker):
    """A sound broker stops reading; one without limits would take it all."""
    with broker.connect() as connection:
        connection.socket.setblocking(False)
        frame = i16(API_VERSIONS) + i16(0) + i32(1) + string("flood")
        burst = (i32(len(frame)) + frame) * 1000
        taken, most = 0, 256 << 20
        while taken < most:
            _, writable, _ = select.select([], [connection.socket], [], 2.0)
            if not writable:
                return "stops reading"
            try:
                taken += connection.socket.send(burst)
            except (BrokenPipeError, ConnectionResetError):
                raise raw.Closed("in the flood") from None
        return "takes 256 MiB of requests"
