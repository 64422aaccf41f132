"""docs/benchmarks.md, out of a run's JSON."""

from runner.rows import shown

HEAD = """# Benchmarks

Made by `./dev bench page` from [benchmarks.json](benchmarks.json): `./dev bench NAME... --docs` measures anew, and puts what it measured into
both; `all` is all of them.

Each figure is the median of the runs that its section names, in which the clients take turns, in one order and then in the other,
against one broker (or three of one kind, one kind after the other) on one machine, each warmed up first. CPU is the client process's
own (getrusage) where no broker's is named. Settings are the same on both sides: acks=all, idempotent, linger 5 ms, batches of up to 256 KiB,
uncompressed, 32 MiB for records on their way; one record by itself goes with linger 0. What is not named has each client's default.
Brokers keep their data in memory, except where their start or their syncs are measured. The ratio is ours to the peer's. "For
orientation" has no target.

"""
MEASURED = """{runs} run(s) on {date} at commit {commit} ({build} build), on {cores} cores of {processor}, {memory_gib} GiB, Linux {kernel};
the load average before was {load_before}.{trust}
"""
ENOUGH = 5
SHORT = " **Fewer than five: for orientation.**"


def _table(rows: list[dict]) -> str:
    lines = ["| measured | broker | peer | ours | peer's | ratio | target | verdict |", "|---|---|---|---:|---:|---:|---|---|"]
    for one in rows:
        unit = one.get("unit", "")
        ratio = one["ours"] / one["theirs"] if "theirs" in one else None
        cells = [
            one["what"] + (f" ({one['note']})" if "note" in one else ""),
            one.get("broker", ""),
            one.get("peer", ""),
            shown(one["ours"], unit) if "ours" in one else "",
            shown(one["theirs"], unit) if "theirs" in one else "",
            shown(ratio, "x") if ratio is not None else "",
            one.get("target", ""),
            one["verdict"],
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _section(of: dict, title: str) -> str:
    measured = MEASURED.format(trust="" if of["runs"] >= ENOUGH else SHORT, **of)
    return f"## `./dev bench {of['bench']}`\n\n{title[0].upper()}{title[1:]}.\n\n{measured}\n{_table(of['rows'])}"


def page(sections: list[dict], titles: dict[str, str]) -> str:
    return HEAD + "\n".join(_section(one, titles[one["bench"]]) for one in sections)
