"""Our transactional producer on Apache Kafka, under each transaction version: 0 and 1 are the old protocol, 2 is KIP-890's."""

import re

import pytest
from harness import kcli, topics
from harness.log_dump import dump
from harness.nodes import KafkaNode, built
from harness.tools import Tools
from harness.transactions import Producer, committed, finalize
from harness.waiting import until

VERSIONS = (2, 1, 0)
# The coordinator looks for transactions that are open for too long this often.
SWEEP_MS = 500


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    folder = tmp_path_factory.mktemp("transactions")
    node = KafkaNode(folder, {"transaction.abort.timed.out.transaction.cleanup.interval.ms": str(SWEEP_MS)})
    yield node
    node.kill()


@pytest.fixture(scope="module", params=VERSIONS)
def version(own, request, tmp_path_factory):
    if request.param != max(VERSIONS):
        finalize(Tools(own, tmp_path_factory.mktemp("feature")), request.param)
    return request.param


@pytest.fixture
def peers(own, tmp_path):
    return Tools(own, tmp_path)


@pytest.fixture
def fresh(own, version, request):
    """fresh(partitions=1, settings=None): a topic of the case's own."""
    made = iter(range(100))

    def make(partitions: int = 1, settings: dict[str, str] | None = None) -> str:
        name = f"{request.node.originalname.removeprefix('test_')[:40]}-{version}-{next(made)}"
        topics.create(own, name, partitions, settings)
        return name

    return make


def epochs(node, topic) -> list[int]:
    """Of the batches with records, as they lie in the log."""
    [segment] = sorted((node.data / f"{topic}-0").glob("*.log"))
    said = dump("--files", segment, "--deep-iteration")
    batch = r"^baseOffset: .* producerEpoch: (-?\d+) .*isTransactional: true .*isControl: false"
    return [int(epoch) for epoch in re.findall(batch, said, re.MULTILINE)]


def test_a_commit_is_seen_and_an_abort_is_not(own, peers, fresh, version):
    name = fresh()
    with Producer(own, name) as producer:
        assert producer.transaction(name, ["a", "b"], "commit") == "committed"
        assert producer.transaction(name, ["c"], "abort") == "aborted"
        assert producer.transaction(name, ["d"], "stored") == "stored"
        assert producer("drop") == "aborted"
        assert producer.transaction(name, ["e", "f"], "commit") == "committed"
        assert producer.transaction(name, [], "commit") == "committed"
    assert committed(peers, name, 4) == ["a", "b", "e", "f"]
    # The control: the aborted record that was stored is there.
    assert "d" in peers.kcli("consume", name, "-o", "start", "-e", "--read-uncommitted", "-f", "%s\\n").splitlines()
    # KIP-890: each transaction that was sent has an epoch of its own.
    seen = epochs(own, name)
    assert (len(set(seen)) > 2) == (version == 2), seen


def test_our_consumer_reads_what_was_committed_once_nothing_before_it_is_open(own, peers, fresh):
    name = fresh()
    read = ("consume", name, "-o", "start", "-f", "%s\\n")
    with Producer(own, name) as producer, Producer(own, f"{name}-other") as other:
        assert producer.transaction(name, ["a", "b"], "commit") == "committed"
        assert producer.transaction(name, ["aborted"], "stored") == "stored"
        assert producer("abort") == "aborted"
        assert other.transaction(name, ["open"], "stored") == "stored"
        assert producer.transaction(name, ["behind"], "commit") == "committed"
        assert peers.kcli(*read, "-e").splitlines() == ["a", "b"]
        with peers.start_kcli(*read) as following:
            until(lambda: following.output().splitlines() == ["a", "b"], "what was committed is read")
            assert other("commit") == "committed"
            until(lambda: following.output().splitlines() == ["a", "b", "open", "behind"], "the rest is read")
    # The control: the aborted record is in the log.
    assert peers.kcli(*read, "-e", "--read-uncommitted").splitlines() == ["a", "b", "aborted", "open", "behind"]


def test_offsets_go_with_the_transaction(own, peers, fresh):
    name, group = fresh(), fresh()
    with Producer(own, name) as producer:
        assert producer("begin") == "begun"
        assert producer(f"offset {group} {name} 3") == "sent"
        assert producer("abort") == "aborted"
        assert producer.transaction(name, ["a", "b", "c", "d"], f"offset {group} {name} 2") == "sent"
        assert producer("commit") == "committed"
    # Three records and a marker are behind it.
    assert peers.lag(group) == {(name, 0): 3}


def test_a_second_producer_fences_the_first(own, peers, fresh):
    name = fresh()
    with Producer(own, name) as first:
        assert first.transaction(name, ["of-a-zombie"], "stored") == "stored"
        with Producer(own, name) as second:
            # Before it begins anything: what the first has open is aborted, which its marker shows.
            until(lambda: topics.end_of(own, name) >= 2, "the first producer's transaction is aborted")
            # The marker is there a moment before the second has its epoch, and until then nobody is fenced.
            assert second.transaction(name, ["fine"], "stored") == "stored"
            said = first("commit")
            assert said.startswith("PRODUCER_FENCED"), said
            assert "took the transactional id" in said
            assert first("begin").startswith("PRODUCER_FENCED")
            assert second("commit") == "committed"
            assert second.transaction(name, ["still"], "commit") == "committed"
    assert committed(peers, name, 2) == ["fine", "still"]


def test_a_killed_producers_transaction_is_aborted_by_its_successor(own, peers, fresh):
    name = fresh()
    killed = Producer(own, name)
    assert killed.transaction(name, ["lost"], "stored") == "stored"
    killed.kill()
    with Producer(own, name) as successor:
        assert successor.transaction(name, ["kept"], "commit") == "committed"
    assert committed(peers, name, 1) == ["kept"]


def test_a_transaction_that_takes_too_long_is_no_commit(own, peers, fresh):
    name = fresh()
    with Producer(own, name, "transaction.timeout.ms=1000") as producer:
        assert producer.transaction(name, ["late"], "stored") == "stored"
        # The marker of the coordinator's abort.
        until(lambda: topics.end_of(own, name) >= 2, "the coordinator aborts the transaction")
        said = producer("commit")
        assert said.startswith("PRODUCER_FENCED") or said == "aborted", said
    with Producer(own, name) as other:
        assert other.transaction(name, ["in-time"], "commit") == "committed"
    assert committed(peers, name, 1) == ["in-time"]


def test_what_is_too_large_dooms_its_transaction_alone(own, peers, fresh):
    name = fresh(settings={"max.message.bytes": "200"})
    with Producer(own, name) as producer:
        assert producer.transaction(name, ["small", "x" * 1000], "stored") != "stored"
        said = producer("commit")
        assert said.startswith("MESSAGE_TOO_LARGE"), said
        assert producer.transaction(name, ["fits"], "commit") == "committed"
    assert committed(peers, name, 1) == ["fits"]


def test_many_short_transactions(own, peers, fresh):
    """Each begins while the markers of the one before may still be written (CONCURRENT_TRANSACTIONS)."""
    name = fresh(3)
    with Producer(own, name) as producer:
        for n in range(50):
            assert producer.transaction(name, [f"value-{n}"], "commit" if n % 5 else "abort") in ("committed", "aborted")
    assert sorted(committed(peers, name, 40)) == sorted(f"value-{n}" for n in range(50) if n % 5)


def test_a_copy_is_exact_whatever_aborts_or_dies(own, peers, fresh):
    """Every third transaction is dropped with its records sent, and the copying process is killed in the middle, twice."""
    source, target, group = fresh(3), fresh(3), fresh()
    command = [built("transactional_copy"), own.address, source, target, group, f"copier-{group}"]
    sent = [f"key{n % 10}:value-{n}" for n in range(6000)]
    for part in range(3):
        kcli.produce(peers, source, sent[part * 2000 : (part + 1) * 2000])
        with peers.start(command) as copier:
            # The coordinator takes 45 s to give a killed member's partitions to the next one.
            until(lambda: "committed" in copier.output(), "a transaction is committed", 120)
            if part < 2:
                copier.kill()
                continue
            until(lambda: sum(peers.lag(group).values()) == 0, "all is copied and committed", 120)
            assert copier.stop() == 0, copier.output()
    seen = committed(peers, target, len(sent) + 1, 8000)
    assert sorted(seen) == sorted(text.split(":")[1] for text in sent)
