"""Runs the tests against one mutant after the other, cheap ones first, and remembers who was caught by what."""

import json
import os
import resource
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from mutants import Mutant

_MEMORY = 4 << 30
_STORMS = {"broker/raft": "quorum", "broker/replica": "replica"}
_CLUSTERS = {"broker/raft": ("*members_test.cpp", "*voters_test.cpp"), "broker/replica": ("*replication_test.cpp",)}


@dataclass(frozen=True)
class Check:
    """One run of a program, that has to succeed."""

    name: str
    command: tuple[str, ...]


def checks_of(folder: str) -> list[Check]:
    """In the order of their cost: unit tests without and with a cluster, storms of growing number, whole brokers."""
    unit = "unit_" + folder.replace("/", "_")
    clusters = ",".join(_CLUSTERS[folder])
    once = ("--abort-after=1", "--minimal")
    storms = ("storms", _STORMS[folder])
    return [
        Check("unit tests", (unit, f"--source-file-exclude=*storm_test.cpp,{clusters}", *once)),
        Check("unit tests with a cluster", (unit, f"--source-file={clusters}", *once)),
        Check("storms 1-6", (*storms, "1", "6")),
        Check("storms 7-36", (*storms, "7", "30")),
        Check("clusters 1-10", ("sim", "--jobs", "1", "--seeds", "10")),
        Check("storms 37-100", (*storms, "37", "64")),
        Check("clusters 11-40", ("sim", "--jobs", "1", "--seeds", "30", "--from", "11")),
    ]


def _limited() -> None:
    os.setsid()
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


class Judge:
    """`verdicts` has what every mutant is caught by, or None after all checks so far; `reached` what a check can see at all."""

    def __init__(self, binaries: Path, state: Path, jobs: int, small: bool) -> None:
        self._binaries = binaries
        self._state = state
        self._jobs = jobs
        self._small = small
        self.verdicts: dict[str, str | None] = {}
        self._passed: dict[str, list[str]] = {}  # the checks that did not catch it
        self._baselines: dict[Check, tuple[set[int], float]] = {}
        if state.exists():
            saved = json.loads(state.read_text(encoding="utf-8"))
            self.verdicts, self._passed = saved["verdicts"], saved["passed"]

    def forget_survivors(self) -> None:
        """The tests have changed since."""
        self._passed = {key: names for key, names in self._passed.items() if self.verdicts.get(key)}

    def _save(self) -> None:
        text = json.dumps({"verdicts": self.verdicts, "passed": self._passed}, indent=0)
        self._state.write_text(text, encoding="utf-8")

    def _run(self, check: Check, limit: float | None, **environment: str) -> str | None:
        """None: it succeeded."""
        command = [str(self._binaries / check.command[0]), *check.command[1:]]
        running = subprocess.Popen(command, env=os.environ | environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL, preexec_fn=_limited, cwd=self._binaries.parent)
        try:
            code = running.wait(limit)
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait()
            return "no end"
        return None if code == 0 else f"signal {-code}" if code < 0 else "failure"

    def _baseline(self, check: Check) -> tuple[set[int], float]:
        """Which mutants the check passes by, and how long it takes."""
        if check not in self._baselines:
            into = self._state.with_suffix(".reached")
            begun = time.monotonic()
            if how := self._run(check, None, KLAMM_MUTANTS_REACHED=str(into)):
                raise SystemExit(f"mutants: without any mutant {' '.join(check.command)} ends with {how}")
            reached = {int(line) for line in into.read_text(encoding="ascii").split()}
            self._baselines[check] = reached, time.monotonic() - begun
        return self._baselines[check]

    def _judge(self, mutant: Mutant, check: Check) -> str | None:
        reached, usual = self._baseline(check)
        guard = {mutant.number, mutant.guard}
        if not guard & reached:
            return None
        how = self._run(check, 20 + 6 * usual, KLAMM_MUTANT=str(mutant.number))
        return f"{check.name}: {how}" if how else None

    def run(self, mutants: list[Mutant]) -> Iterator[str]:
        """One check for all who are left, then the next; says what it does."""
        folders = sorted({str(Path(one.file).parent) for one in mutants})
        for checks in zip(*(checks_of(folder) for folder in folders)):
            if self._small and checks[0].command[0] == "sim":
                continue
            for folder, check in zip(folders, checks):
                left = [one for one in mutants if str(Path(one.file).parent) == folder and self._open(one, check)]
                if left:
                    self._baseline(check)
                    yield f"{folder}, {check.name}: {len(left)} mutants left"
                    self._check_all(left, check)

    def _open(self, one: Mutant, check: Check) -> bool:
        return not self.verdicts.get(one.key) and check.name not in self._passed.get(one.key, [])

    def _check_all(self, left: list[Mutant], check: Check) -> None:
        with ThreadPoolExecutor(self._jobs) as pool:
            runs = {pool.submit(self._judge, one, check): one for one in left}
            for count, run in enumerate(as_completed(runs)):
                key = runs[run].key
                self.verdicts[key] = run.result()
                self._passed.setdefault(key, []).append(check.name)
                if count % 50 == 0:
                    self._save()
        self._save()
