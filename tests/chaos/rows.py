"""Runs every row, or the tests that are named, and prints a table of what was measured: python3 rows.py [TEST...]."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

PLAIN = ["test_crashes", "test_stalls", "test_disks.BrokenDisk", "test_clients", "test_network", "test_many_partitions", "test_directories", "test_damage", "test_roles"]
IN_NAMESPACES = ["test_disks.FullDisk", "test_partitions"]
SKIPPED = 77


def run(tests: list[str], rows: Path, wrapper: list[str]) -> int:
    command = [sys.executable, "-B", *wrapper, "-m", "unittest", "-v", *tests]
    return subprocess.run(command, env=os.environ | {"KLAMM_CHAOS_ROWS": str(rows)}, check=False).returncode


def main(named: list[str]) -> int:
    apart = [test for test in named or IN_NAMESPACES if test.startswith(tuple(IN_NAMESPACES))]
    plain = [test for test in named or PLAIN if test not in apart]
    with tempfile.TemporaryDirectory() as folder:
        rows = Path(folder) / "rows"
        rows.touch()
        status = run(plain, rows, []) if plain else 0
        alone = run(apart, rows, ["in_namespaces.py", "-B"]) if apart else 0
        print("\n| row | invariant | recovery |\n|---|---|---|")
        for line in rows.read_text().splitlines():
            print("| " + " | ".join(json.loads(line)) + " |")
    return status or (0 if alone == SKIPPED else alone)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
