"""./dev bench: side by side with librdkafka, the Java client, confluent-kafka and Apache Kafka.

  bench.py                          lists the benchmarks
  bench.py NAME... | all            runs them: a row each, and whether its target is met
      --runs N                      medians of so many (5)
      --json FILE                   writes the results there too
      --docs                        writes docs/benchmarks.json and docs/benchmarks.md
  bench.py page [FILE]              docs/benchmarks.md once more, from FILE (docs/benchmarks.json)
"""

import argparse
import json
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "interop")]

from runner import consuming, footprint, growth, instructions, latency, learning, machine, producing, replicated, serving, shape  # noqa: E402
from runner.page import page  # noqa: E402
from runner.rows import Row, shown  # noqa: E402

DOCS = HERE.parents[1] / "docs"
BENCHES = {
    "rate": producing.rate,
    "most": producing.most,
    "limit": producing.limit,
    "consume": consuming.consume,
    "zstd": producing.zstd,
    "ack": latency.ack,
    "first": latency.first,
    "memory": footprint.memory,
    "shape": shape.shape,
    "python": consuming.in_python,
    "growth": growth.growth,
    "instructions": instructions.instructions,
    "start": footprint.start,
    "footprint": footprint.footprint,
    "learning": learning.learning,
    "requests": serving.requests,
    "taken": serving.taken,
    "replicated": replicated.replicated,
}
TITLES = {name: bench.__doc__ for name, bench in BENCHES.items()}


def arguments():
    parser = argparse.ArgumentParser(prog="./dev bench", description="Measures side by side with peers.", epilog=_names())
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("name", nargs="*", help="benchmarks, or all; page [FILE] makes docs/benchmarks.md")
    parser.add_argument("--runs", type=int, default=5, help="medians of so many (5)")
    parser.add_argument("--json", type=Path, help="write the results there too")
    parser.add_argument("--docs", action="store_true", help="write docs/benchmarks.json and docs/benchmarks.md")
    return parser, parser.parse_args()


def _names() -> str:
    return "\n".join(f"  {name:<10} {title}" for name, title in TITLES.items())


def show(one: Row):
    parts = [one.what, one.broker and f"on {one.broker}"]
    if one.ours is not None:
        parts.append(shown(one.ours, one.unit))
    if one.theirs is not None:
        parts.append(f"{one.peer}: {shown(one.theirs, one.unit)}; {shown(one.ours / one.theirs, 'x')}")
    if one.target:
        parts.append(f"target {one.target}")
    print("; ".join(part for part in parts if part) + f": {one.verdict}", flush=True)


def measure(names: list[str], runs: int) -> dict:
    result = machine.about() | {"runs": runs, "rows": []}
    began = time.monotonic()
    for name in names:
        for one in BENCHES[name](runs):
            show(one)
            result["rows"].append(one.as_json() | {"command": f"./dev bench {name} --runs {runs}"})
    return result | {"seconds": round(time.monotonic() - began, 1)}


def main() -> int:
    parser, given = arguments()
    if not given.name:
        print(_names())
        return 0
    if given.name[0] == "page":
        source = Path(given.name[1]) if len(given.name) > 1 else DOCS / "benchmarks.json"
        (DOCS / "benchmarks.md").write_text(page(json.loads(source.read_text()), TITLES))
        return 0
    names = list(BENCHES) if given.name == ["all"] else given.name
    for name in names:
        if name not in BENCHES:
            parser.error(f'there is no benchmark "{name}"; there are {", ".join(BENCHES)}')
    result = measure(names, given.runs)
    text = json.dumps(result, indent=1) + "\n"
    if given.json:
        given.json.write_text(text)
    if given.docs:
        (DOCS / "benchmarks.json").write_text(text)
        (DOCS / "benchmarks.md").write_text(page(result, TITLES))
    return 0


if __name__ == "__main__":
    sys.exit(main())
