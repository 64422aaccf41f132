#!/usr/bin/env python3
"""Runs one structure check over the checkout: check.py include_edges|purity|shown_by|size ROOT. Prints findings; fails if any."""

import importlib
import sys
from pathlib import Path


def main(name: str, root: str) -> int:
    found = importlib.import_module(name).findings(Path(root))
    for line in found:
        print(line)
    print(f"{name}: {len(found)} findings")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
