"""docs/bad-input.md: what Apache Kafka does with each bad input, what ours does, and why where they differ."""

import json

from harness.nodes import CHECKOUT
from harness.peers import KAFKA_VERSION

from bad_input.case import data_file
from bad_input.deviations import DEVIATIONS

PAGE = CHECKOUT / "docs" / "bad-input.md"
HEAD = f"""# Bad input

What a broker does with what no sound client sends. The second column is generated from Apache Kafka {KAFKA_VERSION}'s answers, the
third from ours, by `tests/interop/bad_input/generate.py`; a case of `./dev interop` fails where ours differs and no reason
is listed in `tests/interop/bad_input/deviations.py`.

`closes`: the connection is closed without an answer. `waits`: neither an answer nor a close within three seconds. A number is
the error code answered. After every case a new client was served. An empty cell: ours has no listener that authenticates yet.
"""


def load(kind: str) -> dict[str, str]:
    file = data_file(kind)
    return json.loads(file.read_text()) if file.exists() else {}


def unexplained(kafka: dict[str, str], ours: dict[str, str]) -> list[str]:
    """The cases where ours differs and no reason is listed, and the reasons that are no longer needed."""
    differing = {name for name, did in ours.items() if did != kafka.get(name)}
    found = [f"{name}: Kafka {kafka.get(name)!r}, ours {ours[name]!r}" for name in sorted(differing - set(DEVIATIONS))]
    stale = (set(DEVIATIONS) & set(ours)) - differing
    return found + [f"{name}: listed as a deviation, yet the same" for name in sorted(stale)]


def write():
    kafka, ours = load("kafka"), load("ours")
    lines, group = [HEAD], None
    groups = list(dict.fromkeys(name.split(": ")[0] for name in kafka))
    for name in sorted(kafka, key=lambda name: groups.index(name.split(": ")[0])):
        if name.split(": ")[0] != group:
            group = name.split(": ")[0]
            lines.append(f"\n## {group.capitalize()}\n\n| input | Apache Kafka | ours | why they differ |\n|---|---|---|---|")
        lines.append(f"| {name[len(group) + 2 :]} | {kafka[name]} | {ours.get(name, '')} | {DEVIATIONS.get(name, '')} |")
    PAGE.write_text("\n".join(lines) + "\n")
