"""The sources of the project as the structure tests see them: our own files, without comments and string contents."""

import re
from dataclasses import dataclass
from pathlib import Path

CODE_FOLDERS = ("sdk", "broker", "bindings", "cli", "examples", "tests")
CPP_SUFFIXES = {".cpp", ".hpp"}
OTHER_SUFFIXES = {".py", ".sh", ".cmake"}
SKIPPED_PARTS = {"build", "__pycache__", ".venv"}

_COMMENT_OR_STRING = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"(?P<d>[^(\s]*)\(.*?\)(?P=d)"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])\'', re.DOTALL
)


@dataclass(frozen=True)
class Source:
    path: Path  # relative to the checkout
    text: str

    @property
    def folder(self) -> str:
        return self.path.parent.as_posix()

    @property
    def lines(self) -> list[str]:
        return self.text.splitlines()

    def code(self) -> str:
        """The text with comments blanked and strings emptied; every line keeps its number."""
        return _COMMENT_OR_STRING.sub(_blank, self.text)


def _blank(match: re.Match) -> str:
    text = match.group()
    newlines = "\n" * text.count("\n")
    return newlines if text.startswith(("//", "/*")) else '""' + newlines


def sources(root: Path, suffixes: set[str] = CPP_SUFFIXES, folders=CODE_FOLDERS) -> list[Source]:
    found = []
    for folder in folders:
        for path in sorted((root / folder).rglob("*")):
            relative = path.relative_to(root)
            if path.suffix in suffixes and path.is_file() and not SKIPPED_PARTS & set(relative.parts):
                found.append(Source(relative, path.read_text(encoding="utf-8")))
    return found


def matches(source: Source, pattern: re.Pattern, why: str) -> list[str]:
    """One finding, "file:line: why: the line", for each line of code that the pattern is found in."""
    return [
        f"{source.path}:{number}: {why}: {line.strip()}"
        for number, line in enumerate(source.code().splitlines(), 1)
        if pattern.search(line)
    ]
