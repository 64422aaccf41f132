"""Where ours answers otherwise than Apache Kafka, on purpose: the case's name, and why."""

UNHANDLED = "Kafka's answer is an exception that nothing handles; ours names the fault"
OFFSETS = "a record's offset would lie elsewhere than its place says, and consumers would skip or repeat records"
READ_AS_0 = "Kafka's answer is an exception that nothing handles; ours takes it as 0: one batch at most"

KAFKA_4_4 = "as Apache Kafka from 4.4 on: %s; a small encoding may take much memory once it is decoded"

DEVIATIONS: dict[str, str] = {
    "fields: 1000001 topics, every one there": KAFKA_4_4 % "an array has 1,000,000 elements at most",
    "fields: 10001 tagged fields": KAFKA_4_4 % "a structure has 10,000 tagged fields at most",
    "fields: 4294967295 tagged fields in no bytes": "Kafka reads the count as -1 and goes on; a count beyond the bytes is a lie",
    "batch: batch length 2147483647": UNHANDLED,
    "batch: LogAppendTime set by the producer":
        "Kafka refuses it too where the topic has LogAppendTime or a timestamp is missing; ours always does",
    "batch: a producer id with epoch -1": "such a producer could never be fenced; no client sends it",
    "batch: a record's offset delta of 5 as the first": OFFSETS,
    "batch: two records of offset deltas 0 and 2": OFFSETS,
    "batch: gzip of offset deltas 0 and 2": UNHANDLED,
    "batch: a varint of eleven bytes as a record's length": UNHANDLED,
    "batch: unknown codec 5": UNHANDLED,
    "batch: unknown codec 7": UNHANDLED,
    "batch: gzip that is no gzip": UNHANDLED,
    "batch: snappy that is no snappy": UNHANDLED,
    "batch: lz4 that is no lz4": UNHANDLED,
    "batch: gzip cut in the middle": UNHANDLED,
    "batch: gzip with a wrong checksum": UNHANDLED,
    "batch: a gzip bomb of 1 GiB":
        "a batch may hold 256 MiB once decompressed (`max.decompressed.message.bytes`): more would cost broker and consumers their memory",
    "produce: null for the records": "Kafka never answers, and the client waits for its timeout",
    "produce: a batch and 5 bytes more": "Kafka drops the rest in silence; whoever sent it meant something by it",
    "produce: one partition twice in a request": "Kafka keeps one of the two and says nothing of the other; ours takes and answers both",
    "fetch: max bytes -1": READ_AS_0,
    "fetch: partition max bytes -1": READ_AS_0,
}
