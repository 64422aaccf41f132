"""./dev bench: side by side with librdkafka, the Java client, confluent-kafka and Apache Kafka.

  bench.py                          lists the benchmarks
  bench.py NAME... | all            runs them: a row each, and whether its target is met
      --runs N                      medians of so many (5)
      --json FILE                   writes the results there too
      --docs                        puts them into docs/benchmarks.json and docs/benchmarks.md, each when it is measured
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
    parser.add_argument("--docs", action="store_true", help="put them into docs/benchmarks.json and docs/benchmarks.md")
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


def measure(name: str, runs: int, here: dict) -> dict:
    section = {"bench": name, "command": f"./dev bench {name} --runs {runs}", "runs": runs} | here | machine.now()
    began = time.monotonic()
    rows = BENCHES[name](runs)
    for one in rows:
        show(one)
    return section | {"seconds": round(time.monotonic() - began, 1), "rows": [one.as_json() for one in rows]}


def as_text(sections: list[dict]) -> str:
    return json.dumps(sections, indent=1) + "\n"


def put_into_docs(section: dict):
    """In the place of what was there of this benchmark."""
    file = DOCS / "benchmarks.json"
    kept = {one["bench"]: one for one in json.loads(file.read_text())} | {section["bench"]: section}
    sections = [kept[name] for name in BENCHES if name in kept]
    file.write_text(as_text(sections))
    (DOCS / "benchmarks.md").write_text(page(sections, TITLES))


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
    here, sections = machine.about(), []
    for name in names:
        sections.append(measure(name, given.runs, here))
        if given.docs:
            put_into_docs(sections[-1])
    if given.json:
        given.json.write_text(as_text(sections))
    return 0


if __name__ == "__main__":
    sys.exit(main())
