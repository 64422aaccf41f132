"""What clang makes of a source file: its expressions and statements, with the bytes they span."""

import json
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Iterator


@dataclass
class Node:
    """One node of the syntax tree that stands in a file as it is written, not in the expansion of a macro."""

    kind: str
    file: str  # empty: it stands nowhere
    begin: int
    end: int
    data: dict
    children: list["Node"] = field(default_factory=list)

    def walk(self) -> Iterator["Node"]:
        yield self
        for child in self.children:
            yield from child.walk()


class _Places:
    """clang says the file only where it differs from that of the location printed before."""

    def __init__(self) -> None:
        self.file = ""

    def read(self, at: dict) -> tuple[str, int, int]:
        if "spellingLoc" in at:
            for part in (at["spellingLoc"], at["expansionLoc"]):
                self.file = part.get("file", self.file)
            return "", 0, 0
        if "offset" not in at:
            return "", 0, 0
        self.file = at.get("file", self.file)
        return self.file, at["offset"], at["tokLen"]


def _build(data: dict, places: _Places) -> Node:
    places.read(data.get("loc", {}))
    span = data.get("range", {})
    file, begin, _ = places.read(span.get("begin", {}))
    end_file, end, length = places.read(span.get("end", {}))
    if file != end_file:
        file = ""
    node = Node(data.get("kind", ""), file, begin, end + length, data)
    node.children = [_build(child, places) for child in data.get("inner", [])]
    return node


def parse(source: Path, flags: list[str], namespace: str) -> list[Node]:
    """The declarations of one namespace that the file sees, its own and those of its headers."""
    command = ["clang++-19", *flags, "-fsyntax-only", "-w", "-Xclang", "-ast-dump=json",
               "-Xclang", f"-ast-dump-filter={namespace}", str(source)]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    decoder, at, found = json.JSONDecoder(), 0, []
    while (at := text.find("{", at)) >= 0:
        data, at = decoder.raw_decode(text, at)
        found.append(_build(data, _Places()))
    return found


def flags_of(commands: Path) -> list[str]:
    """Language and search paths, out of a build's compile_commands.json: those of the file with the most of them."""
    best: list[str] = []
    for entry in json.loads(commands.read_text(encoding="utf-8")):
        words, flags = iter(entry["command"].split()), []
        for word in words:
            if word == "-isystem":
                flags += [word, next(words)]
            elif word.startswith(("-I", "-D", "-std=")):
                flags.append(word)
        if "/broker/replica/" in entry["file"] and len(flags) > len(best):
            best = flags
    return best
