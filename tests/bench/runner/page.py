"""docs/benchmarks.md, out of a run's JSON."""

from runner.rows import shown

HEAD = """# Benchmarks

Made by `./dev bench page` from [benchmarks.json](benchmarks.json): `./dev bench all --docs` measures anew and writes both.

{trust}Each figure is the median of {runs} run(s) in which the clients take turns, in one order and then in the other, against one broker
(or three of one kind, one kind after the other) on one machine, each warmed up first. CPU is the client process's own (getrusage)
where no broker's is named. Settings are the same on both sides: acks=all, idempotent, linger 5 ms, batches of up to 256 KiB,
uncompressed, 32 MiB for records on their way; one record by itself goes with linger 0. What is not named has each client's default.
Brokers keep their data in memory, except where their start or their syncs are measured. The ratio is ours to the peer's. "For
orientation" has no target.

Measured {date} at commit {commit} ({build} build), on {cores} cores of {processor}, {memory_gib} GiB, Linux {kernel}; the load
average before was {load_before}. The whole took {seconds:.0f} s.

"""


ENOUGH = 5
SHORT = """**Fewer than five rounds: these figures are for orientation.**

"""


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


def page(run: dict, titles: dict[str, str]) -> str:
    sections = []
    for name in dict.fromkeys(one["bench"] for one in run["rows"]):
        rows = [one for one in run["rows"] if one["bench"] == name]
        sections.append(f"## `./dev bench {name}`\n\n{titles[name][0].upper()}{titles[name][1:]}.\n\n{_table(rows)}")
    trust = "" if run["runs"] >= ENOUGH else SHORT
    return HEAD.format(trust=trust, **run) + "\n".join(sections)
