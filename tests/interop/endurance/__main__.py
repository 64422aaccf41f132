"""The long runs: python3 -m endurance copy [MINUTES] [--kafka VERSION], or mixed [ROUNDS]. Prints what came of it as JSON."""

import argparse
import json
import shutil
import sys
import tempfile
from pathlib import Path

from endurance import copy_loop, mixed_group
from harness.peers import KAFKA_VERSION


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev interop --long", description=__doc__.partition(":")[0])
    what = parser.add_subparsers(dest="what", required=True)
    copy = what.add_parser("copy", help="an exactly-once copy while brokers and copiers are killed")
    copy.add_argument("minutes", nargs="?", type=float, default=30)
    copy.add_argument("--protocol", type=int, choices=(0, 1, 2), help="the cluster's transaction.version, if not its default")
    copy.add_argument("--seed", type=int, default=1)
    mixed = what.add_parser("mixed", help="a group of Java's, librdkafka's and our members, restarted one by one")
    mixed.add_argument("rounds", nargs="?", type=int, default=100)
    mixed.add_argument("--of-each", type=int, default=3, help="members of each kind")
    for one in (copy, mixed):
        one.add_argument("--kafka", default=KAFKA_VERSION, help="which version of Apache Kafka")
        one.add_argument("--nodes", type=int, default=3, help="how many of its brokers")
        one.add_argument("--rate", type=int, default=200, help="records a second")
    return parser.parse_args()


def main() -> int:
    asked = arguments()
    common = {"version": asked.kafka, "nodes": asked.nodes, "rate": asked.rate}
    folder = Path(tempfile.mkdtemp(prefix="klamm-endurance-"))
    print(f"logs, kept if anything is wrong: {folder}", file=sys.stderr)
    if asked.what == "copy":
        said = copy_loop.run(folder, asked.minutes * 60, protocol=asked.protocol, seed=asked.seed, **common)
    else:
        said = mixed_group.run(folder, asked.rounds, of_each=asked.of_each, **common)
    print(json.dumps(said, indent=1))
    if said["wrong"] or not said["complete"]:
        return 1
    shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
