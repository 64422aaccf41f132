"""Includes go one way: which folder may include which, and that the edges which exist make no cycle."""

import posixpath
import re
from pathlib import Path

from tree import Source, sources

SDK_CORE = {"sdk/base", "sdk/wire", "sdk/link"}

# folder -> the folders that it may include, besides itself. A folder that is not named here may include nothing of ours.
ALLOWED = {
    "sdk/base": set(),
    "sdk/wire": {"sdk/base"},
    "sdk/link": {"sdk/base", "sdk/wire"},
    "sdk/client": SDK_CORE,
    "sdk/handoff": SDK_CORE | {"sdk/client"},
    "sdk/net": SDK_CORE,
    "broker/log": SDK_CORE,
    "broker/raft": SDK_CORE | {"broker/log"},
    "broker/peer": SDK_CORE | {"broker/log", "broker/raft"},
    "broker/meta": SDK_CORE | {"broker/coordinator"},
    "broker/replica": SDK_CORE | {"broker/log"},
    "broker/coordinator": SDK_CORE,
    "broker/group": SDK_CORE | {"broker/coordinator"},
    "broker/txn": SDK_CORE | {"broker/coordinator"},
    "broker/security": SDK_CORE,
}
BROKER_MACHINES = {name for name in ALLOWED if name.startswith("broker/")}
ALLOWED["broker/api"] = SDK_CORE | BROKER_MACHINES
ALLOWED["broker/node"] = ALLOWED["broker/api"] | {"broker/api"}
ALLOWED["broker/server"] = ALLOWED["broker/node"] | {"broker/node", "sdk/net", "broker/include"}

# The public headers stand alone; what is behind them may see the whole SDK.
ALLOWED["sdk/include"] = set()
ALLOWED["sdk/api"] = SDK_CORE | {"sdk/client", "sdk/handoff", "sdk/net", "sdk/include"}
ALLOWED["broker/faults"] = ALLOWED["broker/api"] | {"broker/api"}
ALLOWED["broker/testing"] = ALLOWED["broker/server"] | {"broker/faults", "broker/server", "sdk/include"}
ALLOWED["sdk/inspect"] = SDK_CORE | {"sdk/net", "sdk/include", "sdk/api"}
ALLOWED["broker/include"] = {"sdk/include"}
PUBLIC_ONLY = {"sdk/include", "broker/include"}
for user in ("cli", "bindings", "examples"):
    ALLOWED[user] = PUBLIC_ONLY

# Tests and host tools are not part of what is layered.
EXEMPT = ("tests", "sdk/wire/codegen")

_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(?:"([^"]+)"|<(klamm/[^>]+)>)', re.MULTILINE)
_SDK_FOLDERS = {name.split("/")[1] for name in ALLOWED if name.startswith("sdk/")}


def layer_of(folder: str) -> str:
    """The name of a folder in the table: two levels in sdk and broker, one level elsewhere."""
    parts = folder.split("/")
    return "/".join(parts[:2]) if parts[0] in ("sdk", "broker") else parts[0]


def target_of(source: Source, include: str, public: bool) -> str:
    if public:
        return "broker/include" if include.startswith("klamm/broker/") else "sdk/include"
    parts = include.split("/")
    if len(parts) == 1:
        return layer_of(source.folder)
    if parts[0] == "broker":
        return "/".join(parts[:2])
    if parts[0] in _SDK_FOLDERS:
        return "sdk/" + parts[0]
    return layer_of(source.folder) if layer_of(source.folder) in ("cli", "bindings", "examples") else parts[0]


def edges(root: Path) -> dict[tuple[str, str], list[str]]:
    """(from, to) -> where it is included."""
    found: dict[tuple[str, str], list[str]] = {}
    for source in sources(root):
        if source.path.as_posix().startswith(EXEMPT):
            continue
        origin = layer_of(source.folder)
        for match in _INCLUDE.finditer(source.text):
            target = target_of(source, match[1] or match[2], match[1] is None)
            if target != origin:
                line = source.text.count("\n", 0, match.start()) + 1
                found.setdefault((origin, target), []).append(f"{source.path}:{line}")
    return found


def included(source: Source, known: set[str]) -> set[str]:
    """Those of the `known` files that it includes."""
    found = set()
    for match in _INCLUDE.finditer(source.text):
        named = match[1] or match[2]
        roots = ("sdk/include", "broker/include") if match[1] is None else (source.folder, ".", "sdk", "tests/wire")
        places = (posixpath.normpath(f"{root}/{named}") for root in roots)
        found.update([place for place in places if place in known][:1])
    return found


def folders(root: Path) -> dict[str, set[str]]:
    """Each folder of ours, however deep, and those that it includes."""
    all_of_them = [s for s in sources(root) if not s.path.as_posix().startswith(EXEMPT)]
    folder_of = {source.path.as_posix(): source.folder for source in all_of_them}
    internal = {file for file in folder_of if not file.startswith(tuple(PUBLIC_ONLY))}
    graph: dict[str, set[str]] = {}
    for source in all_of_them:
        targets = {folder_of[file] for file in included(source, internal)}
        graph.setdefault(source.folder, set()).update(targets - {source.folder})
    return graph


def cycle_in(graph: dict[str, set[str]]) -> list[str]:
    """A path that ends where it starts, or nothing. Colours: absent unseen, False on the path, True done."""
    done: dict[str, bool] = {}

    def visit(node: str, path: list[str]) -> list[str]:
        if done.get(node) is False:
            return path[path.index(node) :] + [node]
        if node not in done:
            done[node] = False
            for following in sorted(graph.get(node, ())):
                if cycle := visit(following, path + [node]):
                    return cycle
            done[node] = True
        return []

    for node in sorted(graph):
        if cycle := visit(node, []):
            return cycle
    return []


def findings(root: Path) -> list[str]:
    found = []
    for (origin, target), places in sorted(edges(root).items()):
        if target not in ALLOWED.get(origin, set()):
            found += [f"{place}: {origin} may not include {target}" for place in places]
    if cycle := cycle_in(folders(root)):
        found.append("folders include each other in a circle: " + " -> ".join(cycle))
    return found
