#!/usr/bin/env python3
"""The sources that the change of a header may break: includers.py BASE prints those that include a header which differs from it.

A header that lost an include takes it from all that include it, through whatever others; any other change is felt by those that
include it themselves.
"""

import re
import subprocess
import sys
from pathlib import Path

import include_edges
from tree import sources


def graph_of(root: Path) -> dict[str, set[str]]:
    """Each of our files, and what it includes of ours."""
    every = sources(root)
    known = {source.path.as_posix() for source in every}
    return {source.path.as_posix(): include_edges.included(source, known) for source in every}


def includers(graph: dict[str, set[str]], changed: set[str], lost: set[str]) -> set[str]:
    """The sources that include one of `changed` themselves, or one of `lost` in any way."""
    reached = set(lost)
    while more := {file for file, included in graph.items() if included & reached} - reached:
        reached |= more
    direct = {file for file, included in graph.items() if included & changed}
    return {file for file in reached | direct if file.endswith(".cpp")}


def headers_of(diff: str) -> tuple[set[str], set[str]]:
    """Of a diff of headers without context: those that changed, and those of them that lost an include."""
    changed, lost, file = set(), set(), ""
    for line in diff.splitlines():
        if named := re.match(r"--- a/(.+)$", line):
            file = named[1]
            changed.add(file)
        elif re.match(r"-[ \t]*#[ \t]*include", line):
            lost.add(file)
    return changed, lost


def main(base: str) -> None:
    root = Path(__file__).resolve().parents[2]
    diff = subprocess.run(["git", "diff", "--unified=0", "--no-renames", "--no-ext-diff", "--src-prefix=a/", "--dst-prefix=b/", base,
                           "--", "*.hpp"], cwd=root, check=True, capture_output=True, text=True).stdout
    print("\n".join(sorted(includers(graph_of(root), *headers_of(diff)))))


if __name__ == "__main__":
    main(*sys.argv[1:])
