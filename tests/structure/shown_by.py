"""What the pages under docs/ name as what shows a claim is there: each test file, and each test by the name that is quoted behind it."""

import re
from pathlib import Path

from tree import CPP_SUFFIXES, sources

# `client/sender_script_test.cpp`, `tests/python/test_klamm.py`; "the name of a case"; test_of_python
_REFERENCE = re.compile(r'`(?P<file>[\w/]+_test\.cpp|[\w/]*test_\w+\.py)`|"(?P<case>[^"]+)"|(?P<function>\btest_\w+)(?!\.py)')
_CASE = re.compile(r'TEST_CASE(?:_FIXTURE\([^,]+,|\()\s*((?:"(?:\\.|[^"\\])*"\s*)+)')
_FUNCTION = re.compile(r"def (test_\w+)|\"(test_\w+)\"")


def names_in(text: str) -> set[str]:
    cases = {"".join(re.findall(r'"((?:\\.|[^"\\])*)"', case)).replace('\\"', '"') for case in _CASE.findall(text)}
    return cases | {a or b for a, b in _FUNCTION.findall(text)}


def row_findings(row: str, files: dict[str, str]) -> list[str]:
    found, named = [], None
    for one in _REFERENCE.finditer(row):
        if file := one["file"]:
            named = [path for path in files if path == file or path.endswith("/" + file)]
            if not named:
                found.append(f"there is no {file}")
        elif named and (name := one["case"] or one["function"]):
            if not any(name in names_in(files[path]) for path in named):
                found.append(f'{named[0]} has no "{name}"')
    return found


def findings(root: Path) -> list[str]:
    files = {source.path.as_posix(): source.text for source in sources(root, CPP_SUFFIXES | {".py"}, ("tests", "examples"))}
    return [
        f"{page.relative_to(root)}:{number}: {what}"
        for page in sorted((root / "docs").glob("*.md"))
        for number, row in enumerate(page.read_text(encoding="utf-8").splitlines(), 1)
        if row.startswith("|")
        for what in row_findings(row, files)
    ]
