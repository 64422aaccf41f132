#!/usr/bin/env python3
"""What klamm/klamm.hpp drags in, and what it costs: no Asio, OpenSSL, <regex> or <iostream>. Prints the compile time for the record."""

import argparse
import re
import subprocess
import sys
import time

HEAVY = re.compile(r"/(?:asio|openssl|boost|fmt|nlohmann)/|/(?:regex|iostream|fstream|filesystem|asio\.hpp)$")
# The standard headers that the public ones stand on: the floor of the compile time.
FLOOR = "chrono functional map memory optional span stop_token string system_error variant vector".split()


def compiler_says(arguments, text: str, *flags: str) -> str:
    command = [arguments.compiler, "-std=c++20", *(f"-I{folder}" for folder in arguments.include), *flags]
    done = subprocess.run([*command, "-x", "c++", "-"], input=text, capture_output=True, text=True, timeout=120)
    if done.returncode != 0:
        raise SystemExit(done.stderr)
    return done.stdout


def seconds(arguments, text: str) -> float:
    started = time.perf_counter()
    compiler_says(arguments, text, "-fsyntax-only")
    return time.perf_counter() - started


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--compiler", required=True)
    parser.add_argument("--include", action="append", default=[])
    arguments = parser.parse_args()

    ours = "#include <klamm/klamm.hpp>\n"
    listed = compiler_says(arguments, ours, "-M").replace("\\\n", " ").split()
    heavy = sorted({path for path in listed if HEAVY.search(path)})
    for path in heavy:
        print(f"klamm/klamm.hpp includes {path}", file=sys.stderr)
    floor = "".join(f"#include <{name}>\n" for name in FLOOR)
    print(f"klamm/klamm.hpp: {seconds(arguments, ours):.2f} s; its standard headers alone: {seconds(arguments, floor):.2f} s")
    return 1 if heavy else 0


if __name__ == "__main__":
    sys.exit(main())
