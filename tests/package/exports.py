"""Which names of a shared library are no business of its users'."""

import re

_KIND = re.compile(r"^(?:vtable|VTT|typeinfo|typeinfo name|guard variable) for ")
_PUBLIC = re.compile(r"klamm::(?:v1|broker|testing)::")


def without_brackets(name: str) -> str:
    """`a::b<c>(d) const` -> `a::b`."""
    plain, depth = "", 0
    for letter in name:
        depth += letter in "<("
        plain += letter if depth == 0 else ""
        depth -= letter in ">)"
    return plain


def is_public(name: str, words: set[str]) -> bool:
    """A name of ours, every part of which the public headers say."""
    entity = _KIND.sub("", name).removesuffix("[abi:cxx11]")
    if not _PUBLIC.match(entity):
        return False
    parts = re.findall(r"[A-Za-z_]\w*", re.sub(r"\boperator\W*", "", without_brackets(entity)))
    return all(part in words for part in parts if part not in ("const", "abi", "cxx11"))


def unexpected_exports(listed: str, headers: list[str]) -> list[str]:
    """`listed` is what nm -D --defined-only -C prints."""
    words = set(re.findall(r"\w+", "\n".join(headers)))
    names = (line.split(maxsplit=2)[2] for line in listed.splitlines())
    return [name for name in names if not is_public(name, words)]
