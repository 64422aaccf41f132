"""librdkafka's own mock cluster, in this process: brokers that keep records in memory and fail as they are told to.

Each call is one of rdkafka_mock.h, in the library that the Python package brings along.
"""

import ctypes
from contextlib import contextmanager

from harness.peers import VENV
from harness.process import Failed

API = {
    "Produce": 0,
    "Fetch": 1,
    "ListOffsets": 2,
    "Metadata": 3,
    "InitProducerId": 22,
}
PRODUCER = 0  # rd_kafka_type_t


def _library() -> ctypes.CDLL:
    found = sorted(VENV.glob("lib/python*/site-packages/confluent_kafka.libs/librdkafka-*.so*"))
    if not found:
        raise Failed(f"no librdkafka under {VENV}")
    library = ctypes.CDLL(str(found[0]))
    for name in ("rd_kafka_new", "rd_kafka_mock_cluster_new"):
        getattr(library, name).restype = ctypes.c_void_p
    library.rd_kafka_mock_cluster_bootstraps.restype = ctypes.c_char_p
    return library


class MockCluster:
    """`address` is what clients bootstrap from; brokers are numbered from 1."""

    def __init__(self, brokers: int):
        self._library = _library()
        said = ctypes.create_string_buffer(512)
        client = self._library.rd_kafka_new(PRODUCER, None, said, ctypes.c_size_t(len(said)))
        if not client:
            raise Failed(f"no librdkafka client: {said.value.decode()}")
        self._client = ctypes.c_void_p(client)
        self._cluster = ctypes.c_void_p(self._library.rd_kafka_mock_cluster_new(self._client, brokers))
        self.address = self._library.rd_kafka_mock_cluster_bootstraps(self._cluster).decode()

    def _do(self, what: str, *arguments):
        code = getattr(self._library, f"rd_kafka_mock_{what}")(self._cluster, *arguments)
        if code != 0:
            raise Failed(f"rd_kafka_mock_{what}{arguments}: error {code}")

    def create_topic(self, name: str, partitions: int, replication: int = 1):
        self._do("topic_create", name.encode(), partitions, replication)

    def fail_next(self, api: str, errors: list[int]):
        """The next requests of this kind are answered with these errors, one after the other, whoever sends them."""
        array = (ctypes.c_int * len(errors))(*errors)
        self._library.rd_kafka_mock_push_request_errors_array(
            self._cluster, ctypes.c_int16(API[api]), ctypes.c_size_t(len(errors)), array
        )

    def lead(self, topic: str, partition: int, broker: int):
        self._do("partition_set_leader", topic.encode(), ctypes.c_int32(partition), ctypes.c_int32(broker))

    def take_down(self, broker: int):
        self._do("broker_set_down", ctypes.c_int32(broker))

    def bring_up(self, broker: int):
        self._do("broker_set_up", ctypes.c_int32(broker))

    def slow_down(self, broker: int, milliseconds: int):
        self._do("broker_set_rtt", ctypes.c_int32(broker), milliseconds)

    def stop(self):
        self._library.rd_kafka_mock_cluster_destroy(self._cluster)
        self._library.rd_kafka_destroy(self._client)


@contextmanager
def mock_cluster(brokers: int):
    cluster = MockCluster(brokers)
    try:
        yield cluster
    finally:
        cluster.stop()
