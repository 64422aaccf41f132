"""How long files are, and that no block of six lines stands twice."""

import re
from pathlib import Path

from tree import OTHER_SUFFIXES, CPP_SUFFIXES, Source, sources

MOST_LINES = 400
SHARE_WITHIN = 0.95
BLOCK = 6

# Lines that say nothing by themselves: braces, includes, access labels, namespaces, imports.
_SILENT = re.compile(
    r"[{}()\[\];,\s]*|#\s*(?:include|pragma|endif|else|if|ifdef|ifndef).*|(?:public|private|protected):|"
    r"namespace\b.*|using namespace .*|(?:from|import) .*|break;|default:|else\s*\{?|return;|\"\"[,;]?"
)


def long_files(root: Path) -> tuple[list[Source], int]:
    every = sources(root, CPP_SUFFIXES | OTHER_SUFFIXES)
    return [source for source in every if len(source.lines) > MOST_LINES], len(every)


def length_findings(root: Path) -> list[str]:
    over, count = long_files(root)
    if count == 0 or len(over) <= (1 - SHARE_WITHIN) * count:
        return []
    listed = [f"{source.path}: {len(source.lines)} lines (at most {MOST_LINES})" for source in over]
    return [f"{len(over)} of {count} files are too long; {SHARE_WITHIN:.0%} must be within {MOST_LINES} lines"] + listed


def telling_lines(source: Source) -> list[tuple[int, str]]:
    """The lines that say something, with their numbers; spaces and comments do not count."""
    code = source.code() if source.path.suffix in CPP_SUFFIXES else re.sub(r"#.*", "", source.text)
    # Strings keep their contents here: two tables of different facts are no duplicate.
    original = source.lines
    lines = []
    for number, line in enumerate(code.splitlines(), 1):
        if not _SILENT.fullmatch(line.strip()):
            lines.append((number, " ".join(original[number - 1].split("//")[0].split())))
    return lines


def duplicate_findings(root: Path) -> list[str]:
    seen: dict[tuple[str, ...], tuple[Source, int]] = {}
    found = []
    for source in sources(root, CPP_SUFFIXES | {".py", ".pyi"}):
        lines = telling_lines(source)
        reported_to = 0
        for start in range(len(lines) - BLOCK + 1):
            block = tuple(text for _, text in lines[start : start + BLOCK])
            first = seen.setdefault(block, (source, lines[start][0]))
            if first == (source, lines[start][0]) or start < reported_to:
                continue
            reported_to = start + BLOCK
            found.append(f"{source.path}:{lines[start][0]}: stands already at {first[0].path}:{first[1]}: {block[0]}")
    return found


def findings(root: Path) -> list[str]:
    return length_findings(root) + duplicate_findings(root)
