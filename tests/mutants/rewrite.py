"""Puts a guard around each site: one copy of a source that is all of its mutants, of which a process chooses one.

    form        stands there        becomes (M for klamm::mutants, n for the first mutant's number)
    ---------   -----------------   ---------------------------------------------------------------
    condition   c                   M::condition(n, static_cast<bool>(c))
    loop        c                   M::loop(n, static_cast<bool>(c))
    and, or     a of a && b         (M::on(n) || (a)); of a || b: (!M::on(n) && (a))
    compare     a < b               M::less(n, a , b)
    not         !a                  M::negated(n, a)
    one         the 1 of a + 1      M::one(n)
    min, max    std::max            M::max<n>
    return      return f();         { f(); if (!M::on(n)) return; }
"""

import re

from find import Site

INCLUDE = '#include "tests/mutants/mutant.hpp"\n'
_M = "::klamm::mutants::"
_OUTERMOST = ("return", "condition", "loop", "and", "or", "compare", "not", "min", "max", "one")


def depth(site: Site) -> int:
    """Of sites that span the same bytes the outermost comes first."""
    return _OUTERMOST.index(site.form)


class _Edits:
    """Insertions that nest: what begins at the same byte begins with the outermost, and ends with the innermost."""

    def __init__(self) -> None:
        self._all: list[tuple[tuple[int, ...], int, int, str]] = []

    def around(self, site: Site, before: str, after: str) -> None:
        inside = depth(site)
        self._all.append(((site.begin, 1, -site.end, inside), site.begin, site.begin, before))
        self._all.append(((site.end, 0, -site.begin, -inside), site.end, site.end, after))

    def instead(self, begin: int, end: int, text: str) -> None:
        self._all.append(((begin, 2, 0, 0), begin, end, text))

    def apply(self, text: bytes) -> bytes:
        out, at = [], 0
        for _, begin, end, new in sorted(self._all, key=lambda edit: edit[0]):
            out += [text[at:begin], new.encode()]
            at = end
        return b"".join([*out, text[at:]])


def _guard(site: Site, number: int, text: bytes, edits: _Edits) -> None:
    if site.form in ("condition", "loop"):
        edits.around(site, f"{_M}{site.form}({number}, static_cast<bool>(", "))")
    elif site.form == "and":
        edits.around(site, f"({_M}on({number}) || (", "))")
    elif site.form == "or":
        edits.around(site, f"(!{_M}on({number}) && (", "))")
    elif site.form == "compare":
        edits.around(site, f"{_M}{site.how}({number}, ", ")")
        edits.instead(*site.operator, ",")
    elif site.form == "not":
        edits.around(site, f"{_M}negated({number}, ", ")")
        edits.instead(*site.operator, "")
    elif site.form == "one":
        edits.instead(site.begin, site.end, f"{_M}one({number})")
    elif site.form == "return":
        _guard_return(site, number, text, edits)
    else:
        written = text[site.begin : site.end].decode()
        named = re.fullmatch(r"std::(?:min|max)(?:<(.*)>)?", written, re.S)
        kind = f", {named[1]}" if named[1] else ""
        edits.instead(site.begin, site.end, f"{_M}{site.form}<{number}{kind}>")


def _guard_return(site: Site, number: int, text: bytes, edits: _Edits) -> None:
    stop = text.index(b";", site.end)
    leave = f"if (!{_M}on({number})) return; }}"
    edits.instead(site.begin, site.begin + len("return"), "{")
    edits.instead(stop, stop + 1, f"; {leave}")


def rewritten(text: bytes, sites: list[tuple[int, Site]]) -> bytes:
    """`sites` with the number of the first mutant of each."""
    edits = _Edits()
    for number, site in sites:
        _guard(site, number, text, edits)
    return INCLUDE.encode() + edits.apply(text) if sites else text
