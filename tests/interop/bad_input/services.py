"""Sound frames that ask for what must not be: fetches, topics, groups, authentication."""

import base64
import time

from harness.nodes import PASSWORD, USER
from harness.raw import (
    CREATE_TOPICS, FETCH, FIND_COORDINATOR, HEARTBEAT, JOIN_GROUP, METADATA, OFFSET_COMMIT, SASL_AUTHENTICATE,
    SASL_HANDSHAKE, Batch, Connection, array, blob, i8, i16, i32, i64, string,
)
from harness.waiting import until

from bad_input.case import Broker, case


def fetched(broker: Broker, session: int = 0, epoch: int = -1, partition_limit: int = 1 << 20, limit: int = 1 << 20,
            offset: int = 0, min_bytes: int = 1, replica: int = -1) -> tuple[int, int | None]:
    """Fetch v7 of one partition that holds a record: the error of the whole and, if named, of the partition."""
    topic = broker.topic()
    with broker.connect() as connection:
        assert connection.produce(topic, Batch().encode())[0] == 0
        named = string(topic) + array([i32(0) + i64(offset) + i64(-1) + i32(partition_limit)])
        body = i32(replica) + i32(100) + i32(min_bytes) + i32(limit) + i8(0) + i32(session) + i32(epoch)
        answer = connection.call(FETCH, 7, body + array([named]) + array([]))
        answer.i32()
        whole, _, topics = answer.i16(), answer.i32(), answer.i32()
        if topics == 0:
            return whole, None
        answer.string(), answer.i32(), answer.i32()
        return whole, answer.i16()


def both(codes: tuple[int, int | None]) -> str:
    return f"{codes[0]}, no partition" if codes[1] is None else f"{codes[0]}, partition {codes[1]}"


FETCHES = {
    "max bytes -1": dict(limit=-1),
    "max bytes 0": dict(limit=0),
    "max bytes 2147483647": dict(limit=2**31 - 1, partition_limit=2**31 - 1),
    "partition max bytes -1": dict(partition_limit=-1),
    "partition max bytes 0": dict(partition_limit=0),
    "min bytes 2147483647, wait 100 ms": dict(min_bytes=2**31 - 1),
    "min bytes -1": dict(min_bytes=-1),
    "an offset beyond the end": dict(offset=10**12),
    "offset -5": dict(offset=-5),
    "a session that is not there": dict(session=123456, epoch=5),
    "a session id of 0 with epoch 5": dict(session=0, epoch=5),
    "session epoch -2": dict(session=0, epoch=-2),
    "as replica 99, which is not one": dict(replica=99),
    "as replica 1, the leader itself": dict(replica=1),
}
for _name, _asked in FETCHES.items():
    case("fetch", _name)(lambda broker, asked=_asked: both(fetched(broker, **asked)))


@case("fetch", "a session's epoch skipped")
def skipped_epoch(broker):
    topic = broker.topic()
    with broker.connect() as connection:
        named = string(topic) + array([i32(0) + i64(0) + i64(-1) + i32(1000)])
        start = i32(-1) + i32(0) + i32(0) + i32(1000) + i8(0)
        answer = connection.call(FETCH, 7, start + i32(0) + i32(0) + array([named]) + array([]))
        answer.i32(), answer.i16()
        session = answer.i32()
        answer = connection.call(FETCH, 7, start + i32(session) + i32(7) + array([]) + array([]))
        answer.i32()
        return answer.i16()


TOPICS = {
    '"."': (".", 1), '".."': ("..", 1), '""': ("", 1), '"a/b"': ("a/b", 1), '"a b"': ("a b", 1),
    "250 characters": ("x" * 250, 1), "249 characters": ("y" * 249, 1), "letters beyond ASCII": ("käse", 1),
    "0 partitions": ("zero", 0), "-1 partitions": ("default-count", -1), "-2 partitions": ("negative", -2),
    "10001 partitions": ("many", 10001), "2147483647 partitions": ("most", 2**31 - 1),
}
for _name, (_topic, _partitions) in TOPICS.items():
    case("topic", _name)(lambda broker, t=_topic, p=_partitions: created(broker, t, p))


def created(broker: Broker, name: str, partitions: int) -> int:
    with broker.connect(limit=30) as connection:
        return connection.create_topic(name, partitions)


@case("topic", "an unknown configuration key")
def unknown_key(broker):
    with broker.connect() as connection:
        return connection.create_topic("unknown-key", settings={"no.such.key": "1"})


@case("topic", "a configuration value that is no number")
def bad_value(broker):
    with broker.connect() as connection:
        return connection.create_topic("bad-value", settings={"retention.ms": "soon"})


def create_with(broker: Broker, topics: list[bytes]) -> int:
    with broker.connect() as connection:
        answer = connection.call(CREATE_TOPICS, 2, array(topics) + i32(5000) + i8(0))
        answer.i32(), answer.i32(), answer.string()
        return answer.i16()


@case("topic", "replication factor 0")
def no_replicas(broker):
    return create_with(broker, [string("rf-0") + i32(1) + i16(0) + array([]) * 2])


@case("topic", "replication factor 3 of one broker")
def too_many_replicas(broker):
    return create_with(broker, [string("rf-3") + i32(1) + i16(3) + array([]) * 2])


@case("topic", "named twice in a request")
def named_twice(broker):
    return create_with(broker, [string("twice") + i32(1) + i16(1) + array([]) * 2] * 2)


@case("topic", "a replica on a broker that is not there")
def assigned_elsewhere(broker):
    return create_with(broker, [string("elsewhere") + i32(-1) + i16(-1) + array([i32(0) + array([i32(77)])]) + array([])])


@case("topic", "exists already")
def exists(broker):
    return created(broker, broker.topic(), 1)


def coordinated(broker: Broker, group: str) -> Connection:
    """A connection to the group's coordinator, once it is there."""

    def ready() -> bool:
        with broker.connect() as connection:
            answer = connection.call(FIND_COORDINATOR, 1, string(group) + i8(0))
            answer.i32()
            return answer.i16() == 0

    until(ready, "the group coordinator is there")
    return broker.connect()


def committed(broker: Broker, group: str, metadata: str | bytes | None, generation: int = -1) -> int:
    topic = broker.topic()
    with coordinated(broker, "any") as connection:
        offsets = string(topic) + array([i32(0) + i64(1) + string(metadata)])
        body = string(group) + i32(generation) + string("") + i64(-1) + array([offsets])

        def code() -> int:
            answer = connection.call(OFFSET_COMMIT, 2, body)
            answer.i32(), answer.string(), answer.i32(), answer.i32()
            return answer.i16()

        # 14 to 16: the offsets topic is still being made ready, which is no answer to this input.
        return until(lambda: (c := code()) not in (14, 15, 16) and (c,), "the group's offsets are loaded")[0]


@case("group", "5000 bytes of commit metadata")
def large_metadata(broker):
    return committed(broker, "g", "m" * 5000)


@case("group", "commit metadata that is no UTF-8")
def binary_metadata(broker):
    return committed(broker, "g", b"\xff\xfe\x00")


@case("group", "null commit metadata")
def null_metadata(broker):
    return committed(broker, "g", None)


@case("group", "a commit for generation 5 of no group")
def commit_generation(broker):
    return committed(broker, "no-such-group", "", generation=5)


@case("group", 'a commit for the group ""')
def commit_nameless(broker):
    return committed(broker, "", "")


def joined(broker: Broker, group: str, session_ms: int = 30000, member: str = "", protocols: list[bytes] | None = None) -> int:
    with coordinated(broker, "any") as connection:
        offered = [string("range") + blob(b"")] if protocols is None else protocols
        body = string(group) + i32(session_ms) + i32(60000) + string(member) + string("consumer") + array(offered)
        answer = connection.call(JOIN_GROUP, 2, body)
        answer.i32()
        return answer.i16()


JOINS = {
    'the group ""': dict(group=""),
    "a session timeout of 1 ms": dict(group="j1", session_ms=1),
    "a session timeout of -1 ms": dict(group="j2", session_ms=-1),
    "a session timeout of a day": dict(group="j3", session_ms=86_400_000),
    "a member that nobody knows": dict(group="j4", member="stranger"),
    "no protocols": dict(group="j5", protocols=[]),
}
for _name, _asked in JOINS.items():
    case("group", f"a join: {_name}")(lambda broker, asked=_asked: joined(broker, **asked))


@case("group", "a heartbeat to no group")
def heartbeat(broker):
    with coordinated(broker, "any") as connection:
        answer = connection.call(HEARTBEAT, 1, string("nobody") + i32(1) + string("m"))
        answer.i32()
        return answer.i16()


def handshake(connection: Connection, mechanism: str) -> int:
    return connection.call(SASL_HANDSHAKE, 1, string(mechanism)).i16()


def authenticate(connection: Connection, message: bytes) -> int:
    return connection.call(SASL_AUTHENTICATE, 0, blob(message)).i16()


def plain(user: str, password: str, authzid: str = "") -> bytes:
    return f"{authzid}\0{user}\0{password}".encode()


@case("sasl", "any request before the handshake", sasl=True)
def unauthenticated(broker):
    with broker.connect(sasl=True) as connection:
        connection.call(METADATA, 4, array([]) + i8(0))
        return "answers"


@case("sasl", "an unknown mechanism", sasl=True)
def unknown_mechanism(broker):
    with broker.connect(sasl=True) as connection:
        return handshake(connection, "ROT13")


@case("sasl", "SaslAuthenticate without a handshake", sasl=True)
def no_handshake(broker):
    with broker.connect(sasl=True) as connection:
        return authenticate(connection, plain(USER, PASSWORD))


@case("sasl", "a request between handshake and token", sasl=True)
def in_between(broker):
    with broker.connect(sasl=True) as connection:
        assert handshake(connection, "PLAIN") == 0
        answer = connection.call(METADATA, 4, array([string("t")]) + i8(0))
        answer.i32()
        assert answer.i32() == 0, "an error names no brokers"
        answer.string(), answer.i32(), answer.i32()
        return answer.i16()


def exchange(broker: Broker, mechanism: str, message: bytes) -> int:
    with broker.connect(sasl=True) as connection:
        assert handshake(connection, mechanism) == 0
        return authenticate(connection, message)


EXCHANGES = {
    "PLAIN: the wrong password": ("PLAIN", plain(USER, "no")),
    "PLAIN: an unknown user": ("PLAIN", plain("mallory", "no")),
    "PLAIN: authzid other than the user": ("PLAIN", plain(USER, PASSWORD, "bob")),
    "PLAIN: authzid the user (sound)": ("PLAIN", plain(USER, PASSWORD, USER)),
    "PLAIN: no separators": ("PLAIN", b"alice"),
    "PLAIN: four parts": ("PLAIN", plain(USER, PASSWORD) + b"\0x"),
    "PLAIN: an empty password": ("PLAIN", plain(USER, "")),
    "SCRAM: authzid other than the user": ("SCRAM-SHA-256", b"n,a=bob,n=alice,r=" + base64.b64encode(bytes(18))),
    "SCRAM: no message at all": ("SCRAM-SHA-256", b""),
    "SCRAM: not a client-first message": ("SCRAM-SHA-256", b"c=biws,r=x,p=y"),
    "SCRAM: an unknown user": ("SCRAM-SHA-256", b"n,,n=mallory,r=" + base64.b64encode(bytes(18))),
}
for _name, (_mechanism, _message) in EXCHANGES.items():
    case("sasl", _name, sasl=True)(lambda broker, m=_mechanism, t=_message: exchange(broker, m, t))


@case("sasl", "PLAIN: the time that a wrong password takes", sasl=True)
def failure_is_slow(broker):
    started = time.monotonic()
    exchange(broker, "PLAIN", plain(USER, "no"))
    return "100 ms or more" if time.monotonic() - started >= 0.1 else "less than 100 ms"


@case("sasl", "a frame of 600 KiB before authentication", sasl=True)
def large_before_authentication(broker):
    with broker.connect(sasl=True) as connection:
        connection.frame(bytes(600 << 10))
        connection.response()
        return "answers"


@case("sasl", "SaslHandshake on a plaintext port")
def needless_handshake(broker):
    with broker.connect() as connection:
        return handshake(connection, "PLAIN")


@case("sasl", "SaslAuthenticate on a plaintext port")
def needless_authentication(broker):
    with broker.connect() as connection:
        return authenticate(connection, plain(USER, PASSWORD))
