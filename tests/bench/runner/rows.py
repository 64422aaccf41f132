"""A row of the results: what was measured, against what, and whether the target is met."""

import statistics
from dataclasses import asdict, dataclass, field


@dataclass(frozen=True)
class Target:
    """`kind`: "at most" or "at least". `unit`: "x" for a ratio to the peer, else the figure's own."""

    kind: str
    value: float
    unit: str = "x"

    def met(self, figure: float) -> bool:
        return figure <= self.value if self.kind == "at most" else figure >= self.value

    def __str__(self) -> str:
        return f"{self.kind} {shown(self.value, self.unit)}"


@dataclass
class Row:
    bench: str
    what: str
    unit: str  # of ours and theirs
    ours: float | None = None
    theirs: float | None = None
    peer: str = ""
    broker: str = ""
    target: str = ""
    figure: float | None = None
    figure_unit: str = "x"
    verdict: str = "for orientation"
    ours_runs: list[float] = field(default_factory=list)
    theirs_runs: list[float] = field(default_factory=list)

    def as_json(self) -> dict:
        return {name: value for name, value in asdict(self).items() if value not in (None, "", [])}


def shown(value: float, unit: str) -> str:
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2 if abs(value) >= 0.1 else 3
    return f"{value:,.{digits}f} {unit}".replace(" x", "x")


def row(bench: str, what: str, unit: str, ours: list[float], theirs: list[float] = (), target: Target | None = None, **more) -> Row:
    """Medians of the runs; the figure is their ratio where the target is one, and ours where it is not."""
    made = Row(bench, what, unit, ours_runs=list(ours), theirs_runs=list(theirs), **more)
    made.ours = statistics.median(ours)
    if theirs:
        made.theirs = statistics.median(theirs)
        made.figure = made.ours / made.theirs
    if target is None:
        return made
    if target.unit != "x":
        made.figure, made.figure_unit = made.ours, target.unit
    made.target = str(target)
    made.verdict = "met" if target.met(made.figure) else "falls short"
    return made


def not_built(bench: str, what: str, target: Target, **more) -> Row:
    return Row(bench, what, "", target=str(target), verdict="not built", **more)
