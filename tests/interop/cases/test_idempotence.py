"""Our producer is idempotent in the broker's own files: Kafka's DumpLogSegments shows its producer id and its sequences."""

import re

import pytest
from harness import kcli
from harness.log_dump import dump
from harness.tools import CODECS, numbered

BATCH = re.compile(
    r"^baseOffset: (\d+) lastOffset: (\d+) count: (\d+) baseSequence: (-?\d+) lastSequence: (-?\d+) "
    r"producerId: (-?\d+) producerEpoch: (-?\d+) .*compresscodec: (\w+)",
    re.MULTILINE,
)


def batches(node, topic) -> list[dict]:
    [segment] = sorted((node.data / f"{topic}-0").glob("*.log"))
    names = ("base", "last", "count", "first_sequence", "last_sequence", "producer", "epoch")
    found = BATCH.findall(dump("--files", segment, "--deep-iteration"))
    return [dict(zip(names, map(int, numbers))) | {"codec": codec} for *numbers, codec in found]


@pytest.mark.parametrize("codec", CODECS)
def test_batches_carry_one_producer_id_and_unbroken_sequences(tools, node, topic, codec):
    name, sent = topic(), numbered(3000)
    small = ("-X", "batch.size=4096", "-X", "linger.ms=0")
    tools.kcli(*small, "produce", name, "-K:", "-z", codec, stdin="".join(text + "\n" for text in sent))
    written = batches(node, name)
    assert len(written) > 5 and sum(one["count"] for one in written) == len(sent)
    # A batch of a few records may be smaller as it is; then it is left so.
    assert {one["codec"] for one in written if one["count"] > 20} == {codec}
    [(producer, epoch)] = {(one["producer"], one["epoch"]) for one in written}
    assert producer >= 0 and epoch == 0
    # One partition, one producer: the sequence of each record is its offset, with neither a hole nor a repetition.
    assert [(one["first_sequence"], one["last_sequence"]) for one in written] == [(one["base"], one["last"]) for one in written]
    assert kcli.consume(tools, name) == sent


def test_each_producer_has_an_id_of_its_own(tools, node, topic):
    name = topic()
    for start in (0, 10):
        kcli.produce(tools, name, numbered(10, start))
    first, second = batches(node, name)
    assert first["producer"] != second["producer"] and (first["first_sequence"], second["first_sequence"]) == (0, 0)


def test_without_idempotence_there_is_no_producer_id(tools, node, topic):
    """The control: what the cases above see is not there of itself."""
    name = topic()
    tools.kcli("-X", "enable.idempotence=false", "produce", name, stdin="a\nb\n")
    assert {(one["producer"], one["epoch"], one["first_sequence"]) for one in batches(node, name)} == {(-1, -1, -1)}
