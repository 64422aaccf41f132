#!/usr/bin/env python3
"""Compiles each misuse of misuses.cpp by itself: it has to be refused, in the words that its case names."""

import argparse
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

CASE = re.compile(r"^// case ([A-Z_]+): (.+)$", re.MULTILINE)


def compile_case(arguments, name: str | None) -> tuple[bool, str]:
    command = [arguments.compiler, "-std=c++20", "-fsyntax-only", "-Werror=unused-result"]
    command += [f"-I{folder}" for folder in arguments.include]
    command += [f"-D{name}"] if name else []
    done = subprocess.run([*command, arguments.source], capture_output=True, text=True, timeout=120)
    return done.returncode == 0, done.stderr


def complaint(arguments, name: str, words: str) -> str | None:
    accepted, said = compile_case(arguments, name)
    if accepted:
        return f"{name}: compiled"
    if not any(word in said for word in words.split("|")):
        return f"{name}: refused for another reason than {words!r}:\n{said}"
    return None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--compiler", required=True)
    parser.add_argument("--include", action="append", default=[])
    parser.add_argument("source")
    arguments = parser.parse_args()

    clean, said = compile_case(arguments, None)
    if not clean:
        print(f"without a misuse it has to compile:\n{said}", file=sys.stderr)
        return 1
    cases = CASE.findall(Path(arguments.source).read_text(encoding="utf-8"))
    with ThreadPoolExecutor(2) as pool:
        complaints = list(filter(None, pool.map(lambda case: complaint(arguments, *case), cases)))
    for text in complaints:
        print(text, file=sys.stderr)
    print(f"{len(cases) - len(complaints)} of {len(cases)} misuses are refused")
    return 1 if complaints or len(cases) < 17 else 0


if __name__ == "__main__":
    sys.exit(main())
