"""Memory, start-up and size."""

import re
import select
import subprocess
import time
from functools import partial
from pathlib import Path

from harness.nodes import CHECKOUT, KafkaNode, built
from harness.process import Failed, run

from runner.rows import Row, Target, row
from runner.stage import KAFKA, OURS, RDKAFKA, broker, broker_name, column, folder, produce, say, take_turns, topic

MIB = 1024
SDK_HEADERS, EXAMPLES = CHECKOUT / "sdk" / "include", CHECKOUT / "examples"
HELLO = "example_1_hello_producer"
RATE = 50_000


def memory(runs: int) -> list[Row]:
    """memory of one process that produces to and consumes from 1,000 partitions at 50,000 records/s"""
    with broker("ours") as node:
        say("memory at 1,000 partitions")
        def once(client):
            with topic(node, 1000) as name:
                options = {"partitions": 1000, "rate": RATE, "records": 4 * RATE}
                return produce(client, "memory", node, name, **options)

        results = take_turns(runs, {client: partial(once, client) for client in (OURS, RDKAFKA)})
        grew = {client: [kib / MIB for kib in column(results[client], "grew_kib")] for client in results}
        what = f"memory, 1,000 partitions, producing and consuming {RATE:,} records/s"
        return [row("memory", what, "MiB", grew[OURS], grew[RDKAFKA], Target("at most", 0.25), peer=RDKAFKA, broker=broker_name(node))]


def _resident(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) / MIB for line in status.splitlines() if line.startswith("VmRSS"))


def _start(*arguments: str) -> tuple[float, float]:
    """Milliseconds from the start of the process until it listens, and its resident memory then, in MiB."""
    began = time.monotonic()
    child = subprocess.Popen(
        [built("klamm-broker"), "--port", "0", *arguments], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        if not select.select([child.stdout], [], [], 30)[0] or not child.stdout.readline().startswith("listening"):
            raise Failed("klamm-broker does not listen")
        return 1000 * (time.monotonic() - began), _resident(child.pid)
    finally:
        child.terminate()
        child.wait(30)
        child.stdout.close()


def _start_twice(runs: int) -> tuple[list[float], list[float], list[float]]:
    fresh, again, resident = [], [], []
    for _ in range(runs):
        with folder(on_disk=True) as place:
            took, memory = _start("--data", str(place / "data"))
            fresh.append(took)
            resident.append(memory)
            again.append(_start("--data", str(place / "data"))[0])
    return fresh, again, resident


def _kafka(runs: int) -> tuple[list[float], list[float]]:
    ready, resident = [], []
    for _ in range(runs):
        with folder(on_disk=True) as place:
            node = KafkaNode(place)
            node.stop()
            began = time.monotonic()
            node.start()
            ready.append(1000 * (time.monotonic() - began))
            resident.append(_resident(node.child.process.pid))
            node.child.kill()
    return ready, resident


def _stripped(program: str) -> float:
    """MiB."""
    with folder() as place:
        run(["strip", "-o", str(place / "stripped"), built(program)])
        return (place / "stripped").stat().st_size / (1 << 20)


def start(runs: int) -> list[Row]:
    """the broker's start, its memory when idle, and its size"""
    say("starts of the broker")
    fresh, again, resident = _start_twice(runs)
    ephemeral = [_start("--ephemeral")[0] for _ in range(runs)]
    kafka_ready, kafka_resident = _kafka(min(runs, 3))
    soon = Target("at most", 50, "ms")
    made = partial(row, "start")
    return [
        made("broker ready, new --data directory on disk", "ms", fresh, kafka_ready, soon, peer=KAFKA),
        made("broker ready, the same directory again", "ms", again, kafka_ready, soon, peer=KAFKA),
        made("broker ready, --ephemeral", "ms", ephemeral, kafka_ready, soon, peer=KAFKA),
        made("broker's resident memory when it is ready", "MiB", resident, kafka_resident, Target("at most", 20, "MiB"), peer=KAFKA),
        made("klamm-broker, stripped", "MiB", [_stripped("klamm-broker")], target=Target("at most", 15, "MiB")),
    ]


def _needed(program: str) -> list[str]:
    return re.findall(r"\(NEEDED\).*\[(.+)\]", run(["readelf", "-d", built(program)]))


def _compiled(source: str, place: Path) -> float:
    """Seconds."""
    file = place / "source.cpp"
    file.write_text(source)
    began = time.monotonic()
    generated = Path(built("kcli")).parents[1] / "sdk" / "api" / "include"
    headers = [f"-I{where}" for where in (SDK_HEADERS, generated)]
    run(["c++", "-std=c++20", "-O2", *headers, "-c", str(file), "-o", str(place / "object.o")])
    return time.monotonic() - began


def footprint(runs: int) -> list[Row]:
    """what a program takes that produces one record: its size with the SDK in it, what it needs beside it, and time to compile"""
    made = partial(row, "footprint")
    needed = _needed(HELLO)
    with folder() as place:
        headers = [_compiled("#include <klamm/klamm.hpp>\nint main() {}\n", place) for _ in range(runs)]
        theirs = [_compiled("#include <librdkafka/rdkafkacpp.h>\nint main() {}\n", place) for _ in range(runs)]
        program = [_compiled((EXAMPLES / f"{HELLO.removeprefix('example_')}.cpp").read_text(), place) for _ in range(runs)]
    return [
        made("hello producer, static SDK, stripped", "MiB", [_stripped(HELLO)]),
        made(f"its direct shared dependencies: {', '.join(needed)}", "libraries", [len(needed)]),
        made("a source that includes all of the API and does nothing", "s", headers, theirs, peer="librdkafka's C++ header"),
        made("the hello producer's source", "s", program),
    ]
