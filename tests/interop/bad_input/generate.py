#!/usr/bin/env python3
"""Sends every bad input to a broker and writes down what it did: generate.py kafka|ours [--only TEXT].

The answers go to tests/interop/bad_input/KIND.json, and docs/bad-input.md is made from both files and the deviations.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bad_input import framing, produce, records, services  # noqa: E402, F401 (they register their cases)
from bad_input.case import CASES, Broker, data_file, observe_all  # noqa: E402
from bad_input.table import write  # noqa: E402
from harness.nodes import running  # noqa: E402


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("kind", choices=("kafka", "ours"))
    arguments.add_argument("--only", default="", help="cases whose group and name hold this; prints, writes nothing")
    options = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder, running(options.kind, Path(folder)) as node:
        seen = observe_all(Broker(node), lambda one: options.only in f"{one.group}: {one.name}" and (node.sasl_port or not one.sasl))
    if options.only:
        print(json.dumps(seen, indent=1, ensure_ascii=False))
        return 0
    data_file(options.kind).write_text(json.dumps(seen, indent=1, ensure_ascii=False) + "\n")
    write()
    print(f"{len(seen)} of {len(CASES)} cases observed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
