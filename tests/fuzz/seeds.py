#!/usr/bin/env python3
"""Writes the bytes of golden vectors as a fuzzer's first inputs: seeds.py VECTORS.jsonl.gz DIRECTORY.

A record of a log comes with its frame, as it stands in the log.
"""

import gzip
import json
import pathlib
import sys


def main(vectors, directory):
    to = pathlib.Path(directory)
    to.mkdir(parents=True, exist_ok=True)
    with gzip.open(vectors, "rt") as lines:
        for number, line in enumerate(lines):
            vector = json.loads(line)
            (to / f"{number:04}").write_bytes(bytes.fromhex(vector.get("prefix_hex", "") + vector["hex"]))


if __name__ == "__main__":
    main(*sys.argv[1:])
