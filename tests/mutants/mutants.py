"""The list of all mutants: numbered, named, and written into copies of the sources that are built once for all of them."""

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import rewrite
import syntax
from find import Finder, Site

NAMESPACES = {"broker/raft": "klamm::broker::raft", "broker/replica": "klamm::broker::replica"}


@dataclass(frozen=True)
class Mutant:
    number: int
    file: str
    line: int
    column: int
    kind: str
    function: str
    text: str  # what it changes
    guard: int  # the first mutant of its guard
    again: int  # how many of the same kind change the same text of this function before it

    @property
    def name(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.kind}"

    @property
    def key(self) -> str:
        """Stays the same when the lines around it change."""
        return f"{self.file} {self.function}: `{self.text}` {self.kind}" + (f" #{self.again + 1}" if self.again else "")


class Source:
    """The files of the folders that are mutated, as they are written."""

    def __init__(self, root: Path, folders: list[str]) -> None:
        self.root = root
        self.folders = folders
        self.texts = {path: (root / path).read_bytes() for path in self._paths()}

    def _paths(self) -> list[str]:
        found = [path for folder in self.folders for path in (self.root / folder).iterdir()]
        return sorted(str(path.relative_to(self.root)) for path in found if path.suffix == ".cpp")

    def sites(self, flags: list[str]) -> list[Site]:
        finder = Finder(lambda file: self.texts[file])
        for path in self.texts:
            for tree in syntax.parse(self.root / path, flags, NAMESPACES[str(Path(path).parent)]):
                finder.visit(self._own(tree))
        return sorted(finder.sites.values(), key=lambda site: (site.file, site.begin, site.end, site.form))

    def _own(self, node: syntax.Node) -> syntax.Node:
        """Names its file from the root; what stands in none of ours stands nowhere."""
        for each in node.walk():
            inside = each.file.removeprefix(f"{self.root}/")
            each.file = inside if inside in self.texts else ""
        return node


def _text_at(text: bytes, site: Site) -> str:
    begin, end = site.begin, site.end
    if site.form == "one":  # by itself it says nothing
        begin, end = text.rfind(b"\n", 0, begin) + 1, text.find(b"\n", end)
    short = re.sub(r"\s+", " ", text[begin:end].decode()).strip()
    return short if len(short) <= 90 else short[:89] + "…"


def numbered(source: Source, sites: list[Site]) -> tuple[list[Mutant], dict[str, list[tuple[int, Site]]]]:
    """All mutants, and for each file the sites with the number of their first one."""
    mutants: list[Mutant] = []
    by_file: dict[str, list[tuple[int, Site]]] = {path: [] for path in source.texts}
    seen: Counter[tuple[str, ...]] = Counter()
    for site in sites:
        text = source.texts[site.file]
        first = len(mutants)
        by_file[site.file].append((first, site))
        line = text.count(b"\n", 0, site.begin) + 1
        column = site.begin - text.rfind(b"\n", 0, site.begin)
        shown = _text_at(text, site)
        for kind in site.kinds:
            same = (site.file, site.function, shown, kind)
            mutants.append(Mutant(len(mutants), site.file, line, column, kind, site.function, shown, first, seen[same]))
            seen[same] += 1
    return mutants, by_file


def write_if_new(path: Path, content: bytes) -> None:
    """A file that stays as it was is not built again."""
    if path.exists() and path.read_bytes() == content:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def write_sources(source: Source, by_file: dict[str, list[tuple[int, Site]]], to: Path) -> None:
    for path, sites in by_file.items():
        write_if_new(to / path, rewrite.rewritten(source.texts[path], sites))
